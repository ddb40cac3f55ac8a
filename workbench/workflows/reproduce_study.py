"""A study done again: its utilities are trained anew, and never stored over the old ones."""

import json
from dataclasses import dataclass
from typing import Any

import numpy as np

from workbench.core.errors import CorruptHomeError
from workbench.core.wire import ValueRequest
from workbench.registry.recipe import recipe_parameters
from workbench.registry.reproduction import Measured, choose_coalitions
from workbench.storage.coalitions import coalition_of, hex_of
from workbench.valuation.stopping import payout_shares
from workbench.valuation.values import Values
from workbench.workflows.cache import fill_cache
from workbench.workflows.evaluate import FreshUtility, TrainedUtility, stored_utilities
from workbench.workflows.game import VOCABULARY, TaskGame
from workbench.workflows.home import Home
from workbench.workflows.inputs import OwnerRows
from workbench.workflows.jobs import Report
from workbench.workflows.study import Study, given_of
from workbench.workflows.tasks import get_spec
from workbench.workflows.value import find_values


@dataclass(frozen=True)
class StudyAgain:
    """A sealed study, rebuilt from what is recorded of it.

    Attributes
    ----------
    home : where it is recorded.
    task : of the study.
    id : of the study, and of its run.
    study : what was asked.
    owners : its players and the digests of their rows.
    inputs : of every training but the vocabulary: test, base, rows.
    given : coalitions whose utilities it was given by earlier studies, and how many trainings.
    recorded : (coalition, replicate) → utility, all that its values rest on, in its order.
    """

    home: Home
    task: str
    id: str
    study: Study
    owners: list[OwnerRows]
    inputs: dict[str, str]
    given: dict[int, int]
    recorded: dict[tuple[int, int], float]

    @classmethod
    def of(cls, home: Home, run: dict[str, Any], semivalue: str | None = None) -> "StudyAgain":
        """Rebuild the study of a run.

        Parameters
        ----------
        run : row of a valuation.
        semivalue : another than the one that was asked for; the same utilities may give it.

        Raises
        ------
        CorruptHomeError
            The rows that the run names are not those of the study's players.
        """
        details = json.loads(run["details"])
        [row] = home.database.read("study_by_id", {"id": details["study"]})
        players = home.database.read("players_of_game", {"game": row["game"]})
        positions = {(one["owner"], one["rows_sha256"]): one["position"] for one in players}
        game = TaskGame(row["game"], json.loads(row["game_spec"]), positions)
        owners = [_owner_rows(players[position], details) for position in row["players"]]
        stored = stored_utilities(home, game)
        evidence = home.database.read("study_coalitions", {"study": row["id"]})
        trainings = [
            (coalition_of(one["coalition"]), k)
            for one in evidence
            for k in range(one["n_replicates"] or row["n_replicates"])
        ]
        inputs = {"test": game.spec["test"]}
        if game.spec["base"]:
            inputs["base"] = game.spec["base"]
        for owner in owners:
            inputs |= owner.inputs()
        return cls(
            home,
            row["task"],
            row["id"],
            Study.of(game, owners, _request(row, semivalue)),
            owners,
            inputs,
            given_of(evidence, row["n_replicates"]),
            # Of a given coalition another study may have trained fewer replicates.
            {one: stored[one] for one in trainings if one in stored},
        )

    @property
    def all_inputs(self) -> dict[str, str]:
        """Name → digest of all that its trainings read."""
        spec = self.study.game.spec
        return self.inputs | ({VOCABULARY: spec[VOCABULARY]} if VOCABULARY in spec else {})

    def run(self, report: Report, *, head: str, everything: bool) -> tuple[Measured, Measured, int]:
        """Train again and return what was recorded, what was found, and how many utilities.

        Parameters
        ----------
        report : told of progress, asked whether to stop.
        head : of the record log; chooses the coalitions.
        everything : all coalitions, and the values that follow from them.
        """
        trainings = list(self.recorded) if everything else self._sample(head)
        spec = get_spec(self.home, self.task)
        fill_cache(self.home, spec, self.inputs, recipe_parameters(spec), report)
        utility = FreshUtility(
            self.home,
            self.home.executor,
            self.study.game,
            self.owners,
            self.inputs,
            report,
            budget=len({mask for mask, _ in trainings}),
            n_replicates=self.study.n_replicates,
        )
        found = utility.train(trainings)
        recorded = {self._name(one): self.recorded[one] for one in trainings}
        again = {self._name(one): found[one] for one in trainings}
        if not everything:
            return Measured(numbers=recorded), Measured(numbers=again), len(trainings)
        values = find_values(self.study, utility, self.given, lambda _: report.check_cancelled())
        return (
            Measured(numbers=recorded, shares=self._sealed_shares()),
            Measured(numbers=again, shares=self._shares(values)),
            len(trainings),
        )

    def recompute(self) -> Values:
        """Return the values that follow from what is recorded, by the rule; nothing is trained.

        Raises
        ------
        CorruptHomeError
            The rule asks for a utility that is not recorded.
        """
        utility = RecordedUtility(self)
        return find_values(self.study, utility, self.given, lambda _: None)

    def _sample(self, head: str) -> list[tuple[int, int]]:
        masks = list(dict.fromkeys(mask for mask, _ in self.recorded))
        chosen = {masks[place] for place in choose_coalitions(len(masks), head, self.id)}
        return [one for one in self.recorded if one[0] in chosen]

    def _name(self, training: tuple[int, int]) -> str:
        mask, replicate = training
        name = f"utility of coalition {hex_of(mask)}"
        return name if self.study.n_replicates == 1 else f"{name}, replicate {replicate}"

    def _sealed_shares(self) -> dict[str, float]:
        sealed = self.home.database.read("sealed_values", {"study": self.id})
        shares = payout_shares(np.array([float(row["units"]) for row in sealed]))
        return {_share(row["owner"]): float(s) for row, s in zip(sealed, shares, strict=True)}

    def _shares(self, values: Values) -> dict[str, float]:
        shares = payout_shares(values.value).tolist()
        return {_share(one.owner): share for one, share in zip(self.owners, shares, strict=True)}


class RecordedUtility(TrainedUtility):
    """The utility function of a sealed study: what is recorded of it, and nothing else."""

    def __init__(self, again: StudyAgain) -> None:
        self._recorded = again.recorded
        nobody = Report("", publish=lambda _: None, cancelled=lambda: False)
        super().__init__(
            again.home,
            again.home.executor,
            again.study.game,
            again.owners,
            again.inputs,
            nobody,
            budget=len(again.recorded),
            n_replicates=again.study.n_replicates,
        )

    def _look_up(self) -> dict[tuple[int, int], float]:
        return self._recorded

    def _tell(self, n_missing: int) -> None:
        """Nobody waits: nothing is trained."""

    def _train(self, missing: list[int], replicate: int) -> None:
        if missing:
            raise CorruptHomeError(
                f"the utility of coalition {hex_of(missing[0])} is not recorded",
                wanted="every utility that the values rest on",
                next_step="take the home from a backup or a mirror",
                replicate=replicate,
            )


def _share(owner: str) -> str:
    return f"payout share of {owner}"


def _owner_rows(player: dict[str, Any], details: dict[str, Any]) -> OwnerRows:
    rows = [one["sha256"] for one in details["datasets"] if one["name"] == player["owner"]]
    owner = OwnerRows(player["owner"], tuple(rows), player["n_rows"])
    if owner.digest != player["rows_sha256"]:
        raise CorruptHomeError(
            f"the run names other rows of {owner.owner} than the study's player has",
            wanted="the rows whose content id is the player's",
            next_step="its record was changed: take the home from a backup or a mirror",
            owner=owner.owner,
        )
    return owner


def _request(row: dict[str, Any], semivalue: str | None) -> ValueRequest:
    """Return the request that a study answers."""
    options = json.loads(row["options"])
    return ValueRequest(
        method=row["method"],
        budget=row["budget"],
        seed=int(row["seed"]),
        semivalue=semivalue or options.get("semivalue", "shapley"),
        confidence=options.get("confidence", 0.95),
        n_replicates=row["n_replicates"],
        **options.get("stops", {}),
    )
