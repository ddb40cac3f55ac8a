"""``workbench server``: look at it, start it, stop it, read its log."""

import json
from collections import deque
from pathlib import Path
from typing import Annotated, Any

import typer

from workbench.cli.door import Answer, Door, verb
from workbench.client.display import plain
from workbench.client.launch import ensure_server, server_status, stop_server
from workbench.core.errors import NotFoundError
from workbench.core.wire import HealthView

app = typer.Typer(
    help="The home's server. It starts by itself and stops when idle.",
    no_args_is_help=True,
)


@verb(app, "status")
def status(door: Door) -> Answer:
    """Say whether the home's server runs."""
    health = server_status(door.settings)
    if health is None:
        home = str(door.settings.home)
        text = f"no server runs for {home}; the next command starts one"
        return Answer({"running": False, "home": home}, text)
    return Answer({"running": True} | health.model_dump(mode="json"), _sentence(health))


@verb(app, "start")
def start(door: Door) -> Answer:
    """Start the home's server, if it does not run."""
    health = ensure_server(door.settings)
    return Answer({"running": True} | health.model_dump(mode="json"), _sentence(health))


@verb(app, "stop")
def stop(door: Door) -> Answer:
    """Stop the home's server; its jobs go on when it starts again."""
    stopped = stop_server(door.settings)
    wire = {"running": False, "home": str(door.settings.home), "stopped": stopped}
    return Answer(wire, "stopped" if stopped else "no server was running")


@verb(app, "logs")
def logs(
    door: Door,
    lines: Annotated[
        int, typer.Option("-n", "--lines", help="How many of the newest.", min=1)
    ] = 40,
) -> Answer:
    """Print the newest lines of the server's log."""
    entries = _entries(door.settings.logs_dir, lines)
    return Answer(entries, "\n".join(map(_line, entries)))


def _sentence(health: HealthView) -> str:
    minutes, seconds = divmod(int(health.uptime_seconds), 60)
    return (
        f"server {health.version} runs as process {health.pid} since {minutes} min {seconds} s "
        f"with {health.n_jobs_running} jobs, home {health.home}"
    )


def _entries(folder: Path, n_lines: int) -> list[dict[str, Any]]:
    # Rotated files end in .1, .2, …; the larger the older.
    files = sorted(
        folder.glob("server.jsonl*"),
        key=lambda path: int(path.suffix[1:]) if path.suffix[1:].isdigit() else 0,
        reverse=True,
    )
    said = folder / "server.out"
    newest: deque[dict[str, Any]] = deque(maxlen=n_lines)
    for path in files:
        with path.open(encoding="utf-8", errors="replace") as stream:
            newest.extend(map(_entry, stream))
    if not newest and said.exists():
        # A server that could not start has no log yet, only what it said on its way.
        newest.extend({"message": line} for line in said.read_text(errors="replace").splitlines())
    if not newest:
        raise NotFoundError(
            f"there is no log in {folder}", next_step="start the server: workbench server start"
        )
    return list(newest)


def _entry(line: str) -> dict[str, Any]:
    try:
        value = json.loads(line)
    except ValueError:
        value = None
    # The last line may be half written.
    return value if isinstance(value, dict) else {"message": line.rstrip("\n")}


def _line(entry: dict[str, Any]) -> str:
    shown = dict(entry)
    trace = str(shown.pop("traceback", ""))
    shown.pop("logger", None)
    head = [shown.pop("time", ""), str(shown.pop("level", "")).ljust(7), shown.pop("message", "")]
    if {"method", "route", "status", "ms"} <= set(shown):
        head[-1] = "{method} {route} {status} {ms} ms".format(
            **{name: shown.pop(name) for name in ("method", "route", "status", "ms")}
        )
    rest = [f"{name}={value}" for name, value in shown.items()]
    lines = [" ".join(plain(str(part), 2000) for part in (*head, *rest) if part)]
    return "\n".join(lines + [f"    {plain(line, 500)}" for line in trace.splitlines()])
