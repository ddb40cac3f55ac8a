"""A valuation study: what each owner group is worth, and how sure that is."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from workbench.client.connection import Api
from workbench.client.display import Column, Documented, Table
from workbench.client.frames import make_frame
from workbench.client.pictured import Pictured
from workbench.core.errors import InvalidMoveError
from workbench.core.wire import LookRow, StudyEvaluation, StudyView

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from workbench.client.pictured import Look
    from workbench.valuation.values import Values

_COLUMNS = (
    "owner", "n_rows", "value", "standard_error", "low", "high", "rank", "probability_of_rank",
    "units",
)  # fmt: skip


class Study(Documented, Pictured):
    """A valuation of a task's owner groups.

    Parameters
    ----------
    view : the study.
    api : the way to the server, which has what the pictures draw.
    """

    _kind = "study"

    def __init__(self, view: StudyView, api: Api | None = None) -> None:
        self.view = view
        self._api = api

    @property
    def id(self) -> str:
        """The study's id; what ``bench.pay`` and SQL name it by."""
        return self.view.id

    @property
    def as_of(self) -> datetime | None:
        """When it was sealed, or else opened."""
        return self.view.sealed_at or self.view.created_at

    @property
    def task(self) -> str:
        """The task's id."""
        return self.view.task

    @property
    def n_evaluations(self) -> int:
        """Distinct coalitions that the values rest on, the given ones included."""
        return self.view.n_evaluations

    @property
    def n_given(self) -> int:
        """Of these, known from earlier studies of other owners."""
        return self.view.n_given

    @property
    def values(self) -> "pd.DataFrame":
        """One row an owner: value, standard error, interval, rank and how sure it is."""
        rows = [row.model_dump() | {"units": int(row.units)} for row in self._best_first()]
        frame = make_frame(rows, _COLUMNS)
        frame["units"] = frame["units"].astype(object)
        return frame

    @property
    def frame(self) -> "pd.DataFrame":
        """The same as ``values``."""
        return self.values

    @property
    def evaluations(self) -> "pd.DataFrame":
        """What the values rest on: owners in the coalition, utility, whether it was given."""
        import pandas as pd

        rows = [
            (
                tuple(row.owner for row in self._sealed() if coalition >> row.player & 1),
                utility,
                old,
            )
            for coalition, utility, old in self._evidence()
        ]
        return pd.DataFrame(rows, columns=["owners", "utility", "is_given"])

    @property
    def players(self) -> list[str]:
        """The owners, best first."""
        return [row.owner for row in self._sealed()]

    @property
    def sizes(self) -> list[int]:
        """Rows of each owner."""
        return [row.n_rows for row in self._sealed()]

    @property
    def result(self) -> "Values":
        """Values and intervals as arrays, in the order of ``players``."""
        import numpy as np

        from workbench.valuation.values import Values

        rows = self._sealed()
        error = np.array([row.standard_error for row in rows])
        return Values(
            value=np.array([row.value for row in rows]),
            standard_error=error,
            rank=np.array([row.rank for row in rows]),
            low=np.array([row.low for row in rows]),
            high=np.array([row.high for row in rows]),
            probability_of_rank=np.array([row.probability_of_rank for row in rows]),
            covariance=np.diag(error**2),
            confidence=self.view.confidence,
            n_evaluations=self.view.n_evaluations,
            converged=self.view.converged,
            method=self.view.answered_by,
            why=self.view.why_method,
        )

    @property
    def looks(self) -> "list[Look]":
        """How values, low and high ends stood after so many evaluations."""
        import numpy as np

        by_look: dict[int, dict[str, LookRow]] = {}
        for row in self._connected().get_all(LookRow, "valuations", self.id, "looks"):
            by_look.setdefault(row.n_evaluations, {})[row.owner] = row
        return [
            (
                n_evaluations,
                np.array([rows[owner].value for owner in self.players]),
                np.array([rows[owner].low for owner in self.players]),
                np.array([rows[owner].high for owner in self.players]),
            )
            for n_evaluations, rows in sorted(by_look.items())
        ]

    @property
    def evaluated(self) -> "tuple[NDArray[np.bool_], NDArray[np.float64]]":
        """Coalitions (n_evaluations, n_players) that the values rest on, and their utilities."""
        import numpy as np

        evidence = self._evidence()
        bits = [row.player for row in self._sealed()]
        member = [[bool(coalition >> bit & 1) for bit in bits] for coalition, _, _ in evidence]
        return (
            np.array(member).reshape(-1, len(bits)),
            np.array([utility for _, utility, _ in evidence]),
        )

    def plot(self, axes: "Axes | None" = None) -> "Axes":
        """Draw values with their intervals, best on top, in units of the metric."""
        axes = super().plot(axes)
        axes.set_xlabel(f"value ({self.view.metric}), {self.view.confidence:.0%} interval")
        return axes

    def _best_first(self) -> list[Any]:
        return sorted(self.view.values, key=lambda row: (row.rank, row.owner))

    def _sealed(self) -> list[Any]:
        if not self.view.values:
            raise InvalidMoveError(
                f"study {self.id[:12]} has no values yet", wanted="a sealed study"
            )
        return self._best_first()

    def _connected(self) -> Api:
        if self._api is None:
            raise InvalidMoveError("this study was read without a server", wanted="bench.study(id)")
        return self._api

    def _evidence(self) -> list[tuple[int, float, bool]]:
        """Return coalitions as bits of the game, in the order in which they were asked."""
        path = ("valuations", self.id, "evaluations")
        rows = self._connected().get_all(StudyEvaluation, *path)
        return [(int(row.coalition, 16), row.utility, row.is_given) for row in rows]

    def _table(self) -> Table:
        view = self.view
        rows: list[list[str]] = [
            [
                row.owner, f"{row.n_rows:,}", f"{row.value:+.4f}", f"± {row.standard_error:.4f}",
                f"{row.low:+.4f} … {row.high:+.4f}", str(row.rank),
                f"{row.probability_of_rank:.0%}",
            ]
            for row in self._best_first()
        ]  # fmt: skip
        percent = f"{view.confidence:.0%} interval"
        columns = [Column("owner"), Column("rows", "right")]
        columns += [Column(name, "right", view.metric) for name in ("value", "error", percent)]
        columns += [Column("rank", "right"), Column("P(rank)", "right")]
        given = f", {view.n_given} of them known before" if view.n_given else ""
        return Table(
            f"values of {view.task}, {view.state}: study {view.id}",
            columns,
            rows,
            [
                f"{view.answered_by or view.method}: {view.why_method}",
                f"{view.n_evaluations} evaluations of {view.metric}{given}, seed {view.seed}",
            ],
        )

    def _records(self) -> list[dict[str, Any]]:
        return [row.model_dump() for row in self._best_first()]
