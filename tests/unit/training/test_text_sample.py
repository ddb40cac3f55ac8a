"""Some texts as numbers: what is cached is taken, what is not is made."""

import numpy as np

from workbench.training.text_sample import TextRows


def made_of(texts: list[str]) -> np.ndarray:
    return np.array([[float(len(text))] for text in texts])


def test_only_what_is_not_cached_is_made_and_the_order_is_kept() -> None:
    asked: list[str] = []

    def make(texts: list[str]) -> np.ndarray:
        asked.extend(texts)
        return made_of(texts)

    known = [np.array([-1.0]), None, np.array([-3.0]), None]
    rows = TextRows(["a", "bb", "ccc", "dddd"], np.array([0, 1, 0, 1]), known)
    table, made = rows.table([3, 0, 1], make)
    assert table.features.tolist() == [[4.0], [-1.0], [2.0]]
    assert table.labels.tolist() == [1, 0, 1]
    assert asked == ["dddd", "bb"]
    assert made.places == [3, 1]
    assert rows.uncached == [1, 3]
    cached, none = rows.table([2, 0], make)
    assert cached.features.tolist() == [[-3.0], [-1.0]]
    assert (none.places, asked) == ([], ["dddd", "bb"])


def test_the_longest_texts_are_of_two_classes() -> None:
    rows = TextRows(["dddd", "ccc", "bb", "a"], np.array([0, 0, 0, 1]), [None] * 4)
    assert rows.longest(2) == [0, 3]
    assert rows.longest(9) == [0, 3, 1, 2]
    alone = TextRows(["a", "bb"], np.array([1, 1]), [None] * 2)
    assert alone.longest(2) == [1, 0]
