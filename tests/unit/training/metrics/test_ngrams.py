"""Translations are scored as sacrebleu scores them."""

from typing import Any

import pytest
import sacrebleu
from hypothesis import given
from hypothesis import strategies as st

from workbench.core.errors import InvalidInputError
from workbench.training.metrics.items import measure

LETTERS = "aei ñtlx, "
TEXTS = st.text(LETTERS, max_size=25)
WANTED = TEXTS.filter(str.strip)
ITEMS = st.lists(st.tuples(TEXTS, WANTED, WANTED), min_size=1, max_size=8)


@given(ITEMS)
def test_chrf_is_sacrebleus(texts: list[tuple[str, str, str]]) -> None:
    said, first, second = map(list, zip(*texts, strict=True))
    one = measure("chrf", predictions=said, references=[[text] for text in first])
    assert one.score == pytest.approx(sacrebleu.corpus_chrf(said, [first]).score)
    two = measure("chrf", predictions=said, references=list(zip(first, second, strict=True)))
    assert two.score == pytest.approx(sacrebleu.corpus_chrf(said, [first, second]).score)


@given(ITEMS)
def test_each_item_has_sacrebleus_sentence_score(texts: list[tuple[str, str, str]]) -> None:
    said = [text for text, *_ in texts]
    references = [wanted for _, *wanted in texts]
    items = measure("chrf", predictions=said, references=references)
    alone = [sacrebleu.sentence_chrf(*pair).score for pair in zip(said, references, strict=True)]
    assert items.per_item == pytest.approx(alone)


def test_chrf_by_hand() -> None:
    # One of two letters, no pair: precision and recall are 1/2 and 0, over two orders.
    items = measure("chrf", predictions=["no"], references=[["na"]])
    assert items.score == pytest.approx(25)
    assert measure("chrf", predictions=["atl"], references=[["atl"]]).score == 100
    assert measure("chrf", predictions=[""], references=[["atl"]]).score == 0


def test_items_may_have_unequal_numbers_of_references() -> None:
    items = measure("chrf", predictions=["atl", "tletl"], references=[["a"], ["xo", "tletl"]])
    assert items.per_item[1] == 100


@pytest.mark.parametrize(
    ("predictions", "references", "found"),
    [
        ([], [], "holds no item"),
        (["a"], [["a"], ["b"]], "have 1 and 2 items"),
        ([None], [["a"]], "item 0 is None"),
        ([float("nan")], [["a"]], "item 0 is nan"),
        (["atl"], ["atl"], "item 0 is 'atl'"),
        (["atl"], [[None]], "item 0 is [None]"),
        (["atl"], [[]], "item 0 has none"),
        (["atl"], [[" \n"]], "item 0 has an empty text"),
    ],
)
def test_what_cannot_be_is_refused(predictions: Any, references: Any, found: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        measure("chrf", predictions=predictions, references=references)
    assert found in refused.value.found
    assert refused.value.wanted
