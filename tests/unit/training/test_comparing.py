"""Differences between models are tested in pairs, and nothing of the test's text leaves."""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from workbench.core.errors import InvalidInputError
from workbench.training.comparing import (
    MAX_MODELS,
    MAX_SLICES,
    CompareParameters,
    compare_models,
)
from workbench.training.hidden_items import HiddenItems
from workbench.training.parameters import read_parameters

N_ITEMS = 60
RNG = np.random.default_rng(0)
TOTALS = RNG.gamma(3, 2, size=N_ITEMS)
WEIGHTS = RNG.integers(1, 9, size=N_ITEMS)
BETTER = TOTALS - 0.5 * WEIGHTS * (TOTALS > WEIGHTS)
NOISY = np.abs(TOTALS + RNG.normal(scale=0.3, size=N_ITEMS))
SOURCES = ["a poem", "a law", "a letter"]


def items(sources: list[str] | None = None) -> HiddenItems:
    named = [SOURCES[k % 3] for k in range(N_ITEMS)] if sources is None else sources
    digests = [f"{place:064x}" for place in range(N_ITEMS)]
    return HiddenItems(range(100, 100 + N_ITEMS), digests, {"source": named})


def compare(totals: dict[str, NDArray[np.float64]], seed: int = 0, **items_of: Any) -> Any:
    answers = {
        model: {"nats": nats, "n_tokens": WEIGHTS, "n_bytes": 3 * WEIGHTS}
        for model, nats in totals.items()
    }
    parameters = CompareParameters(models=list(totals), n_resamples=500)
    found = items(**items_of)
    return compare_models("causal-lm", answers, found, parameters, seed, main="loss-per-token")


def line(found: Any, model: str, metric: str = "loss-per-token") -> dict[str, Any]:
    [one] = [s for s in found["scores"] if (s["model"], s["metric"]) == (model, metric)]
    return dict(one)


def test_equal_models_do_not_differ() -> None:
    found = compare({"base": TOTALS, "tuned": TOTALS})
    for metric in ("loss-per-token", "bits-per-byte", "perplexity"):
        one = line(found, "tuned", metric)
        assert (one["difference"], one["p"], one["verdict"]) == (0, 1, "no difference")
    assert found["disagreements"] == []


def test_a_better_model_is_called_so_by_every_metric_and_the_other_way_round() -> None:
    found = compare({"base": TOTALS, "tuned": BETTER})
    back = compare({"tuned": BETTER, "base": TOTALS})
    for metric in ("loss-per-token", "bits-per-byte", "perplexity"):
        there, again = line(found, "tuned", metric), line(back, "base", metric)
        assert (there["verdict"], again["verdict"]) == ("better", "worse")
        assert there["test"] == again["test"] == "sign-flip, 20,000 flips"
        assert there["p"] == again["p"] < 0.001
        assert there["difference"] == pytest.approx(-again["difference"])
        assert there["difference_low"] <= there["difference"] <= there["difference_high"] < 0


def test_noise_is_no_difference() -> None:
    one = line(compare({"base": TOTALS, "noisy": NOISY}), "noisy")
    assert one["verdict"] == "no difference"
    assert one["difference_low"] < 0 < one["difference_high"]


def test_the_loss_is_a_mean_over_tokens_and_leads() -> None:
    found = compare({"base": TOTALS, "tuned": BETTER})
    base = line(found, "base")
    assert base["score"] == pytest.approx(TOTALS.sum() / WEIGHTS.sum())
    assert base["low"] < base["score"] < base["high"]
    assert [row["loss"] for row in found["rows"]] == [s["score"] for s in found["scores"][:2]]
    assert found["metrics"][0] == {
        "metric": "loss-per-token", "unit": "nats a token", "better": "lower",
    }  # fmt: skip


def test_the_first_model_is_held_against_nobody() -> None:
    base = line(compare({"base": TOTALS, "tuned": BETTER}), "base")
    assert {base[name] for name in ("difference", "p", "test", "verdict")} == {None}


def test_the_same_seed_gives_the_same_result_and_other_models_change_no_draw() -> None:
    pair = {"base": TOTALS, "noisy": NOISY}
    assert compare(pair, 1) == compare(pair, 1)
    assert compare(pair, 1) != compare(pair, 2)
    more = compare({"base": TOTALS, "tuned": BETTER, "noisy": NOISY}, 1)
    assert line(more, "noisy") == line(compare(pair, 1), "noisy")


def test_slices_are_the_whole_test_once() -> None:
    found = compare({"base": TOTALS, "tuned": BETTER})["slices"]
    assert [(s["value"], s["model"]) for s in found] == [
        (value, model) for value in sorted(SOURCES) for model in ("base", "tuned")
    ]
    assert {s["n_items"] for s in found} == {20}
    law = np.arange(N_ITEMS) % 3 == 1
    base, tuned = found[:2]
    assert base["score"] == pytest.approx(TOTALS[law].sum() / WEIGHTS[law].sum())
    assert tuned["difference"] == pytest.approx(tuned["score"] - base["score"])
    assert tuned["test"] == "sign-flip, exact"


def test_one_source_makes_no_slices_and_many_small_ones_are_put_together() -> None:
    assert compare({"base": TOTALS}, sources=["a"] * N_ITEMS)["slices"] == []
    many = compare({"base": TOTALS}, sources=[f"{k:02}" for k in range(N_ITEMS)])["slices"]
    assert len(many) == MAX_SLICES
    assert {s["value"]: s["n_items"] for s in many if s["n_items"] > 1} == {"21 others": 21}


def test_disagreements_go_both_ways_and_name_places_alone() -> None:
    other = TOTALS + WEIGHTS * np.where(np.arange(N_ITEMS) < 3, 5.0, 0.1)
    other[40:] -= WEIGHTS[40:] * 0.15
    found = compare({"base": TOTALS, "other": np.abs(other)})["disagreements"]
    assert len(found) == 20
    assert {one["item"] for one in found[-3:]} <= set(range(100, 160))
    assert {one["item"] for one in found if one["difference"] > 4} == {100, 101, 102}
    for one in found:
        assert set(one) == {"model", "item", "digest", "first_score", "score", "difference"}
        assert one["digest"] == f"{one['item'] - 100:064x}"
        assert one["difference"] == pytest.approx(one["score"] - one["first_score"])


def test_an_items_digest_needs_the_whole_test(tmp_path: Path) -> None:
    """The digest of a row alone would answer guesses of it."""
    path = tmp_path / "rows"
    rows = [json.dumps({"text": text}).encode() for text in ("atl", "tletl", "calli")]
    path.write_bytes(b"\n".join(rows) + b"\n")
    found = HiddenItems.read(path, [0, 2])
    assert found.places == [0, 2]
    assert found.digests[1] == sha256(sha256(path.read_bytes()).digest() + rows[2]).hexdigest()
    assert sha256(rows[0]).hexdigest() not in found.digests
    assert len(HiddenItems.read(path).digests) == 3


def test_answers_about_other_items_are_refused() -> None:
    with pytest.raises(InvalidInputError, match="has 60 items by loss-per-token, the test 2"):
        compare_models(
            "causal-lm",
            {"base": {"nats": TOTALS, "n_tokens": WEIGHTS}},
            HiddenItems([0, 1], ["a", "b"]),
            CompareParameters(models=["base"]),
            0,
            main="loss-per-token",
        )


@pytest.mark.parametrize(
    ("models", "found"),
    [
        (["base", "base"], "named twice"),
        ([], "at least 1 item"),
        ([str(k) for k in range(MAX_MODELS + 1)], "at most 32"),
    ],
)
def test_models_that_cannot_be_compared_are_refused(models: list[str], found: str) -> None:
    with pytest.raises(InvalidInputError, match=found):
        read_parameters(CompareParameters, {"models": models})
