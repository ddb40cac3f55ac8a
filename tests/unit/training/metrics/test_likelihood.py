"""Texts are scored by what they cost a language model."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.core.errors import InvalidInputError
from workbench.training.metrics.items import measure

LOSSES = st.lists(st.tuples(st.floats(0, 500), st.integers(1, 300)), min_size=1, max_size=30).map(
    lambda pairs: tuple(np.array(column) for column in zip(*pairs, strict=True))
)
NAN = float("nan")


def test_a_coin_a_byte_costs_a_bit_a_byte() -> None:
    items = measure("bits-per-byte", nats=np.log(2) * np.array([3, 8]), n_bytes=[3, 4])
    assert items.per_item == pytest.approx([1, 2])
    assert items.score == pytest.approx(11 / 7)


def test_a_die_a_token_has_a_perplexity_of_six() -> None:
    items = measure("perplexity", nats=np.log(6) * np.array([2, 5]), n_tokens=[2, 5])
    assert items.per_item == pytest.approx([6, 6])
    assert items.score == pytest.approx(6)


@given(LOSSES)
def test_perplexity_is_of_all_tokens_and_no_mean_of_texts(losses: Any) -> None:
    nats, n_tokens = losses
    nats = np.minimum(nats, 600 * n_tokens)
    items = measure("perplexity", nats=nats, n_tokens=n_tokens)
    assert items.score == pytest.approx(np.exp(nats.sum() / n_tokens.sum()))
    assert items.per_item == pytest.approx(np.exp(nats / n_tokens))


@given(LOSSES)
def test_bits_per_byte_weighs_texts_by_their_length(losses: Any) -> None:
    nats, n_bytes = losses
    items = measure("bits-per-byte", nats=nats, n_bytes=n_bytes)
    assert items.score == pytest.approx(np.average(items.per_item, weights=n_bytes))
    assert items.score == pytest.approx(nats.sum() / n_bytes.sum() / np.log(2))


@pytest.mark.parametrize(
    ("metric", "inputs", "found"),
    [
        ("perplexity", {"nats": [], "n_tokens": []}, "holds no item"),
        ("bits-per-byte", {"nats": [], "n_bytes": []}, "holds no item"),
        ("perplexity", {"nats": [1, NAN], "n_tokens": [1, 1]}, "nats: item 1 has nan"),
        ("bits-per-byte", {"nats": [float("inf")], "n_bytes": [1]}, "item 0 has inf"),
        ("bits-per-byte", {"nats": [1], "n_bytes": [0]}, "n_bytes: item 0 is 0"),
        ("perplexity", {"nats": [1], "n_tokens": [1.5]}, "n_tokens: item 0 is 1.5"),
        ("perplexity", {"nats": [-2], "n_tokens": [1]}, "a loss of -2"),
        ("perplexity", {"nats": [3000], "n_tokens": [3]}, "1000 a token"),
        ("perplexity", {"nats": [3, 4], "n_tokens": [3]}, "have 2 and 1 items"),
        ("perplexity", {"nats": [3], "n_bytes": [3]}, "was given n_bytes, nats"),
    ],
)
def test_what_cannot_be_is_refused(metric: str, inputs: dict[str, Any], found: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        measure(metric, **inputs)
    assert found in refused.value.found
    assert refused.value.wanted
