"""Pictures draw what was found, refuse what cannot be drawn, and need no colours."""

from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.text import Text
from matplotlib.transforms import Bbox
from numpy.typing import NDArray

from workbench.core.errors import InvalidInputError, MissingExtraError
from workbench.valuation import Values, semivalue_from_table, value_game
from workbench.valuation.coalitions import all_coalitions
from workbench.valuation.drawing import COLOURS, INK, LINES, MARKERS, NODE, library, style
from workbench.valuation.marginals import marginals_of
from workbench.valuation.pictures import (
    plot_against_rows,
    plot_convergence,
    plot_lattice,
    plot_marginals,
)

WORTH = np.array([5.0, 3.0, 1.0, -0.5])
NAMES = ["clinic-z", "$puebla$", "_hidden", "otomí"]
COALITIONS = all_coalitions(4)


def utility(coalitions: NDArray[np.bool_]) -> NDArray[np.float64]:
    return np.log1p(np.maximum(coalitions @ WORTH, 0)) + 0.1 * coalitions[:, 0] * coalitions[:, 1]


def looks() -> list[Values]:
    return [value_game(utility, 4, method="antithetic", budget=b) for b in (16, 8, 12)]


@pytest.fixture(autouse=True)
def close_figures() -> Iterator[None]:
    yield
    plt.close("all")


def texts(axes: Axes) -> list[str]:
    legend = axes.get_legend()
    return [text.get_text() for text in (legend.get_texts() if legend else [])]


def text_boxes(axes: Axes) -> list[Bbox]:
    """Return where texts are, without the lines that lead from them."""
    axes.figure.draw_without_rendering()
    return [Text.get_window_extent(text) for text in axes.texts]


def drawn_lines(axes: Axes) -> list[Any]:
    return [container.lines[0] for container in axes.containers]


# --------------------------------------------------------------------------------- convergence


def test_convergence_draws_a_line_a_player_best_first_over_growing_budgets() -> None:
    found = sorted(looks(), key=lambda look: look.n_evaluations)

    axes = plot_convergence(looks(), players=NAMES)

    order = np.argsort(-found[-1].value)
    assert texts(axes) == [NAMES[i] for i in order]
    spent = [look.n_evaluations for look in found]
    for i, line in zip(order, drawn_lines(axes), strict=True):
        assert line.get_xdata() == pytest.approx(spent, rel=0.1)
        assert line.get_ydata() == pytest.approx([look.value[i] for look in found])
    assert axes.get_xticklabels()[0].get_text() == str(spent[-1])


def test_convergence_draws_the_intervals() -> None:
    axes = plot_convergence([(8, [1.0, 2.0], [0.5, 1.0], [1.75, 3.0])])

    bars = axes.containers[1].lines[2][0].get_segments()
    assert bars[0][:, 1].tolist() == [0.5, 1.75]


def test_players_differ_by_marker_and_line_and_not_by_colour_alone() -> None:
    n_players = len(MARKERS)
    value = np.arange(1.0, n_players + 1)

    axes = plot_convergence([(8, value, value, value), (9, value, value, value)])

    kinds = {(line.get_marker(), str(line.get_linestyle())) for line in drawn_lines(axes)}
    assert len(kinds) == n_players
    assert len(set(MARKERS)) == n_players
    assert len(LINES) > 1


def test_of_many_players_those_farthest_from_nothing_are_drawn() -> None:
    value = np.linspace(-1, 0.5, 20)

    axes = plot_convergence([(30, value, value - 1, value + 1)])

    assert len(axes.containers) == len(MARKERS)
    assert "0" in texts(axes)
    assert axes.get_legend().get_title().get_text() == "and 8 nearer to 0"


def test_a_first_look_that_knows_nothing_does_not_flatten_the_rest() -> None:
    value = np.array([0.0, 1.0])

    axes = plot_convergence([(8, value, value - 99, value + 99), (64, value, value, value)])

    assert axes.get_ylim()[1] < 3


@pytest.mark.parametrize(
    ("wrong", "match"),
    [
        ([], "no values to draw"),
        ([(8, [], [], [])], "arrays of shapes"),
        ([(8, [1.0], [1.0], [1.0]), (9, [1.0, 2.0], [1.0, 2.0], [1.0, 2.0])], "arrays of shapes"),
        ([(8, [1.0, 2.0], [1.0], [1.0, 2.0])], "arrays of shapes"),
        ([(0, [1.0], [1.0], [1.0])], "0 evaluations"),
        ([(8, [1.0], [float("-inf")], [1.0])], "not finite"),
    ],
)
def test_looks_that_cannot_be_drawn_are_refused(wrong: Any, match: str) -> None:
    with pytest.raises(InvalidInputError, match=match):
        plot_convergence(wrong)


# ------------------------------------------------------------------------------------ marginals


def test_marginals_of_a_whole_game_give_the_shapley_value() -> None:
    found = marginals_of(COALITIONS, utility(COALITIONS), 1).by_size()

    assert [(size, count) for size, count, _, _ in found] == [(0, 1), (1, 3), (2, 3), (3, 1)]
    mean = np.mean([mean for _, _, mean, _ in found])
    assert mean == pytest.approx(semivalue_from_table(utility(COALITIONS))[1])
    assert [spread > 0 for *_, spread in found] == [False, True, True, False]


def test_marginals_of_some_coalitions_are_those_of_whole_pairs() -> None:
    rows = np.array([[0, 0], [1, 0], [0, 1], [1, 0]], dtype=bool)

    found = marginals_of(rows, [1.0, 2.0, 9.0, 4.0], 0)

    # {0} was evaluated twice; {0, 1} not at all.
    assert (found.size.tolist(), found.gain.tolist()) == ([0], [2.0])


def test_marginals_are_drawn_with_mean_spread_and_number_of_pairs() -> None:
    found = marginals_of(COALITIONS, utility(COALITIONS), 0)

    axes = plot_marginals(COALITIONS, utility(COALITIONS), 0, name="$ana$")

    assert len(np.asarray(axes.collections[0].get_offsets())) == len(found.gain) == 8
    size, count, mean, spread = zip(*found.by_size(), strict=True)
    line = drawn_lines(axes)[0]
    assert line.get_xdata() == pytest.approx(size)
    assert line.get_ydata() == pytest.approx(mean)
    bar = axes.containers[0].lines[2][0].get_segments()[1]
    assert bar[:, 1] == pytest.approx([mean[1] - spread[1], mean[1] + spread[1]])
    labels = [tick.get_text() for tick in axes.get_xticklabels()]
    assert labels == [f"{s}\n×{n}" for s, n in zip(size, count, strict=True)]
    assert axes.get_title(loc="left") == "$ana$"


def test_labels_of_many_sizes_leave_room_for_each_other() -> None:
    rows = np.tri(41, 40, -1, dtype=bool)
    joined = rows.copy()
    joined[:, 39] = True
    both = np.concatenate([rows[:-1], joined[:-1]])

    axes = plot_marginals(both, both.sum(axis=1), 39)

    assert drawn_lines(axes)[0].get_ydata() == pytest.approx(np.ones(40))
    assert len(axes.get_xticks()) <= 16


@pytest.mark.parametrize(
    ("rows", "utilities", "player", "match"),
    [
        (np.zeros((0, 2)), [], 0, "coalitions have shape"),
        ([[0, 1]], [1.0, 2.0], 0, "coalitions have shape"),
        ([[0, 0], [1, 0]], [0.0, float("nan")], 0, "utility of evaluation 1 is nan"),
        ([[0, 0], [1, 0]], [0.0, 1.0], 2, "there is no player 2"),
        ([[0, 0], [1, 1]], [0.0, 1.0], 0, "both with and without player 0"),
    ],
)
def test_evaluations_without_marginals_are_refused(
    rows: Any, utilities: Any, player: int, match: str
) -> None:
    with pytest.raises(InvalidInputError, match=match):
        plot_marginals(rows, utilities, player)


# ----------------------------------------------------------------------------------------- rows


def test_values_are_drawn_against_rows_with_intervals_and_names() -> None:
    values = Values.of(np.array([3.0, 1.0]), np.array([0.5, 0.25]))

    axes = plot_against_rows(values, [300, 100], players=["ana", "$b$"])

    line = drawn_lines(axes)[0]
    assert (line.get_xdata().tolist(), line.get_ydata().tolist()) == ([300, 100], [3, 1])
    bar = axes.containers[0].lines[2][0].get_segments()[0]
    assert bar[:, 1] == pytest.approx([values.low[0], values.high[0]])
    assert {text.get_text() for text in axes.texts} == {"ana", "$b$"}
    assert "95" in axes.get_ylabel()
    assert axes.get_xscale() == "linear"


def test_the_share_by_rows_splits_the_total_in_proportion() -> None:
    axes = plot_against_rows(Values.of(np.array([3.0, 1.0]), np.zeros(2)), [10, 1_000])

    share = axes.lines[-1]
    assert np.asarray(share.get_ydata())[-1] == pytest.approx(4 * 1_000 / 1_010)
    assert (share.get_label(), share.get_linestyle()) == ("share by rows", "--")
    assert axes.get_xscale() == "log"


def test_names_that_find_no_room_are_left_out_and_none_hides_another() -> None:
    value = np.full(25, 1.0) + np.arange(25) * 1e-4
    values = Values.of(value, np.full(25, 0.1))
    names = [f"owner-{i}" for i in range(25)]

    axes = plot_against_rows(values, np.full(25, 100.0), players=names)

    assert 1 <= len(axes.texts) < 25
    assert not any(one.overlaps(other) for one, other in combinations(text_boxes(axes), 2))


@pytest.mark.parametrize("sizes", [[1, 2], [1, 2, 0], [1, 2, float("nan")], [[1, 2, 3]]])
def test_sizes_have_to_fit_the_players(sizes: Any) -> None:
    with pytest.raises(InvalidInputError, match="do not fit 3 players"):
        plot_against_rows(Values.of(np.ones(3), np.zeros(3)), sizes)


def test_values_that_are_not_finite_are_not_drawn() -> None:
    with pytest.raises(InvalidInputError, match="not finite"):
        plot_against_rows(Values.of(np.array([1.0, np.nan]), np.zeros(2)), [1, 2])


# -------------------------------------------------------------------------------------- lattice


def edges(axes: Axes) -> dict[str, Any]:
    return {str(edges.get_label()): edges for edges in axes.collections}


def test_a_lattice_has_a_node_a_coalition_and_an_edge_a_joining() -> None:
    axes = plot_lattice(COALITIONS, utility(COALITIONS))

    labels = {text.get_text() for text in axes.texts}
    assert len(labels) == 16
    assert {"∅  0", "0  1.79", "0,1  2.3"} <= labels
    assert sum(len(e.get_segments()) for e in edges(axes).values()) == 4 * 2**3
    assert [round(text.get_position()[0]) for text in axes.texts] == COALITIONS.sum(1).tolist()


def test_gains_losses_and_no_change_have_a_line_of_their_own() -> None:
    rows = all_coalitions(3)
    found = edges(plot_lattice(rows, 1.0 * rows[:, 0] - rows[:, 1] * 0.5))

    counts = {kind: len(e.get_segments()) for kind, e in found.items()}
    assert counts == {"gain": 4, "loss": 4, "no change": 4}
    assert len({str(e.get_linestyle()) for e in found.values()}) == 3
    assert texts(found["gain"].axes) == ["gain", "loss", "no change"]


def test_a_lattice_of_some_coalitions_has_gaps() -> None:
    some = np.array([[0, 0], [1, 0], [1, 1]], dtype=bool)

    axes = plot_lattice(some, [0.0, 1.0, 3.0], players=["a", "b"])

    assert [text.get_text() for text in axes.texts] == ["∅  0", "a  1", "a,b  3"]
    assert len(edges(axes)["gain"].get_segments()) == 2


def test_long_names_become_letters_that_the_axis_explains() -> None:
    axes = plot_lattice(COALITIONS, utility(COALITIONS), players=NAMES)

    assert any(text.get_text().startswith("BCD  ") for text in axes.texts)
    assert axes.get_xlabel().endswith("A clinic-z · B $puebla$ · C _hidden · D otomí")


def test_labels_of_the_largest_lattice_do_not_hide_one_another() -> None:
    rows = all_coalitions(6)
    axes = plot_lattice(rows, rows @ np.array([-0.123, 1.234, 2, 3, 4, 5]), players=list("abcdef"))

    assert not any(one.overlaps(other) for one, other in combinations(text_boxes(axes), 2))


def test_a_lattice_that_nobody_could_read_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="lattice of 7 players"):
        plot_lattice(all_coalitions(7), np.zeros(128))
    with pytest.raises(InvalidInputError, match="coalitions have shape"):
        plot_lattice(np.zeros((0, 3)), [])


# ----------------------------------------------------------------------------------- every one

PICTURES = {
    "values": lambda **given: value_game(utility, 4).plot(**given),
    "convergence": lambda **given: plot_convergence(looks(), **given),
    "against rows": lambda **given: plot_against_rows(
        value_game(utility, 4), [5, 3, 1, 90], **given
    ),
    "lattice": lambda **given: plot_lattice(COALITIONS, utility(COALITIONS), **given),
    "marginals": lambda axes=None, players=None: plot_marginals(
        COALITIONS, utility(COALITIONS), 0, name=players and players[0], axes=axes
    ),
}


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_transparent_inked_and_can_be_saved(name: str, tmp_path: Path) -> None:
    axes = PICTURES[name](players=NAMES)

    axes.figure.savefig(tmp_path / "picture.png", dpi=60)
    image = plt.imread(tmp_path / "picture.png")
    assert image[0, 0, 3] == 0
    assert 0.005 < (image[..., 3] > 0).mean() < 0.6
    assert axes.xaxis.label.get_color() == INK
    legend = axes.get_legend()
    assert all(text.get_color() == INK for text in (legend.get_texts() if legend else []))


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_drawn_where_it_is_wanted(name: str) -> None:
    _, axes = plt.subplots()

    assert PICTURES[name](axes=axes) is axes
    assert len(plt.get_fignums()) == 1


@pytest.mark.parametrize("name", [name for name in PICTURES if name != "marginals"])
def test_names_have_to_fit_the_players(name: str) -> None:
    with pytest.raises(InvalidInputError, match="1 names for 4 players"):
        PICTURES[name](players=["a"])


@pytest.mark.parametrize("page", ["white", "#111111"])
def test_colours_stand_out_on_light_and_dark(page: str) -> None:
    assert min(_contrast(colour, page) for colour in (INK, *COLOURS)) >= 4


def test_white_text_stands_out_on_a_node_and_a_node_on_a_dark_page() -> None:
    assert _contrast("white", NODE) >= 4.5
    assert _contrast(NODE, "#111111") >= 3


def test_the_common_look_keeps_only_the_sides_asked_for() -> None:
    _, axes = plt.subplots()

    style(axes, sides=("bottom",))

    assert [side for side, spine in axes.spines.items() if spine.get_visible()] == ["bottom"]


def test_a_library_that_is_not_there_is_named_with_the_remedy() -> None:
    with pytest.raises(MissingExtraError, match="part is not installed") as caught:
        library("no_such_library.part")
    assert caught.value.next_step == "pip install no_such_library"


def _contrast(one: str, other: str) -> float:
    """Return the contrast ratio of WCAG 2.2, 1 to 21."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    channel = np.array(to_rgb(colour))
    linear = np.where(channel <= 0.04045, channel / 12.92, ((channel + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])
