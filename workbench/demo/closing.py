"""The demo's last lines: how to open everything it made, and how to check it."""

import shlex
from collections.abc import Mapping, Sequence

from workbench.client.epoch import Epoch
from workbench.core.settings import Settings
from workbench.demo.handing_over import HandedOver


def how_to_open(settings: Settings, tasks: Sequence[str]) -> str:
    """Return the commands that open what the demo made, each on its line."""
    home = _home(settings)
    lines = [("notebooks and panel", "make lab   (or: jupyter lab)")]
    lines.append(("interactive pages", f"{home}python -m workbench.dashboards"))
    lines += [
        (f"page of {task}", (settings.published_dir / task / "leaderboard.html").as_uri())
        for task in tasks
    ]
    lines.append(("training runs", _training_runs(settings.tracking_uri)))
    lines.append(("terminal", f"{home}workbench leaderboard {tasks[0] if tasks else 'TASK'}"))
    return _listed("To open it all:", lines)


def how_to_check(settings: Settings, epochs: Mapping[str, Epoch], handed: HandedOver) -> str:
    """Return what one can do with the payouts, here and with nothing but the mirror."""
    home, mirror = _home(settings), shlex.quote(str(handed.mirror))
    epoch = next(iter(epochs.values()))
    owner = epoch.payouts[0].owner
    lines = [
        ("why an amount", f"{home}workbench why {epoch.name} {owner}"),
        ("all of it again", f"{home}workbench recompute {epoch.name}"),
        ("the mirror, offline", f"workbench mirror check {mirror}"),
        ("in an empty home", f"workbench mirror import {mirror} --home NEW"),
        ("and there", f"workbench recompute {epoch.name} --home NEW"),
    ]
    lines += [(f"claims of {task}", f"{place}") for task, place in handed.claims.items()]
    if handed.claims:
        lines.append(("a contract that pays", "extensions/chain, docs/chain.md"))
    return _listed("To check what was paid, or to let somebody else:", lines)


def _listed(title: str, lines: Sequence[tuple[str, str]]) -> str:
    width = max(len(what) for what, _ in lines)
    return "\n".join([title, *(f"  {what:<{width}}  {how}" for what, how in lines)])


def _home(settings: Settings) -> str:
    here = Settings.from_environment().home == settings.home
    return "" if here else f"WORKBENCH_HOME={shlex.quote(str(settings.home))} "


def _training_runs(tracking_uri: str) -> str:
    if tracking_uri.startswith(("http://", "https://")):
        return tracking_uri
    return f"mlflow ui --backend-store-uri {shlex.quote(tracking_uri)}"
