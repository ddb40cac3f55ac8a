"""What every command shares: its options, one place that prints, one that refuses."""

import inspect
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from workbench.client.bench import Bench, settings_for
from workbench.client.display import plain
from workbench.core.errors import WorkbenchError
from workbench.core.settings import Settings

Json = Any
_REFUSED: Final = 1
_INTERRUPTED: Final = 130
# From here on, an error's status says that something broke, not that something was refused.
_BROKEN: Final = 500
_LEFT: Final = "Interrupted. What was started goes on in the server: workbench job list"
_LOG_FACTS: Final = ("log", "output")

# Options that more than one command has.
Sign = Annotated[bool, typer.Option("--sign", help="Sign with your key: this is meant.")]
TaskName = Annotated[str, typer.Argument(metavar="TASK", help="The task's id.")]

_COMMON: Final = {
    "home": Annotated[
        Path | None,
        typer.Option("--home", help="The server's folder; WORKBENCH_HOME unless given."),
    ],
    "identity": Annotated[str, typer.Option("--as", metavar="NAME", help="Whose key signs.")],
    "as_json": Annotated[bool, typer.Option("--json", help="Print JSON, and errors as JSON.")],
}
_DEFAULTS: Final[dict[str, object]] = {"home": None, "identity": "me", "as_json": False}


@dataclass(frozen=True)
class Answer:
    """What a command has to say.

    Attributes
    ----------
    wire : for ``--json``: the server's own objects.
    screen : for people.
    status : of the process; 1 when the answer is a bad one.
    """

    wire: Json
    screen: str
    status: int = 0


@dataclass(frozen=True)
class Door:
    """The way from a command to the workbench.

    Attributes
    ----------
    home : as given by ``--home``.
    identity : as given by ``--as``.
    as_json : whether a program reads the answer.
    """

    home: Path | None
    identity: str
    as_json: bool

    @cached_property
    def settings(self) -> Settings:
        """Paths and limits of the home."""
        return settings_for(self.home)

    @cached_property
    def bench(self) -> Bench:
        """The bench on the home; its server starts when it is first asked."""
        return Bench.on(self.settings, self.identity, quiet=self.as_json)

    def close(self) -> None:
        """Let go of the server, if it was asked anything."""
        if "bench" in vars(self):
            self.bench.close()


def verb(app: typer.Typer, name: str) -> Callable[[Callable[..., Answer]], Callable[..., Answer]]:
    """Make a function a command: ``--home``, ``--as`` and ``--json`` are added to its options.

    The function takes a ``Door`` and its own arguments and returns an ``Answer``. This is the
    one place where the terminal catches ``WorkbenchError``.
    """

    def decorate(function: Callable[..., Answer]) -> Callable[..., Answer]:
        def command(**given: Any) -> None:
            door = Door(*(given.pop(option) for option in _COMMON))
            try:
                answer = function(door, **given)
            except WorkbenchError as error:
                typer.echo(refusal(error, as_json=door.as_json), err=True)
                raise typer.Exit(_REFUSED) from None
            except KeyboardInterrupt as interrupt:
                typer.echo("\n".join(getattr(interrupt, "__notes__", [_LEFT])), err=True)
                raise typer.Exit(_INTERRUPTED) from None
            finally:
                door.close()
            text = as_text(answer.wire) if door.as_json else answer.screen
            if text:
                typer.echo(text)
            raise typer.Exit(answer.status)

        own = list(inspect.signature(function, eval_str=True).parameters.values())[1:]
        common = [
            inspect.Parameter(
                option, inspect.Parameter.KEYWORD_ONLY, default=_DEFAULTS[option], annotation=kind
            )
            for option, kind in _COMMON.items()
        ]
        parameters = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in own] + common
        command.__doc__ = function.__doc__
        command.__annotations__ = {p.name: p.annotation for p in parameters}
        vars(command)["__signature__"] = inspect.Signature(parameters)
        app.command(name)(command)
        return function

    return decorate


def refusal(error: WorkbenchError, *, as_json: bool) -> str:
    """Return an error as people read it, or as its problem details."""
    if as_json:
        return as_text(error.to_problem())
    lines = [f"✗ {plain(error.found, 1000)}"]
    lines += [f"  wanted: {plain(error.wanted, 1000)}"] if error.wanted else []
    lines += [f"  next:   {plain(error.next_step, 1000)}"] if error.next_step else []
    nearest = [plain(str(name)) for name in error.facts.get("nearest", [])]
    if nearest and "did you mean" not in error.next_step:
        lines.append(f"  did you mean {' or '.join(nearest)}?")
    for fact in _LOG_FACTS:
        # A refusal says it all; what a worker printed on the way to it is noise.
        said = error.facts.get(fact) or [] if error.status >= _BROKEN else []
        lines += [f"  │ {plain(str(line), 300)}" for line in said if isinstance(said, list)]
    return "\n".join(lines)


def as_text(wire: Json) -> str:
    """Return JSON for programs; whole numbers past 2**53 as texts, as they travel elsewhere."""
    return json.dumps(_safe(wire), ensure_ascii=False, indent=2, default=str)


def _safe(value: Json) -> Json:
    if isinstance(value, dict):
        return {str(name): _safe(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_safe(item) for item in value]
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 2**53:
        return str(value)
    return value
