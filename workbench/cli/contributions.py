"""``workbench contribute``, ``commit``, ``review``, ``withdraw``, and what became of it all."""

from pathlib import Path
from typing import Annotated

import typer

from workbench.cli.door import Answer, Door, Sign, TaskName, as_text, verb
from workbench.cli.tables import frame_table
from workbench.client.contribution import Contribution
from workbench.client.rejected import write_rejected
from workbench.core.consent import PURPOSES, USUAL_PURPOSES
from workbench.core.errors import InvalidInputError
from workbench.core.wire import CommitmentView, ContributionView

app = typer.Typer(help="Contributions and how far they have come.", no_args_is_help=True)
_Purpose = Annotated[
    list[str] | None,
    typer.Option(
        metavar="PURPOSE",
        help=f"What the rows may be used for; repeatable: {', '.join(PURPOSES)}.",
    ),
]
_Identity = Annotated[str, typer.Argument(metavar="CONTRIBUTION", help="The contribution's id.")]


def add_contribute(root: typer.Typer) -> None:
    """Add ``contribute``, ``commit``, ``review`` and ``withdraw`` to the root commands."""
    verb(root, "contribute")(contribute)
    verb(root, "commit")(commit)
    verb(root, "review")(review)
    verb(root, "withdraw")(withdraw)


def contribute(
    door: Door,
    task: TaskName,
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", help="CSV, TSV, JSON, JSON Lines, Parquet or text; also .gz."
        ),
    ],
    license: Annotated[str, typer.Option(help="SPDX expression, such as CC-BY-4.0.")],
    owner: Annotated[str | None, typer.Option(help="Owner group; yours unless given.")] = None,
    column: Annotated[
        list[str] | None,
        typer.Option(
            metavar="THEIRS=YOURS",
            help="The task's name of a column, and the file's; repeatable.",
        ),
    ] = None,
    purpose: _Purpose = None,
    sign: Sign = False,
) -> Answer:
    """Check a file against a task's gates. With --sign, what passes is submitted."""
    found = door.bench.task(task).contribute(
        file,
        license=license,
        owner=owner,
        columns=_pairs(column or []),
        purposes=purpose or USUAL_PURPOSES,
        sign=sign,
    )
    return _answer(found)


def commit(
    door: Door,
    task: TaskName,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="It is hashed and not sent.")],
    owner: Annotated[str | None, typer.Option(help="Owner group; yours unless given.")] = None,
    sign: Sign = False,
) -> Answer:
    """Say that you have a file without showing it. Contribute it later: its rows are yours."""
    found = door.bench.task(task).commit(file, owner=owner, sign=sign)
    return Answer(found.view.model_dump(mode="json"), repr(found))


def review(
    door: Door,
    contribution: Annotated[
        str | None,
        typer.Argument(metavar="CONTRIBUTION|PROPOSAL", help="Its id; all that wait unless given."),
    ] = None,
    decision: Annotated[
        str | None,
        typer.Argument(
            metavar="DECISION",
            help="accept or refuse; of a proposal approve, request-changes or comment.",
        ),
    ] = None,
    reason: Annotated[
        str | None, typer.Option(help="Why, in words; the contributor reads it.")
    ] = None,
    sign: Sign = False,
) -> Answer:
    """List what waits for a reviewer, or decide on one."""
    if contribution is None:
        views = door.bench.api.get_all(ContributionView, "reviews")
        screen = frame_table(door.bench.reviews(), "nothing waits for a review")
        return Answer([view.model_dump(mode="json") for view in views], screen)
    if decision is None or reason is None:
        raise InvalidInputError(
            f"the review of {contribution[:80]} has no {'decision' if not decision else 'reason'}",
            wanted="accept or refuse (of a proposal approve, request-changes or comment), and "
            "--reason",
            next_step=f'workbench review {contribution[:80]} accept --reason "…" --sign',
        )
    found = door.bench.review(contribution, decision, reason=reason, sign=sign)
    # A reviewer who refuses has done what was asked.
    return Answer(found.view.model_dump(mode="json"), repr(found))


def withdraw(door: Door, contribution: _Identity, sign: Sign = False) -> Answer:
    """Say what withdrawing a contribution would do. With --sign, do it."""
    found = door.bench.withdraw(contribution, sign=sign)
    return Answer(found.view.model_dump(mode="json"), repr(found))


@verb(app, "list")
def list_contributions(door: Door, task: TaskName) -> Answer:
    """List a task's contributions."""
    found = door.bench.task(task)
    views = door.bench.api.get_all(ContributionView, "tasks", found.id, "contributions")
    columns = ["owner", "state", "file_name", "license", "n_rows", "created_at", "id"]
    empty = f"nobody has contributed to {found.id} yet: workbench contribute {found.id} FILE"
    screen = frame_table(found.contributions()[columns], empty)
    return Answer([view.model_dump(mode="json") for view in views], screen)


@verb(app, "show")
def show_contribution(door: Door, contribution: _Identity) -> Answer:
    """Show one contribution and what the gates found."""
    return _answer(door.bench.contribution(contribution))


@verb(app, "submit")
def submit_contribution(
    door: Door, contribution: _Identity, purpose: _Purpose = None, sign: Sign = False
) -> Answer:
    """Sign and submit a draft."""
    found = door.bench.contribution(contribution)
    return _answer(found.submit(sign=sign, purposes=purpose or USUAL_PURPOSES))


@verb(app, "rejected")
def show_rejected(
    door: Door,
    contribution: _Identity,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE.csv", help="A new file for all of them.")
    ] = None,
) -> Answer:
    """List the rows that did not pass, each with its reason."""
    frame = door.bench.contribution(contribution).rejected
    rows = frame.astype(str).to_dict("records")
    if out is None:
        return Answer(rows, frame_table(frame, "no row was rejected"))
    return Answer(rows, f"{len(rows):,} lines in {write_rejected(frame, out)}")


@verb(app, "receipt")
def show_receipt(door: Door, contribution: _Identity) -> Answer:
    """Show what its owner agreed to and signed, and check that."""
    found = door.bench.contribution(contribution).receipt().verify()
    return Answer(found.view.model_dump(mode="json"), repr(found))


@verb(app, "commitments")
def list_commitments(door: Door, task: TaskName) -> Answer:
    """List who has committed to files for a task, the earliest first."""
    found = door.bench.task(task)
    views = door.bench.api.get_all(CommitmentView, "tasks", found.id, "commitments")
    empty = f"nobody has committed to a file for {found.id}"
    screen = frame_table(found.commitments(), empty)
    return Answer([view.model_dump(mode="json") for view in views], screen)


@verb(app, "mask")
def mask_contribution(
    door: Door,
    contribution: _Identity,
    drop: Annotated[
        bool, typer.Option("--drop", help="Leave the rows out instead of masking them.")
    ] = False,
    sign: Sign = False,
) -> Answer:
    """Mask or drop held rows in a new draft; with --sign, submit it."""
    masked = door.bench.contribution(contribution).mask(drop=drop)
    return _answer(masked.submit(sign=True) if sign else masked)


@verb(app, "croissant")
def describe_contribution(door: Door, contribution: _Identity) -> Answer:
    """Print an accepted contribution's metadata: Croissant, JSON-LD."""
    found = door.bench.contribution(contribution).croissant()
    return Answer(found, as_text(found))


def _answer(found: Contribution) -> Answer:
    refused = found.state in {"refused", "quarantined"}
    return Answer(found.view.model_dump(mode="json"), repr(found), status=int(refused))


def _pairs(texts: list[str]) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for text in texts:
        theirs, equals, yours = text.partition("=")
        if not (theirs and equals and yours):
            raise InvalidInputError(f"--column is {text[:80]!r}", wanted="such as text=frase")
        if theirs in pairs:
            raise InvalidInputError(
                f"--column says twice what {theirs[:80]!r} is read from",
                wanted="one column for each",
                next_step=f"keep {theirs[:80]}={pairs[theirs][:80]} or {text[:160]}",
            )
        pairs[theirs] = yours
    return pairs
