"""A comparison in words and tables: what a newcomer reads first."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol

from workbench.client.display import Column, Table
from workbench.core.wire import RunView

_P_FLOOR: Final = 0.001
_DIGEST: Final = 64
_MOST_SLICES: Final = 12
_MOST_MODELS: Final = 4
_MOST_PROMPTS: Final = 3

Line = Mapping[str, Any]


class Compared(Protocol):
    """What is told of ``workbench.client.comparison.Comparison``."""

    view: RunView
    champion: str | None

    @property
    def models(self) -> list[str]: ...  # noqa: D102
    @property
    def metrics(self) -> list[str]: ...  # noqa: D102
    @property
    def metric(self) -> dict[str, str]: ...  # noqa: D102
    @property
    def percent(self) -> str: ...  # noqa: D102
    @property
    def caveats(self) -> list[str]: ...  # noqa: D102
    @property
    def n_items(self) -> int: ...  # noqa: D102
    @property
    def standings(self) -> list[dict[str, Any]]: ...  # noqa: D102
    @property
    def said(self) -> list[dict[str, str]]: ...  # noqa: D102

    def lines(self, part: str, metric: str) -> list[dict[str, Any]]: ...  # noqa: D102


def verdict_of(found: Compared) -> str:
    """Return in one sentence which model is better, by how much and how surely.

    The first model is held against the best of the others.
    """
    main = found.lines("scores", found.metrics[0])
    if len(main) < 2:
        return "One model alone: name another to compare it with."
    sign = -1 if found.metric["better"] == "lower" else 1
    first, best = main[0], max(main[1:], key=lambda line: sign * float(line["score"]))
    # Plus 0.0: nobody is ahead by −0.
    gain = sign * best["difference"] + 0.0
    low, high = sorted(sign * best[f"difference_{end}"] + 0.0 for end in ("low", "high"))
    winner, loser = short(best["model"]), short(first["model"])
    if gain < 0:
        gain, low, high = -gain, -high, -low
        of_all = ", the best of the others," if len(main) > 2 else ""
        winner, loser = loser, winner + of_all
    sure = (
        f"({found.percent} interval {low:.3g} to {high:.3g}, p {_p_words(best['p'])},"
        f" {best['test']}, on {found.n_items:,} items)"
    )
    size = f"{gain:.3g} {found.metric['unit']}"
    if gain == 0:
        return f"No difference between {winner} and {loser} {sure}."
    if best["verdict"] == "no difference":
        return f"No sure difference: {winner} is ahead of {loser} by {size} {sure}."
    return f"{winner} is better than {loser} by {size} {sure}."


def tables_of(found: Compared) -> list[Table]:
    """Return the scores with the verdict, and where there are any slices and what models say."""
    return [_scores(found), *_slices(found), *_said(found)]


def _scores(found: Compared) -> Table:
    main, *others = found.metrics
    more = {
        name: {line["model"]: line["score"] for line in found.lines("scores", name)}
        for name in others
    }
    interval = f"{found.percent} interval"
    heads = [main, interval, "difference", interval]
    rows = [
        [
            short(line["model"]) + (" (champion)" if line["model"] == found.champion else ""),
            _number(line["score"]),
            f"{_number(line['low'])} … {_number(line['high'])}",
            _signed(line["difference"]),
            _range(line),
            _p_text(line["p"]),
            line["verdict"] or "",
            *(_number(more[name][line["model"]]) for name in others),
        ]
        for line in found.lines("scores", main)
    ]
    unit = found.metric["unit"]
    columns = [Column("model"), *(Column(head, "right", unit) for head in heads)]
    columns += [Column("p", "right"), Column("verdict")]
    columns += [Column(name, "right") for name in others]
    plural = "models" if len(rows) > 1 else "model"
    return Table(
        f"{len(rows)} {plural} of {found.view.task} on {found.n_items:,} hidden items;"
        f" {found.metric['better']} {main} is better",
        columns,
        rows,
        [verdict_of(found), *found.caveats],
    )


def _slices(found: Compared) -> list[Table]:
    main = found.metrics[0]
    kept = _shown_models(found)
    by_slice: dict[tuple[str, str], dict[str, Line]] = {}
    for line in found.lines("slices", main):
        by_slice.setdefault((line["by"], line["value"]), {})[line["model"]] = line
    if not by_slice:
        return []
    sizes = {key: int(next(iter(lines.values()))["n_items"]) for key, lines in by_slice.items()}
    order = sorted(by_slice, key=lambda key: (key[0], -sizes[key], key[1]))
    rows = [
        [key[1], f"{sizes[key]:,}", *(_cell(by_slice[key][model]) for model in kept)]
        for key in order[:_MOST_SLICES]
    ]
    columns = [Column(", ".join(dict.fromkeys(by for by, _ in order))), Column("items", "right")]
    columns += [Column(short(model), "right") for model in kept]
    left = _left_out(
        "slices", {"slice": len(order) - len(rows), "model": len(found.models) - len(kept)}
    )
    return [Table(f"{main} by {columns[0].name}", columns, rows, left)]


def _said(found: Compared) -> list[Table]:
    kept = _shown_models(found)
    prompts = list(dict.fromkeys(one["prompt"] for one in found.said))
    rows = [
        [repr(one["prompt"]), short(one["model"]), repr(one["text"])]
        for prompt in prompts[:_MOST_PROMPTS]
        for one in found.said
        if one["prompt"] == prompt and one["model"] in kept
    ]
    if not rows:
        return []
    columns = [Column("prompt"), Column("model"), Column("goes on")]
    n_more = max(0, len(prompts) - _MOST_PROMPTS)
    left = _left_out("generations", {"prompt": n_more, "model": len(found.models) - len(kept)})
    return [Table("What the models say", columns, rows, left)]


def _shown_models(found: Compared) -> list[str]:
    """Return the first model and the best of the others, in the order of the comparison."""
    first = found.models[0]
    best = [str(row["model"]) for row in found.standings if row["model"] != first]
    kept = {first, *best[: _MOST_MODELS - 1]}
    return [model for model in found.models if model in kept]


def _left_out(part: str, n_more: Mapping[str, int]) -> Sequence[str]:
    said = [f"{n} more {name}{'s' if n > 1 else ''}" for name, n in n_more.items() if n]
    return [f"… and {' and '.join(said)}; .{part} has them all"] if said else []


def short(model: object) -> str:
    """Return a model as people read it: a digest by its beginning."""
    name = str(model)
    return name[:12] if len(name) == _DIGEST else name


def _cell(line: Line) -> str:
    if line["difference"] is None:
        return _number(line["score"])
    mark = {"better": " ✓", "worse": " ✗"}.get(line["verdict"], "")
    return f"{_number(line['score'])} ({_signed(line['difference'])}{mark})"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}" if abs(value) < 1000 else f"{value:.6g}"


def _signed(value: float | None) -> str:
    return "" if value is None else f"{value:+.4f}" if abs(value) < 1000 else f"{value:+.6g}"


def _range(line: Line) -> str:
    if line["difference"] is None:
        return ""
    return f"{_signed(line['difference_low'])} … {_signed(line['difference_high'])}"


def _p_text(value: float | None) -> str:
    if value is None:
        return ""
    return f"< {_P_FLOOR}" if value < _P_FLOOR else f"{value:.3f}"


def _p_words(value: float) -> str:
    text = _p_text(value)
    return text if text.startswith("<") else f"= {text}"
