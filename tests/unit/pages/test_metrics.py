"""The names of numbers, as people read them."""

import pytest

from workbench.pages.metrics import metric_order, metric_words


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("base_loss_full", "loss of the base over all tokens"),
        ("value.Otomí", "value of Otomí"),
        ("value.ana.of.them", "value of ana.of.them"),
        ("loss-per-token.0b0b0b0b0b0b", "loss-per-token of 0b0b0b0b0b0b"),
        ("somebody's own", "somebody's own"),
        (".", "."),
        ("half.", "half."),
    ],
)
def test_a_number_is_called_by_words_and_an_unknown_one_as_it_is(name: str, words: str) -> None:
    assert metric_words(name) == words


def test_what_people_look_for_comes_first_and_the_rest_by_name() -> None:
    names = ["zeal", "base_loss", "loss_full", "ardour", "loss", "utility"]
    ordered = sorted(names, key=metric_order)
    assert ordered == ["utility", "loss", "base_loss", "loss_full", "ardour", "zeal"]
