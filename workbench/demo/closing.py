"""The demo's last lines: how to open everything it made."""

import shlex
from collections.abc import Sequence

from workbench.core.settings import Settings


def how_to_open(settings: Settings, tasks: Sequence[str]) -> str:
    """Return the commands that open what the demo made, each on its line."""
    here = Settings.from_environment().home == settings.home
    home = "" if here else f"WORKBENCH_HOME={shlex.quote(str(settings.home))} "
    lines = [("notebooks and panel", "make lab   (or: jupyter lab)")]
    lines.append(("interactive pages", f"{home}python -m workbench.dashboards"))
    lines += [
        (f"page of {task}", (settings.published_dir / task / "leaderboard.html").as_uri())
        for task in tasks
    ]
    lines.append(("training runs", _training_runs(settings.tracking_uri)))
    lines.append(("terminal", f"{home}workbench leaderboard {tasks[0] if tasks else 'TASK'}"))
    width = max(len(what) for what, _ in lines)
    return "To open it all:\n" + "\n".join(f"  {what:<{width}}  {how}" for what, how in lines)


def _training_runs(tracking_uri: str) -> str:
    if tracking_uri.startswith(("http://", "https://")):
        return tracking_uri
    return f"mlflow ui --backend-store-uri {shlex.quote(tracking_uri)}"
