"""Models side by side: scores, slices, disagreements and what they say."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from workbench.client.comparison_text import tables_of, verdict_of
from workbench.client.display import Documented, Table
from workbench.client.frames import make_frame
from workbench.client.views import Carded, widget
from workbench.core.errors import InvalidInputError
from workbench.core.standings import rank_models
from workbench.core.wire import RunView

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_PAIR: Final = ("difference", "difference_low", "difference_high", "p", "test", "verdict")
_SCORE: Final = ("score", "low", "high")


class Comparison(Carded, Documented):
    """Models on the same hidden test items; the first is what others are held against.

    Parameters
    ----------
    view : the run that holds the comparison.
    champion : digest of the task's champion now.
    runs : that made its models.
    """

    _kind = "comparison"

    def __init__(
        self, view: RunView, champion: str | None = None, runs: Sequence[RunView] = ()
    ) -> None:
        self.view = view
        self.champion = champion
        self._runs = runs
        self._details: dict[str, Any] = view.details

    @property
    def id(self) -> str:
        """The comparison's id."""
        return self.view.id

    @property
    def as_of(self) -> datetime | None:
        """When it was made."""
        return self.view.created_at

    @property
    def rows(self) -> list[dict[str, Any]]:
        """One a model: ``loss``, its interval, ``difference`` from the first and its ``p``."""
        found: list[dict[str, Any]] = self._details["rows"]
        return found

    @property
    def models(self) -> list[str]:
        """Digests of the models, and ``"base"``, as they were named."""
        return [str(row["model"]) for row in self.rows]

    @property
    def metrics(self) -> list[str]:
        """Names of the metrics, the one that ranks first."""
        return [str(metric["metric"]) for metric in self._details["metrics"]]

    @property
    def frame(self) -> "pd.DataFrame":
        """One row a model and metric: score, interval, difference from the first, p, verdict."""
        return make_frame(self._details["scores"], ["model", "metric", *_SCORE, *_PAIR])

    @property
    def slices(self) -> "pd.DataFrame":
        """The same for items with something in common: one row a slice, model and metric."""
        columns = ["by", "value", "n_items", "metric", "model", *_SCORE, *_PAIR]
        return make_frame(self._details["slices"], columns)

    @property
    def disagreements(self) -> "pd.DataFrame":
        """The items on which a model differs most from the first, both ways.

        ``item`` is the row's place in the hidden test, from 0; what it says stays hidden.
        ``digest`` lets who holds the test find it.
        """
        columns = ["model", "item", "first_score", "score", "difference", "digest"]
        return make_frame(self._details["disagreements"], columns)

    @property
    def generations(self) -> "pd.DataFrame":
        """What models say to the task's prompts: one row a prompt, one column a model."""
        by_prompt: dict[str, dict[str, Any]] = {}
        for one in self.said:
            by_prompt.setdefault(one["prompt"], {"prompt": one["prompt"]})[one["model"]] = one[
                "text"
            ]
        return make_frame(by_prompt.values(), ["prompt", *self.models])

    @property
    def leaderboard(self) -> "pd.DataFrame":
        """One row a model, best first; models whose intervals overlap share a rank."""
        return make_frame(self.standings, ["rank", "model", "champion", "metric", *_SCORE, *_PAIR])

    @property
    def standings(self) -> list[dict[str, Any]]:
        """The rows of ``leaderboard``."""
        ranked = rank_models(self.lines("scores", self.metrics[0]), self.metric["better"])
        return [line | {"champion": line["model"] == self.champion} for line in ranked]

    @property
    def verdict(self) -> str:
        """In one sentence which model is better, by how much and how surely."""
        return verdict_of(self)

    def plot(self, axes: "Axes | None" = None, *, metric: str | None = None) -> "Axes":
        """Draw each model's difference from the first with its interval, best on top.

        Parameters
        ----------
        axes : where to draw; a new figure unless given.
        metric : by which; the one that ranks unless given.

        Raises
        ------
        InvalidInputError
            There is one model alone, or no such metric.
        """
        from workbench.client.comparison_pictures import plot_differences

        found = self._known(metric)
        return plot_differences(self.lines("scores", found["metric"]), found, self.percent, axes)

    def plot_slices(
        self, axes: "Axes | None" = None, *, by: str | None = None, metric: str | None = None
    ) -> "Axes":
        """Draw the differences in each slice, the largest slice on top.

        Parameters
        ----------
        axes : where to draw; a new figure unless given.
        by : by what items are told apart; the first there is unless given.
        metric : by which; the one that ranks unless given.

        Raises
        ------
        InvalidInputError
            There are no such slices, or one model alone.
        """
        from workbench.client.comparison_pictures import plot_slices

        found = self._known(metric)
        lines = self.lines("slices", found["metric"])
        kinds = list(dict.fromkeys(line["by"] for line in lines))
        if not kinds or (by is not None and by not in kinds):
            raise InvalidInputError(
                f"there are no slices by {by or 'anything'} and {found['metric']}",
                wanted=" or ".join(kinds) or "a test whose rows name several sources or classes",
            )
        chosen = [line for line in lines if line["by"] == (by or kinds[0])]
        return plot_slices(chosen, found, self.percent, axes)

    def to_json(self) -> dict[str, Any]:
        """Return all of it as JSON, as ``workbench compare --json`` prints it."""
        parts = ("rows", "metrics", "scores", "slices", "disagreements")
        run = self.view.model_dump(mode="json", exclude={"details", "metrics"})
        return {
            "run": run,
            "verdict": self.verdict,
            "caveats": self.caveats,
            **{part: self._details[part] for part in parts},
            "generations": self.said,
            "leaderboard": self.standings,
            "n_items": self.n_items,
            "confidence": self._details["confidence"],
        }

    def __repr__(self) -> str:
        return "\n\n".join(table.text() for table in tables_of(self))

    def _headline(self) -> Table:
        return tables_of(self)[0]

    def _card(self) -> object:
        return widget("CompareView", comparison=self, runs=self._runs)

    def _repr_html_(self) -> str:
        return "".join(table.html() for table in tables_of(self))

    @property
    def percent(self) -> str:
        """Confidence of the intervals, as text."""
        return f"{100 * self._details['confidence']:g} %"

    @property
    def caveats(self) -> list[str]:
        """What limits the numbers."""
        if self._details.get("softmax") != "pool":
            return []
        return [
            "Losses are over the tokens of the task's pool, as in training: lower than over all"
            " tokens, and comparable within the task only."
        ]

    @property
    def n_items(self) -> int:
        """Items of the hidden test that every model was asked."""
        return int(self._details["n_rows"])

    def lines(self, part: str, metric: str) -> list[dict[str, Any]]:
        """Return the lines of ``scores`` or ``slices`` by one metric, as the server sent them."""
        return [line for line in self._details[part] if line["metric"] == metric]

    @property
    def said(self) -> list[dict[str, str]]:
        """What models say: ``prompt``, ``model`` and ``text``; of language models only."""
        found: list[dict[str, str]] = self._details.get("generations", [])
        return found

    @property
    def metric(self) -> dict[str, str]:
        """The one that ranks: its ``metric``, ``unit`` and which is ``better``."""
        return self._known(None)

    def _known(self, metric: str | None) -> dict[str, str]:
        for found in self._details["metrics"]:
            if metric in (None, found["metric"]):
                return dict(found)
        raise InvalidInputError(
            f"the models are not compared by {metric!r:.40}", wanted=" or ".join(self.metrics)
        )
