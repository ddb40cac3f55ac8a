"""A comparison says which model is better, by how much and how surely, and draws it."""

from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.axes import Axes

from tests.unit.client.comparisons import N_ITEMS, compare, comparison
from workbench.client.comparison_pictures import looks_of
from workbench.core.errors import InvalidInputError

TUNED = "d" * 64
OTHER = "e" * 64
GAINS = {"base": 0.0, TUNED: -1.0, OTHER: 0.02}


@pytest.fixture(autouse=True)
def close_figures() -> Iterator[None]:
    yield
    plt.close("all")


def bars(axes: Axes) -> list[Any]:
    return [container.lines[0] for container in axes.containers]


def test_frames_hold_all_that_was_found() -> None:
    found = comparison(compare(GAINS))
    assert found.metrics == ["loss-per-token", "bits-per-byte", "perplexity"]
    assert list(found.frame["model"]) == list(GAINS) * 3
    assert len(found.slices) == 2 * len(GAINS)
    assert set(found.disagreements["model"]) == {TUNED, OTHER}
    assert found.disagreements["item"].between(0, N_ITEMS - 1).all()
    assert list(found.generations.columns) == ["prompt", *GAINS]
    assert found.generations.loc[0, TUNED] == " poem"


def test_the_verdict_is_one_sentence_with_size_interval_p_and_test() -> None:
    better = comparison(compare({"base": 0.0, TUNED: -1.0})).verdict
    assert better.startswith("dddddddddddd is better than base by ")
    assert "nats a token (95 % interval " in better
    assert better.endswith("p < 0.001, sign-flip, 20,000 flips, on 48 items).")
    worse = comparison(compare({TUNED: 0.0, "base": 1.0})).verdict
    assert worse.startswith("dddddddddddd is better than base by ")
    of_three = comparison(compare({TUNED: 0.0, "base": 2.0, OTHER: 1.0})).verdict
    assert "better than eeeeeeeeeeee, the best of the others, by" in of_three


@pytest.mark.parametrize(
    ("gains", "said"),
    [
        ({"base": 0.0}, "One model alone"),
        ({"base": 0.0, "other": 0.01}, "No sure difference: "),
        ({"base": 0.0, "same": 0}, "No difference between same and base (95 % interval 0 to 0"),
    ],
)
def test_what_is_not_sure_is_not_called_better(gains: dict[str, float], said: str) -> None:
    found = comparison(compare(gains))
    assert found.verdict.startswith(said)
    assert "better than" not in found.verdict


def test_the_interval_of_a_gain_is_not_turned_round() -> None:
    found = comparison(compare({"base": 0.0, TUNED: -1.0}))
    line = found.frame.iloc[1]
    low, high = -line["difference_high"], -line["difference_low"]
    assert f"interval {low:.3g} to {high:.3g}" in found.verdict
    assert 0 < low < high


def test_overlapping_intervals_share_a_rank() -> None:
    found = comparison(compare(GAINS), champion=TUNED).leaderboard
    assert found["model"][0] == TUNED
    assert list(found["rank"]) == [1, 2, 2]
    assert list(found["champion"]) == [True, False, False]


def test_text_and_html_say_table_verdict_slices_and_answers() -> None:
    found = comparison(compare(GAINS), champion=TUNED)
    text, html = repr(found), unescape(found._repr_html_())
    for words in ("3 models of t on 48 hidden items; lower loss-per-token is better",
                  "dddddddddddd (champion)", found.verdict, "loss-per-token by source", "poem",
                  "What the models say", "goes on"):  # fmt: skip
        assert words in text
        assert words in html
    assert html.count("<table") == 3


def test_many_models_are_shown_in_part_and_held_in_full() -> None:
    gains = {"base": 0.0} | {f"{k:064x}": -0.1 * k for k in range(1, 7)}
    found = comparison(compare(gains))
    assert "and 3 more models; .slices has them all" in repr(found)
    assert len(found.generations.columns) == 8
    assert len(found.to_json()["leaderboard"]) == 7


def test_a_forest_has_a_bar_a_model_best_on_top() -> None:
    found = comparison(compare(GAINS))
    axes = found.plot()
    top = max(bars(axes), key=lambda line: line.get_ydata()[0])
    assert top.get_xdata()[0] == pytest.approx(found.frame.iloc[1]["difference"])
    assert len(axes.containers) == 2
    assert "left of 0 is better" in axes.get_xlabel()
    assert [t.get_text().split("\n")[1] for t in axes.get_yticklabels()] == [
        "no difference", "better",
    ]  # fmt: skip


def test_a_model_looks_alike_in_every_picture() -> None:
    whole, sliced = comparison(compare(GAINS)), comparison(compare({"base": 0.0, TUNED: -1.0}))
    [in_part] = {(b.get_color(), b.get_marker()) for b in bars(sliced.plot_slices())}
    assert in_part in {(b.get_color(), b.get_marker()) for b in bars(whole.plot())}
    looks = looks_of([f"{k:064x}" for k in range(32)])
    assert len(set(looks.values())) == 32


def test_slices_are_drawn_with_their_sizes_and_a_legend() -> None:
    axes = comparison(compare(GAINS)).plot_slices(by="source")
    assert [t.get_text() for t in axes.get_yticklabels()] == ["law ×16", "poem ×32"]
    legend = axes.get_legend()
    assert legend is not None
    assert [t.get_text() for t in legend.get_texts()] == ["dddddddddddd", "eeeeeeeeeeee"]
    assert len(axes.containers) == 4


def test_pictures_are_transparent_and_can_be_saved(tmp_path: Path) -> None:
    figure = comparison(compare(GAINS)).plot(metric="perplexity").figure
    assert figure.patch.get_alpha() == 0
    figure.savefig(tmp_path / "forest.png")
    assert np.asarray(plt.imread(tmp_path / "forest.png"))[0, 0, 3] == 0


def test_what_cannot_be_drawn_is_refused() -> None:
    found = comparison(compare(GAINS))
    with pytest.raises(InvalidInputError, match="by 'chrf'"):
        found.plot(metric="chrf")
    with pytest.raises(InvalidInputError, match="no slices by language"):
        found.plot_slices(by="language")
    with pytest.raises(InvalidInputError, match="one model alone"):
        comparison(compare({"base": 0.0})).plot()
