"""The softmax ranges over the tokens of a pool."""

from pathlib import Path

import pytest

from workbench.core.errors import InvalidInputError
from workbench.training.vocabulary import ABSENT, Vocabulary


def test_it_is_the_union_of_the_rows_tokens() -> None:
    assert Vocabulary.of_rows([(7, 2), (2, 9)]).tokens.tolist() == [2, 7, 9]


def test_tokens_are_found_again() -> None:
    assert Vocabulary.of_rows([(7, 2), (2, 9)]).indices((9, 2, 7)).tolist() == [2, 0, 1]


def test_the_full_vocabulary_leaves_tokens_as_they_are() -> None:
    assert Vocabulary.full(5).indices((4, 0)).tolist() == [4, 0]


def test_the_digest_depends_on_the_tokens_alone() -> None:
    assert Vocabulary.of_rows([(1, 2)]).digest == Vocabulary.of_rows([(2,), (1,)]).digest
    assert Vocabulary.of_rows([(1, 2)]).digest != Vocabulary.of_rows([(1, 3)]).digest


def test_a_token_that_is_not_there_is_marked() -> None:
    found = Vocabulary.of_rows([(7, 2), (2, 9)]).indices((1, 7, 8, 9, 50))
    assert found.tolist() == [ABSENT, 1, ABSENT, 2, ABSENT]


def test_a_frozen_vocabulary_is_read_back(tmp_path: Path) -> None:
    vocabulary = Vocabulary.of_rows([(7, 2), (2, 9)])
    vocabulary.save(tmp_path / "v.json")
    assert Vocabulary.load(tmp_path / "v.json", 10).digest == vocabulary.digest


@pytest.mark.parametrize("text", ["", "{}", "[]", "[1, 1]", "[2, 1]", "[-1]", "[10]", "[true]"])
def test_what_is_no_vocabulary_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "v.json").write_text(text)
    with pytest.raises(InvalidInputError, match="no ascending list of token ids"):
        Vocabulary.load(tmp_path / "v.json", 10)
