"""The softmax ranges over the tokens of a pool."""

from workbench.training.vocabulary import Vocabulary


def test_it_is_the_union_of_the_rows_tokens() -> None:
    assert Vocabulary.of_rows([(7, 2), (2, 9)]).tokens.tolist() == [2, 7, 9]


def test_tokens_are_found_again() -> None:
    assert Vocabulary.of_rows([(7, 2), (2, 9)]).indices((9, 2, 7)).tolist() == [2, 0, 1]


def test_the_full_vocabulary_leaves_tokens_as_they_are() -> None:
    assert Vocabulary.full(5).indices((4, 0)).tolist() == [4, 0]


def test_the_digest_depends_on_the_tokens_alone() -> None:
    assert Vocabulary.of_rows([(1, 2)]).digest == Vocabulary.of_rows([(2,), (1,)]).digest
    assert Vocabulary.of_rows([(1, 2)]).digest != Vocabulary.of_rows([(1, 3)]).digest
