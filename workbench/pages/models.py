"""From a comparison to what its table shows: models best first, in numbers that people read."""

from dataclasses import dataclass
from typing import Final

from workbench.pages.documents import PublishedModel, PublishedModels
from workbench.pages.numbers import format_gain, format_value, value_places

_P_FLOOR: Final = 0.001
_DIGEST: Final = 64
_SHOWN: Final = 12


@dataclass(frozen=True)
class ModelLine:
    """One model's row; the first model's has no difference and no p."""

    rank: int
    name: str
    is_digest: bool
    is_champion: bool
    score: float
    score_text: str
    interval_text: str
    difference_text: str
    difference_interval_text: str
    verdict: str
    p_text: str
    test: str


@dataclass(frozen=True)
class ModelBoard:
    """Everything a page prints about one comparison."""

    lines: list[ModelLine]
    first: str
    percent: str
    ranks_shared: bool
    has_champion: bool


def make_models(models: PublishedModels) -> ModelBoard:
    """Return what the page shows of a comparison."""
    scores = value_places(
        [row.score for row in models.rows], [(row.high - row.low) / 2 for row in models.rows]
    )
    halves = [
        (row.difference_high - row.difference_low) / 2
        for row in models.rows
        if row.difference_high is not None and row.difference_low is not None
    ]
    differences = value_places([row.difference or 0.0 for row in models.rows], halves)
    lines = [_line(row, models, scores, differences) for row in models.rows]
    ranks = [line.rank for line in lines]
    return ModelBoard(
        lines=lines,
        first=_short(models.first),
        percent=f"{100 * models.confidence:g}\N{NO-BREAK SPACE}%",
        ranks_shared=len(set(ranks)) < len(ranks),
        has_champion=any(line.is_champion for line in lines),
    )


def _line(
    row: PublishedModel, models: PublishedModels, score_places: int, difference_places: int
) -> ModelLine:
    return ModelLine(
        rank=row.rank,
        name=_short(row.model),
        is_digest=len(row.model) == _DIGEST,
        is_champion=row.model == models.champion,
        score=row.score,
        score_text=format_value(row.score, score_places),
        interval_text=_range(row.low, row.high, score_places),
        difference_text=_signed(row.difference, difference_places),
        difference_interval_text=_signed_range(row, difference_places),
        verdict=row.verdict or "",
        p_text=_p_text(row.p),
        test=row.test or "",
    )


def _short(model: str) -> str:
    return model[:_SHOWN] if len(model) == _DIGEST else model


def _range(low: float, high: float, places: int) -> str:
    return f"{format_value(low, places)} to {format_value(high, places)}"


def _signed(difference: float | None, places: int) -> str:
    return "" if difference is None else format_gain(difference, places)


def _signed_range(row: PublishedModel, places: int) -> str:
    if row.difference_low is None or row.difference_high is None:
        return ""
    low, high = (format_gain(end, places) for end in (row.difference_low, row.difference_high))
    return f"{low} to {high}"


def _p_text(p: float | None) -> str:
    if p is None:
        return ""
    return f"<\N{NO-BREAK SPACE}{_P_FLOOR}" if p < _P_FLOOR else f"{p:.3f}"
