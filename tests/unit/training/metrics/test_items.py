"""Every metric gives intervals, differences and slices from its own statistics."""

from typing import Any

import numpy as np
import pytest
from sklearn.metrics import f1_score

from workbench.core.errors import InvalidInputError
from workbench.training.metrics.items import (
    MeasuredItems,
    bootstrap_difference,
    bootstrap_interval,
    by_slice,
    measure,
)
from workbench.training.metrics.table import METRICS

N_ITEMS = 60


def answers(metric: str, quality: float, n_items: int = N_ITEMS) -> dict[str, Any]:
    """Answers to one test, the same for any quality; 1 is best."""
    rng = np.random.default_rng(0)
    true = rng.integers(0, 4, size=n_items)
    lucky = rng.random(n_items) < quality
    guessed = np.where(lucky, true, rng.integers(0, 4, size=n_items))
    words = ["atl", "tletl", "calli", "xochitl"]
    sizes = rng.integers(5, 60, size=n_items)
    nats = sizes * rng.gamma(3, 1, size=n_items) * (1.5 - quality)
    spread = rng.uniform(0.05, 0.3, size=(n_items, 1))
    every = {
        "predictions": guessed.tolist(),
        "references": true.tolist(),
        "probabilities": (np.eye(4)[guessed] + spread) / (1 + 4 * spread),
        "nats": nats,
        "n_tokens": sizes,
        "n_bytes": 3 * sizes,
    }
    if metric == "chrf":
        said = [words[k] for k in guessed]
        every |= {"predictions": said, "references": [[words[k]] for k in true]}
    return {name: every[name] for name in METRICS[metric].inputs}


def measured(metric: str, quality: float = 0.5) -> MeasuredItems:
    return measure(metric, **answers(metric, quality))


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


@pytest.mark.parametrize("metric", METRICS)
def test_the_score_lies_within_its_interval_and_its_bounds(metric: str) -> None:
    items = measured(metric)
    interval = bootstrap_interval(items, rng())
    assert interval.score == items.score
    assert interval.low < items.score < interval.high
    found = METRICS[metric]
    assert found.low <= interval.low < interval.high <= found.high
    assert items.per_item.shape == (items.n_items,) == (N_ITEMS,)


@pytest.mark.parametrize("metric", METRICS)
def test_seeds_give_the_same_interval_again(metric: str) -> None:
    items = measured(metric)
    assert bootstrap_interval(items, rng(1)) == bootstrap_interval(items, rng(1))
    assert bootstrap_interval(items, rng(1)) != bootstrap_interval(items, rng(2))


@pytest.mark.parametrize("metric", METRICS)
def test_the_order_of_items_changes_nothing(metric: str) -> None:
    one, other = measured(metric), measured(metric, 0.9)
    order = rng(3).permutation(N_ITEMS)
    shuffled, other_shuffled = one.take(order), other.take(order)
    assert shuffled.score == one.score
    np.testing.assert_array_equal(shuffled.per_item, one.per_item[order])
    assert bootstrap_interval(shuffled, rng()) == bootstrap_interval(one, rng())
    assert bootstrap_difference(shuffled, other_shuffled, rng()) == bootstrap_difference(
        one, other, rng()
    )


@pytest.mark.parametrize("metric", METRICS)
def test_a_better_model_is_found_better_whichever_way_scores_go(metric: str) -> None:
    worse, better = measured(metric, 0.2), measured(metric, 0.95)
    found = bootstrap_difference(worse, better, rng())
    assert found.better is True
    assert found.low < found.difference < found.high
    assert found.p < 0.01
    assert found.difference == pytest.approx(better.score - worse.score)
    assert bootstrap_difference(better, worse, rng()).better is False


@pytest.mark.parametrize("metric", METRICS)
def test_equal_models_do_not_differ(metric: str) -> None:
    found = bootstrap_difference(measured(metric), measured(metric), rng())
    assert (found.difference, found.low, found.high, found.p) == (0, 0, 0, 1)
    assert found.better is None


@pytest.mark.parametrize("metric", METRICS)
def test_one_item_scores_as_it_does_alone(metric: str) -> None:
    items = measured(metric)
    alone = items.take(np.array([7]))
    assert alone.score == items.per_item[7]
    interval = bootstrap_interval(alone, rng(), n_resamples=100)
    assert interval.low == interval.high == pytest.approx(alone.score)


def test_macro_f1_is_computed_anew_from_the_items_of_each_resample() -> None:
    inputs = answers("macro-f1", 0.5, n_items=12)
    items = measure("macro-f1", **inputs)
    order = np.lexsort(items.statistics.T[::-1])
    drawn = rng(5).integers(0, 12, size=(400, 12))
    said, true = (np.array(inputs[name])[order] for name in ("predictions", "references"))
    scores = [f1_score(true[places], said[places], average="macro") for places in drawn]
    found = bootstrap_interval(items, rng(5), n_resamples=400, confidence=0.9)
    assert (found.low, found.high) == pytest.approx(tuple(np.quantile(scores, [0.05, 0.95])))


def test_intervals_hold_the_truth_about_as_often_as_they_say() -> None:
    hits, draws = 0, rng(6)
    for _ in range(300):
        right = (draws.random(100) < 0.7).astype(int)
        items = measure("accuracy", predictions=right, references=np.ones(100))
        found = bootstrap_interval(items, draws, n_resamples=300, confidence=0.9)
        hits += found.low <= 0.7 <= found.high
    assert 0.85 <= hits / 300 <= 0.95


def test_a_model_may_say_classes_that_the_other_does_not() -> None:
    few = measure("macro-f1", predictions=[0, 0, 0], references=[0, 1, 0])
    many = measure("macro-f1", predictions=[0, 5, 0], references=[0, 1, 0])
    expected = many.score - few.score
    assert bootstrap_difference(few, many, rng()).difference == pytest.approx(expected)


def test_slices_are_scored_with_the_number_of_their_items() -> None:
    items = measure("accuracy", predictions=[0, 1, 1, 0], references=[0, 1, 0, 0])
    slices = {"owner": ["b", "a", "b", "b"], "language": ["nah"] * 4}
    assert [part.to_row() for part in by_slice(items, slices)] == [
        {"by": "owner", "value": "a", "n_items": 1, "score": 1.0},
        {"by": "owner", "value": "b", "n_items": 3, "score": pytest.approx(2 / 3)},
        {"by": "language", "value": "nah", "n_items": 4, "score": 0.75},
    ]


@pytest.mark.parametrize("metric", METRICS)
def test_slices_share_out_the_items_and_have_intervals(metric: str) -> None:
    items = measured(metric)
    documents = [f"d{place % 3}" for place in range(N_ITEMS)]
    parts = by_slice(items, {"document": documents})
    assert sum(part.items.n_items for part in parts) == N_ITEMS
    inputs = answers(metric, 0.5)
    own = measure(metric, **{name: list(values)[1::3] for name, values in inputs.items()})
    assert parts[1].items.score == pytest.approx(own.score)
    interval = bootstrap_interval(parts[1].items, rng())
    assert interval.low < interval.score < interval.high


def test_slices_of_other_items_are_refused() -> None:
    with pytest.raises(InvalidInputError, match="'owner' has 2 values and the test 60 items"):
        by_slice(measured("accuracy"), {"owner": ["a", "b"]})
    with pytest.raises(InvalidInputError, match="'owner' of item 0 is None"):
        by_slice(measured("accuracy"), {"owner": [None] * N_ITEMS})  # type: ignore[list-item]


def test_a_choice_of_no_items_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="the choice holds no item"):
        measured("accuracy").take(np.array([], dtype=np.int64))


def test_only_models_on_the_same_items_are_compared() -> None:
    few = measured("accuracy").take(np.arange(5))
    for other in (measured("accuracy"), measured("macro-f1").take(np.arange(5))):
        with pytest.raises(InvalidInputError, match="the other"):
            bootstrap_difference(few, other, rng())


@pytest.mark.parametrize("options", [{"n_resamples": 99}, {"confidence": 1.0}, {"confidence": 0}])
def test_too_few_resamples_and_no_confidence_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(InvalidInputError, match="n_resamples is"):
        bootstrap_interval(measured("accuracy"), rng(), **options)
