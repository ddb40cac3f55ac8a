"""Evaluate: train on coalitions of owners in worker processes, and keep every utility."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from workbench.compute.interface import Executor
from workbench.core.jobs import Event, JobSpec
from workbench.storage.coalitions import coalition_of, hex_of, words_of
from workbench.storage.database import Transaction
from workbench.workflows.game import VOCABULARY, TaskGame
from workbench.workflows.home import Home
from workbench.workflows.inputs import OwnerRows
from workbench.workflows.jobs import Report

# A job is worth its message from about 100 ms on: few slow trainings, or many quick ones.
_SLOW: Final = 2
_COALITIONS_PER_JOB: Final[Mapping[str, int]] = {
    "causal-lm-utility": _SLOW,
    "tabular-utility": 32,
}
_QUICK: Final = 1_024

Coalitions = NDArray[np.bool_]


class TrainedUtility:
    """The utility function of a study: what is stored, and a training for the rest.

    Whoever calls it sees one number a coalition, whatever was stored before, in whatever order
    the workers answer and however many there are.

    Parameters
    ----------
    home : where utilities are looked up and kept.
    executor : runs the trainings.
    game : whose utilities these are.
    owners : the study's players; column k of a coalition is the k-th of them.
    inputs : of every job: test, base, rows.
    report : told of progress, asked whether to stop.
    budget : coalitions that will be asked at most, for progress.
    n_replicates : trainings of each coalition; its utility is their mean.
    """

    def __init__(
        self,
        home: Home,
        executor: Executor,
        game: TaskGame,
        owners: Sequence[OwnerRows],
        inputs: dict[str, str],
        report: Report,
        *,
        budget: int,
        n_replicates: int,
    ) -> None:
        self._home = home
        self._executor = executor
        self._game = game
        self._owners = owners
        self._inputs = inputs | (
            {VOCABULARY: game.spec[VOCABULARY]} if VOCABULARY in game.spec else {}
        )
        self._report = report
        self._budget = budget
        self._n_replicates = n_replicates
        self._bits = [1 << game.positions[o.owner, o.digest] for o in owners]
        self._stored = self._look_up()
        self.asked: dict[int, None] = {}

    def masks_of(self, coalitions: Coalitions) -> list[int]:
        """Return coalitions of the study's players as bits of the game's."""
        return [
            sum(bit for bit, there in zip(self._bits, row, strict=True) if there)
            for row in coalitions
        ]

    def members_of(self, masks: Sequence[int]) -> Coalitions:
        """Return which of the study's players are in coalitions of the game."""
        return np.array([[bool(mask & bit) for bit in self._bits] for mask in masks]).reshape(
            len(masks), len(self._bits)
        )

    def known(self, given: Mapping[int, int]) -> NDArray[np.float64]:
        """Return the utility of coalitions that were trained before: the mean of the first ones.

        Parameters
        ----------
        given : coalition → how many of its trainings count, of which one at least is stored.
        """
        found = [
            [self._stored[m, k] for k in range(n_replicates) if (m, k) in self._stored]
            for m, n_replicates in given.items()
        ]
        return np.array([sum(utilities) / len(utilities) for utilities in found])

    def __call__(self, coalitions: Coalitions) -> NDArray[np.float64]:
        """Return the utility of each coalition, training where it is not stored yet.

        Raises
        ------
        WorkbenchError
            A training failed; what the others told before is stored.
        """
        masks = self.masks_of(coalitions)
        self.asked |= dict.fromkeys(masks)
        for replicate in range(self._n_replicates):
            missing = [m for m in dict.fromkeys(masks) if (m, replicate) not in self._stored]
            self._train(missing, replicate)
        return np.array(
            [
                sum(self._stored[mask, k] for k in range(self._n_replicates)) / self._n_replicates
                for mask in masks
            ]
        )

    def train(self, trainings: Sequence[tuple[int, int]]) -> dict[tuple[int, int], float]:
        """Return the utility of each (coalition, replicate), training where none is stored."""
        wanted = [training for training in trainings if training not in self._stored]
        self.asked |= dict.fromkeys(mask for mask, _ in wanted)
        for replicate in sorted({replicate for _, replicate in wanted}):
            self._train([mask for mask, k in wanted if k == replicate], replicate)
        return {training: self._stored[training] for training in trainings}

    def _train(self, missing: list[int], replicate: int) -> None:
        def run(job: JobSpec) -> None:
            def keep(event: Event) -> None:
                if event["type"] == "utility":
                    self._keep(job.id, event)
                    # A job whose worker was lost starts again and tells some of it twice.
                    self._stored[int(event["coalition"]), replicate] = event["utility"]
                    self._tell(sum((mask, replicate) not in self._stored for mask in missing))

            self._executor.run(job, on_event=keep, cancelled=self._report.cancelled).discard()

        self._tell(len(missing))
        with ThreadPoolExecutor(self._executor.n_workers) as threads:
            futures = [threads.submit(run, job) for job in self._jobs(missing, replicate)]
            try:
                for future in futures:
                    future.result()
            finally:
                for future in futures:
                    future.cancel()

    def _look_up(self) -> dict[tuple[int, int], float]:
        return stored_utilities(self._home, self._game)

    def _keep(self, job: str, event: Event) -> None:
        self._home.database.write(lambda tx: _store(tx, self._game.id, job, event))

    def _tell(self, n_missing: int) -> None:
        """Report how many of the trainings that the budget allows are stored."""
        n_asked = len(self.asked) * self._n_replicates
        total = max(n_asked, self._budget * self._n_replicates)
        self._report.progress(n_asked - n_missing, total, "training on coalitions of owners")

    def _jobs(self, missing: list[int], replicate: int) -> Iterator[JobSpec]:
        spec = self._game.spec
        players = [
            {
                "position": self._game.positions[o.owner, o.digest],
                "owner": o.owner,
                "rows": list(o.inputs()),
            }
            for o in self._owners
        ]
        tunes = spec["parameters"].get("features") == "encoder"
        chunk = _SLOW if tunes else _COALITIONS_PER_JOB.get(spec["recipe"], _QUICK)
        for first in range(0, len(missing), chunk):
            own: dict[str, Any] = {
                "players": players,
                "coalitions": [str(mask) for mask in missing[first : first + chunk]],
                "replicate": replicate,
            }
            yield JobSpec(
                recipe=spec["recipe"],
                inputs=self._inputs,
                parameters=spec["parameters"] | own,
                seed=int(spec["seed"]),
                environment=self._home.environment,
            )


class FreshUtility(TrainedUtility):
    """The same utility function, which trains all it is asked for and stores none of it."""

    def _look_up(self) -> dict[tuple[int, int], float]:
        return {}

    def _keep(self, job: str, event: Event) -> None:
        """Leave what is recorded as it is."""


def stored_utilities(home: Home, game: TaskGame) -> dict[tuple[int, int], float]:
    """Return what is known of a game: (coalition, replicate) → utility."""
    return {
        (coalition_of(row["coalition"]), row["replicate"]): row["utility"]
        for row in home.database.read("evaluations_of_game", {"game": game.id})
    }


def _store(tx: Transaction, game: str, job: str, event: Event) -> None:
    coalition = int(event["coalition"])
    tx.execute(
        "insert_evaluation",
        {
            "game": game,
            "coalition": hex_of(coalition),
            "words": words_of(coalition),
            "replicate": event["replicate"],
            "utility": event["utility"],
            "block_utilities": event["block_utilities"],
            "seed": event["seed"],
            "job": job,
            "seconds": event["seconds"],
            "now": tx.now,
        },
    )
