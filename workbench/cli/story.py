"""``workbench demo``."""

from typing import Annotated

import typer
from rich.console import Console

from workbench.cli.door import Answer, Door, verb
from workbench.demo.story import tell


def add_story(root: typer.Typer) -> None:
    """Add the verb to the root commands."""
    verb(root, "demo")(demo)


def demo(
    door: Door,
    fresh: Annotated[bool, typer.Option("--fresh", help="Delete the demo's home first.")] = False,
    small: Annotated[bool, typer.Option("--small", help="Fewer owners, a minute.")] = False,
) -> Answer:
    """Run the main job on real data. It ends with owners valued and paid, and pages published."""
    try:
        outcome = tell(door.settings, Console(stderr=door.as_json), fresh=fresh, small=small)
    except KeyboardInterrupt as interrupt:
        interrupt.add_note("The demo goes on from here with the same command: workbench demo")
        raise
    wire = {
        "home": str(outcome.home),
        "epochs": {t: e.view.model_dump(mode="json") for t, e in outcome.epochs.items()},
        "seconds": {title: round(s, 3) for title, s in outcome.seconds.items()},
        "left_out": outcome.left_out,
        "mirror": str(handed.mirror) if (handed := outcome.handed_over) else None,
        "claims": {t: str(path) for t, path in handed.claims.items()} if handed else {},
    }
    # The story was printed as it went.
    return Answer(wire, "")
