"""A game that counts what it is asked, and the largest setting that a budget allows.

Read by the peers' own environments: numpy and the standard library only.
"""

import json
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np


class CountedGame:
    """All utilities of a game, and how many distinct coalitions were asked for.

    Parameters
    ----------
    table : float64, shape (2**n_players,); bit i of an entry's number is player i.
    """

    def __init__(self, table: np.ndarray) -> None:
        self.table = table
        self.n_players = len(table).bit_length() - 1
        self._asked: set[int] = set()

    @property
    def n_distinct(self) -> int:
        """How many distinct coalitions were asked for."""
        return len(self._asked)

    def __call__(self, coalitions: np.ndarray) -> np.ndarray:
        """Return the utilities of coalitions, bool (n_coalitions, n_players)."""
        words = np.atleast_2d(coalitions).astype(bool) @ (1 << np.arange(self.n_players))
        self._asked.update(words.tolist())
        return self.table[words]


Answer = Callable[[CountedGame, int, int], np.ndarray]
"""Game, the peer's own setting of effort, seed; values, float64 (n_players,)."""


def within(
    answer: Answer, table: np.ndarray, budget: int, seed: int, efforts: list[int]
) -> tuple[np.ndarray, int, int, float] | None:
    """Return values, distinct coalitions, effort and CPU seconds of the most a budget allows.

    Peers count coalitions met twice as often as they are met. Here they cost nothing, as for
    ourselves: of ``efforts``, ascending, the largest is taken that asks for few enough.
    """
    low, high, best = 0, len(efforts) - 1, None
    while low <= high:
        middle = (low + high) // 2
        game = CountedGame(table)
        start = time.process_time()
        values = answer(game, efforts[middle], seed)
        if game.n_distinct <= budget:
            seconds = time.process_time() - start
            best, low = (values, game.n_distinct, efforts[middle], seconds), middle + 1
        else:
            high = middle - 1
    return best


def answer_file(
    questions: Path,
    answers: Path,
    methods: dict[str, Answer],
    efforts: Callable[[str, int], list[int]],
) -> None:
    """Answer a JSON file of tables, methods, budgets and seeds with one of values.

    Parameters
    ----------
    efforts : method and budget; the settings to try, ascending.
    """
    asked = json.loads(questions.read_text())
    found = []
    for method in asked["methods"]:
        for game, path in asked["tables"].items():
            table = np.load(path)
            for budget in asked["budgets"]:
                for seed in range(asked["seeds"]):
                    best = within(methods[method], table, budget, seed, efforts(method, budget))
                    if best is not None:
                        values, n_distinct, told, seconds = best
                        facts = {"game": game, "method": method, "budget": budget, "seed": seed}
                        facts |= {"values": values.tolist(), "n_distinct": n_distinct}
                        found.append(facts | {"told": told, "cpu_seconds": seconds})
    answers.write_text(json.dumps(found))
