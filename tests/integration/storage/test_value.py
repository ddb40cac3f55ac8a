"""The audit path in SQL and the numpy rules give the same values."""

from collections.abc import Sequence
from itertools import count

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from workbench.core.errors import InvalidInputError
from workbench.storage import value
from workbench.storage.coalitions import hex_of, words_of
from workbench.storage.database import Database, Transaction
from workbench.storage.rows import Row
from workbench.valuation.exact import exact_values
from workbench.valuation.semivalues import Semivalue, size_weights
from workbench.valuation.value_game import value_game
from workbench.valuation.values import Values

_names = (f"game-{i}" for i in count())
Array = NDArray[np.float64]


def mask(coalition: int, players: Sequence[int]) -> int:
    """Return the coalition of a game's first players as bits of the given positions."""
    return sum(1 << position for i, position in enumerate(players) if coalition >> i & 1)


def evaluate(
    database: Database,
    utilities: Array,
    blocks: Array,
    players: Sequence[int],
    *,
    replicate: int = 0,
    game: str = "",
) -> str:
    game = game or next(_names)

    def record(tx: Transaction) -> None:
        for coalition, utility in enumerate(utilities):
            tx.execute(
                "insert_evaluation",
                {
                    "game": game,
                    "coalition": hex_of(mask(coalition, players)),
                    "words": words_of(mask(coalition, players)),
                    "replicate": replicate,
                    "utility": float(utility),
                    "block_utilities": [float(u) for u in blocks[coalition]],
                    "seed": "0",
                    "job": "j",
                    "seconds": 0.0,
                    "now": tx.now,
                },
            )

    database.write(record)
    return game


def met(order: Sequence[int]) -> list[int]:
    """Return the coalitions along an order, the empty one first."""
    masks = [0]
    for player in order:
        masks.append(masks[-1] | 1 << int(player))
    return masks


def shapley(n_players: int) -> list[float]:
    return size_weights(n_players, "shapley").tolist()


def permute(database: Database, orders: Sequence[Sequence[int]]) -> str:
    study = next(_names)

    def record(tx: Transaction) -> None:
        for ordinal, order in enumerate(orders):
            tx.execute(
                "insert_permutation",
                {
                    "study": study,
                    "ordinal": ordinal,
                    "players": [int(p) for p in order],
                    "coalitions": [hex_of(c) for c in met(order)],
                },
            )

    database.write(record)
    return study


def assert_equal(rows: list[Row], wanted: Values, players: Sequence[int]) -> None:
    assert [row["player"] for row in rows] == list(players)
    for name in ("value", "standard_error"):
        found = np.array([row[name] for row in rows])
        np.testing.assert_allclose(found, getattr(wanted, name), rtol=0, atol=1e-12)
    assert [row["rank"] for row in rows] == wanted.rank.tolist()


@st.composite
def games(draw: st.DrawFn) -> tuple[Array, Array, list[int]]:
    players = draw(st.lists(st.integers(0, 1023), min_size=1, max_size=5, unique=True))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    blocks = rng.normal(size=(2 ** len(players), draw(st.integers(0, 8))))
    utilities = rng.normal(size=2 ** len(players))
    if draw(st.booleans()):
        # Coarse utilities, as accuracies are: many ties.
        utilities = np.round(utilities)
    return utilities, blocks, players


SEMIVALUES: list[Semivalue] = ["shapley", "banzhaf", ("beta", 4.0, 1.0)]


@settings(max_examples=12)
@given(game=games(), semivalue=st.sampled_from(SEMIVALUES))
def test_exact_values_equal_the_rule(
    shared: Database, game: tuple[Array, Array, list[int]], semivalue: Semivalue
) -> None:
    utilities, blocks, players = game
    weights = size_weights(len(players), semivalue).tolist()
    rows = value.exact_values(
        shared, evaluate(shared, utilities, blocks, players), players, weights
    )
    assert_equal(rows, exact_values(utilities, blocks, semivalue), players)


@settings(max_examples=12)
@given(
    n_players=st.integers(2, 5),
    seed=st.integers(0, 2**32),
    method=st.sampled_from(["permutation", "antithetic"]),
    semivalue=st.sampled_from(SEMIVALUES),
)
def test_means_along_orders_equal_the_rule(
    shared: Database, n_players: int, seed: int, method: str, semivalue: Semivalue
) -> None:
    rng = np.random.default_rng(seed)
    utilities = rng.normal(size=2**n_players)
    players = rng.permutation(1_024)[:n_players].tolist()
    found = value_game(
        lambda coalitions: utilities[coalitions @ (1 << np.arange(n_players))],
        n_players,
        method=method,
        budget=max(n_players + 2, 3 * n_players),
        semivalue=semivalue,
        seed=seed,
    )
    together = 2 if method == "antithetic" else 1
    assert found.orders is not None
    assume(len(found.orders) >= 2 * together)
    study = permute(shared, [[players[i] for i in order] for order in found.orders])
    rows = value.permutation_values(
        shared,
        study,
        evaluate(shared, utilities, np.empty((2**n_players, 0)), players),
        players,
        (n_players * size_weights(n_players, semivalue)).tolist(),
        n_together=together,
    )
    assert_equal(rows, found, players)


def test_values_of_a_glove_game_are_known(shared: Database) -> None:
    # One left glove, two right ones: a pair is worth 1 (Shapley values 2/3, 1/6, 1/6).
    utilities = np.array([c & 1 and c > 1 for c in range(8)], dtype=np.float64)
    game = evaluate(shared, utilities, np.empty((8, 0)), [0, 1, 2])
    rows = value.exact_values(shared, game, [0, 1, 2], shapley(3))
    assert [row["value"] for row in rows] == pytest.approx([2 / 3, 1 / 6, 1 / 6], abs=1e-12)
    assert [row["rank"] for row in rows] == [1, 2, 2]
    assert [row["standard_error"] for row in rows] == [0, 0, 0]


def test_replicates_are_averaged(shared: Database) -> None:
    rng = np.random.default_rng(1)
    utilities, blocks = rng.normal(size=(2, 8)), rng.normal(size=(2, 8, 4))
    game = evaluate(shared, utilities[0], blocks[0], [0, 1, 2])
    evaluate(shared, utilities[1], blocks[1], [0, 1, 2], replicate=1, game=game)
    rows = value.exact_values(shared, game, [0, 1, 2], shapley(3), n_replicates=2)
    assert_equal(rows, exact_values(utilities.mean(axis=0), blocks.mean(axis=0)), [0, 1, 2])
    first = value.exact_values(shared, game, [0, 1, 2], shapley(3))
    assert_equal(first, exact_values(utilities[0], blocks[0]), [0, 1, 2])


def test_a_study_of_some_players_leaves_the_others_out(shared: Database) -> None:
    rng = np.random.default_rng(2)
    utilities, blocks = rng.normal(size=16), rng.normal(size=(16, 8))
    game = evaluate(shared, utilities, blocks, [0, 1, 2, 3])
    rows = value.exact_values(shared, game, [3, 1], shapley(2))
    own = [0b0000, 0b1000, 0b0010, 0b1010]
    assert_equal(rows, exact_values(utilities[own], blocks[own]), [3, 1])


def test_the_answer_is_the_same_to_the_last_bit(shared: Database) -> None:
    rng = np.random.default_rng(3)
    game = evaluate(shared, rng.normal(size=64), rng.normal(size=(64, 8)), range(6))
    first = value.exact_values(shared, game, range(6), shapley(6))
    assert all(value.exact_values(shared, game, range(6), shapley(6)) == first for _ in range(5))


def test_an_unfinished_table_has_no_values(shared: Database) -> None:
    game = evaluate(shared, np.zeros(7), np.zeros((7, 2)), [0, 1, 2])
    with pytest.raises(InvalidInputError, match="7 of 8 coalitions"):
        value.exact_values(shared, game, [0, 1, 2], shapley(3))
    with pytest.raises(InvalidInputError, match="0 of 2 coalitions"):
        value.exact_values(shared, "no such game", [0], [1.0])


def test_unfinished_permutations_have_no_values(shared: Database) -> None:
    game = evaluate(shared, np.zeros(7), np.zeros((7, 2)), [0, 1, 2])
    study = permute(shared, [[0, 1, 2], [2, 1, 0]])
    with pytest.raises(InvalidInputError, match="2 marginal contributions have no utility"):
        value.permutation_values(shared, study, game, [0, 1, 2], [1.0] * 3)


def test_one_permutation_has_no_error(shared: Database) -> None:
    game = evaluate(shared, np.zeros(4), np.zeros((4, 2)), [0, 1])
    for orders in ([], [[0, 1]]):
        with pytest.raises(InvalidInputError, match="leave the standard error"):
            value.permutation_values(shared, permute(shared, orders), game, [0, 1], [1.0] * 2)


def test_blocks_that_are_not_finite_are_refused(shared: Database) -> None:
    blocks = np.zeros((4, 2))
    blocks[3, 1] = np.nan
    game = evaluate(shared, np.zeros(4), blocks, [0, 1])
    with pytest.raises(InvalidInputError, match="finite"):
        value.exact_values(shared, game, [0, 1], shapley(2))


@pytest.mark.parametrize("players", [[], [0, 0], [-1], [1_024]])
def test_players_are_distinct_positions(shared: Database, players: list[int]) -> None:
    with pytest.raises(InvalidInputError, match="positions"):
        value.exact_values(shared, "g", players, [1.0] * len(players))
