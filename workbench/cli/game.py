"""``workbench game``: a game of one's own, valued here and now; no server is asked."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from workbench.cli.door import Answer, Door, verb
from workbench.client.display import Column, Table
from workbench.client.sources import check_path
from workbench.core.errors import InvalidInputError

if TYPE_CHECKING:
    from workbench.valuation.values import Values

_ARRAYS: Final = ("value", "standard_error", "low", "high", "rank", "probability_of_rank")
_HEADS: Final = ("value", "error", "interval", "P(rank)")
_STOPPED: Final = "Interrupted. Nothing was written; the same command starts again"

app = typer.Typer(help="Games of your own, in a file.", no_args_is_help=True)


@verb(app, "values")
def values(
    _: Door,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="JSON or CSV of coalitions and utilities.")
    ],
    method: Annotated[
        str, typer.Option(help="auto, or an estimator such as exact, surrogate, antithetic.")
    ] = "auto",
    budget: Annotated[
        int | None, typer.Option(help="Distinct coalitions at most, the empty and full included.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Of every random choice.")] = 0,
    semivalue: Annotated[str, typer.Option(help="shapley, banzhaf or beta:A,B.")] = "shapley",
) -> Answer:
    """Value the players of a game that a file describes.

    JSON: {"players": ["a", "b"], "utilities": {"": 0, "a": 1, "b": 1, "a,b": 3}}, and where
    known "sizes" (rows by player) and "same_data" (lists of players with identical rows).
    CSV: a coalition in quotes and its utility a line, such as "a,b",3.
    """
    # Here, since numpy and scipy take longer to load than most commands to answer.
    from workbench.valuation.game_file import MAX_BYTES, read_game  # noqa: PLC0415
    from workbench.valuation.semivalues import read_semivalue  # noqa: PLC0415
    from workbench.valuation.table_game import value_table  # noqa: PLC0415

    asked = read_semivalue(semivalue)
    game = read_game(_read(file, MAX_BYTES + 1), file.suffix.lower().removeprefix("."))
    try:
        found = value_table(game, method=method, budget=budget, seed=seed, semivalue=asked)
    except KeyboardInterrupt as interrupt:
        interrupt.add_note(_STOPPED)
        raise
    wire = {"players": list(game.players)}
    wire |= {name: getattr(found, name).tolist() for name in _ARRAYS}
    wire |= {name: getattr(found, name) for name in ("n_evaluations", "converged", "method", "why")}
    return Answer(wire, _table(found, game.players).text())


def _read(file: Path, n_bytes: int) -> bytes:
    """Return a file's first bytes: one more than allowed is enough to refuse it."""
    path = check_path(file, "a JSON file")
    try:
        with path.open("rb") as opened:
            return opened.read(n_bytes)
    except OSError as error:
        raise InvalidInputError(
            f"{str(path)!r} cannot be read: {error.strerror}",
            wanted="a file you may read",
            next_step="check its permissions",
        ) from error


def _table(found: "Values", players: tuple[str, ...]) -> Table:
    order = sorted(range(len(players)), key=lambda i: int(found.rank[i]))
    rows = [
        [
            str(found.rank[i]), players[i], f"{found.value[i]:+.6g}",
            f"± {found.standard_error[i]:.2g}", f"{found.low[i]:+.4g} … {found.high[i]:+.4g}",
            f"{found.probability_of_rank[i]:.0%}",
        ]
        for i in order
    ]  # fmt: skip
    columns = [Column("rank", "right"), Column("player")]
    columns += [
        Column(f"{found.confidence:.0%} {h}" if h == "interval" else h, "right") for h in _HEADS
    ]
    state = "converged" if found.converged else "not converged"
    notes = [f"{found.method}, {found.n_evaluations} evaluations, {state}", found.why]
    return Table("", columns, rows, notes)
