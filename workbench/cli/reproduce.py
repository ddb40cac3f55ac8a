"""``workbench reproduce``: a run again, and whether it came out the same."""

from typing import Annotated

import typer

from workbench.cli.door import Answer, Door, verb


def add_reproduce(root: typer.Typer) -> None:
    """Add the verb to the root commands."""
    verb(root, "reproduce")(reproduce)


def reproduce(
    door: Door,
    run: Annotated[
        str, typer.Argument(metavar="RUN", help="The run's or study's id, or its beginning.")
    ],
    tolerance: Annotated[
        float, typer.Option(help="How far losses and other metrics may lie apart.")
    ] = 1e-3,
    share_tolerance: Annotated[
        float, typer.Option(help="How far payout shares may, as a fraction of the pool.")
    ] = 0.03,
    everything: Annotated[
        bool, typer.Option("--all", help="Of a study all coalitions and its values.")
    ] = False,
) -> Answer:
    """Do a run again from its recorded job and inputs. Status 1 where it comes out different."""
    found = door.bench.reproduce(
        run, tolerance=tolerance, share_tolerance=share_tolerance, all=everything
    )
    return Answer(
        found.view.model_dump(mode="json"), repr(found), status=0 if found.is_reproduced else 1
    )
