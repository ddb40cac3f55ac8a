"""The seal of a run: what MLflow shows of it, hashed part by part, and what changed since.

MLflow lets anybody who reaches it edit a finished run. So once a run is logged it is read back
into one document, whose digests the server signs; whoever doubts the run reads it back again and
compares the documents, which name what changed. (The seal of a study's values is another thing.)
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from workbench.core.canonical import canonical_bytes, content_id

Document = dict[str, Any]
"""``run``, ``tracking_run`` and the parts below, as canonical JSON."""

PARTS: Final = ("parameters", "metrics", "tags", "inputs", "artifacts")
"""What is signed of a document, each by its own digest."""

DOCUMENT_FILE: Final = "seal.json"
"""Under which name a worker hands a document over."""

_NOUNS: Final[Mapping[str, str]] = {
    "parameters": "parameter",
    "metrics": "metric",
    "tags": "tag",
    "inputs": "input",
    "artifacts": "artifact",
    "run": "run",
}
_OURS: Final = "workbench."
_OF_MLFLOW: Final = frozenset({"mlflow.user", "mlflow.source.name", "mlflow.source.type"})
# What travels as a number in JSON without losing a digit.
_MOST: Final = 2**53 - 1
_MOST_LETTERS: Final = 80
# The shortest length at which some MLflow cut a parameter.
_LEAST_CUT: Final = 250


@dataclass(frozen=True)
class MetricPoint:
    """One logged number.

    Attributes
    ----------
    step : of the training; 0 for a figure of the whole run.
    value : the number, which an editor may have made NaN or infinite.
    timestamp : milliseconds since 1970, UTC.
    """

    step: int
    value: float
    timestamp: int


@dataclass(frozen=True)
class Metric:
    """A metric as MLflow keeps it: twice, and either can be edited.

    Attributes
    ----------
    shown : the number on the run's page.
    history : every point that was logged, in any order.
    """

    shown: float
    history: Sequence[MetricPoint]


@dataclass(frozen=True)
class Difference:
    """One thing that is not as it was sealed.

    Attributes
    ----------
    part : one of ``PARTS``, or ``"run"`` when all of it is gone.
    key : its name inside the part, such as ``"loss at step 3"``.
    sealed : as it was sealed, in words; None when it was not there.
    found : as MLflow has it now, in words; None when it is gone.
    """

    part: str
    key: str
    sealed: str | None
    found: str | None

    def __str__(self) -> str:
        """Return the difference in one line.

        >>> str(Difference("metrics", "loss at step 3", "1.25", "0.9"))
        'metric loss at step 3: 1.25 sealed, 0.9 found'
        """
        return self.describe("sealed")

    def describe(self, before: str) -> str:
        """Return the difference in one line, with another word for how it was."""
        sealed, found = _short(self.sealed), _short(self.found)
        return f"{_NOUNS[self.part]} {self.key}: {sealed} {before}, {found} found"


def make_document(
    run: str,
    tracking_run: str,
    *,
    parameters: Mapping[str, str],
    metrics: Mapping[str, Metric],
    tags: Mapping[str, str],
    inputs: Mapping[str, str],
    artifacts: Mapping[str, str],
) -> Document:
    """Return the document of a run as it was read from MLflow.

    Parameters
    ----------
    run : our id.
    tracking_run : MLflow's id.
    parameters : as MLflow cut them to its own length.
    metrics : by name.
    tags : all of them; what people add for themselves, such as a note, is not sealed.
    inputs : each field of each dataset, and each tag of it.
    artifacts : path → SHA-256 of the file.
    """
    return {
        "run": run,
        "tracking_run": tracking_run,
        "parameters": dict(parameters),
        "metrics": {name: _metric(metric) for name, metric in metrics.items()},
        "tags": {name: text for name, text in tags.items() if is_sealed_tag(name)},
        "inputs": dict(inputs),
        "artifacts": dict(artifacts),
    }


def is_sealed_tag(name: str) -> bool:
    """Say whether a tag is sealed: all of ours, and those by which MLflow says who ran what.

    >>> [is_sealed_tag(name) for name in ("workbench.run", "mlflow.user", "mlflow.note.content")]
    [True, True, False]
    """
    return name.startswith(_OURS) or name in _OF_MLFLOW


def part_digests(document: Document) -> dict[str, str]:
    """Return the content id of each part; what the server signs."""
    return {part: content_id(document[part]) for part in PARTS}


def differences(sealed: Document, found: Document) -> list[Difference]:
    """Return what is not as it was sealed; nothing when the seal holds.

    Parameters
    ----------
    sealed : the document that was signed.
    found : the document of the same run as MLflow has it now.
    """
    return [
        difference
        for part in PARTS
        for difference in (_metric_changes if part == "metrics" else _text_changes)(
            part, sealed[part], found[part]
        )
    ]


def contradictions(
    document: Document,
    *,
    parameters: Mapping[str, str],
    metrics: Mapping[str, float],
    histories: Mapping[str, Sequence[tuple[int, float]]],
    artifacts: Mapping[str, str],
) -> list[Difference]:
    """Return where a run that was just logged is not what was to be logged.

    Somebody who knows the id of a run that waits can make one under its name, and what is
    edited before it is sealed would be signed for ever. More than was asked for contradicts
    nothing.

    Parameters
    ----------
    document : the run as it was read back.
    parameters : as they were sent; MLflow cuts long ones, by a length of its own.
    metrics : the figures of the whole run.
    histories : name → (step, number), all that was logged under a name.
    artifacts : name → SHA-256; wherever a file of this content lies, it is there.
    """
    found = document["parameters"]
    sent = {name: _cut(text, found.get(name)) for name, text in parameters.items()}
    there = {*document["artifacts"].values()}
    lost = {name: digest for name, digest in artifacts.items() if digest not in there}
    shown = {
        name: {"shown": _number(value), "history": document["metrics"].get(name, {}).get("history")}
        for name, value in metrics.items()
    }
    shown |= {
        name: _expected(points, document["metrics"].get(name))
        for name, points in histories.items()
        if points
    }
    asked = {"parameters": found | sent, "metrics": document["metrics"] | shown}
    return differences(document | asked | {"artifacts": document["artifacts"] | lost}, document)


def _expected(points: Sequence[tuple[int, float]], found: Document | None) -> Document:
    """Return a history as it was sent, with the times at which MLflow has its points."""
    times = {(s, v): t for s, v, t in (found or {"history": []})["history"]}
    sent = [MetricPoint(s, v, times.get((_number(s), _number(v)), 0)) for s, v in points]
    return _metric(Metric(max(points, key=lambda point: point[0])[1], sent))


def _cut(text: str, found: str | None) -> str:
    is_cut = found is not None and len(found) >= _LEAST_CUT and text.startswith(found)
    return str(found) if is_cut else text


def _metric(metric: Metric) -> Document:
    points = [[_number(p.step), _number(p.value), _number(p.timestamp)] for p in metric.history]
    return {"shown": _number(metric.shown), "history": sorted(points, key=canonical_bytes)}


def _number(number: float) -> float | str:
    """Return a number as canonical JSON can carry it: NaN, infinities and huge ones as text.

    >>> _number(1.25), _number(float("nan")), _number(2**60)
    (1.25, 'nan', '1152921504606846976')
    """
    return number if abs(number) <= _MOST else str(number)


def _text_changes(part: str, sealed: Document, found: Document) -> Iterator[Difference]:
    for key in sorted({*sealed, *found}):
        if sealed.get(key) != found.get(key):
            yield Difference(part, key, _quoted(sealed.get(key)), _quoted(found.get(key)))


def _metric_changes(part: str, sealed: Document, found: Document) -> Iterator[Difference]:
    for name in sorted({*sealed, *found}):
        before, now = sealed.get(name), found.get(name)
        if before is None or now is None:
            yield Difference(part, name, _shown(before), _shown(now))
            continue
        steps_before, steps_now = _by_step(before), _by_step(now)
        for step in sorted({*steps_before, *steps_now}, key=_in_order):
            points = steps_before.get(step, []), steps_now.get(step, [])
            if points[0] != points[1]:
                yield Difference(part, f"{name} at step {step}", *_points(*points))
        if before["shown"] != now["shown"]:
            yield Difference(part, f"{name} as shown", _shown(before), _shown(now))


def _by_step(metric: Document) -> dict[Any, list[Any]]:
    found: dict[Any, list[Any]] = {}
    for step, value, timestamp in metric["history"]:
        found.setdefault(step, []).append((value, timestamp))
    return found


def _in_order(step: Any) -> tuple[int, str]:
    return int(step), str(step)


def _points(before: Iterable[Any], now: Iterable[Any]) -> tuple[str | None, str | None]:
    """Return points in words; with their times where only these differ."""
    values = [", ".join(str(value) for value, _ in points) for points in (before, now)]
    if values[0] == values[1]:
        times = [", ".join(f"{v} at {t} ms" for v, t in points) for points in (before, now)]
        return times[0], times[1]
    return values[0] or None, values[1] or None


def _shown(metric: Document | None) -> str | None:
    return None if metric is None else str(metric["shown"])


def _quoted(text: str | None) -> str | None:
    return None if text is None else repr(text)


def _short(text: str | None) -> str:
    if text is None:
        return "nothing"
    return text if len(text) <= _MOST_LETTERS else f"{text[: _MOST_LETTERS - 1]}…"
