"""Studies: what is valued, what its values rest on, and its seal."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa

from workbench.core.canonical import canonical_bytes, content_id
from workbench.core.errors import NotFoundError
from workbench.core.wire import StudyView, ValueRequest, ValueRow
from workbench.registry.task import SHAPLEY
from workbench.storage.coalitions import coalition_of
from workbench.storage.database import Transaction
from workbench.valuation.ask import Ask
from workbench.valuation.estimators import Choice, choose
from workbench.valuation.semivalues import read_semivalue, semivalue_text
from workbench.valuation.stopping import Stopping
from workbench.valuation.values import Values
from workbench.workflows.game import TaskGame
from workbench.workflows.home import Home
from workbench.workflows.inputs import OwnerRows
from workbench.workflows.tasks import get_task

_TOGETHER: Final = {"permutation": 1, "antithetic": 2}


@dataclass(frozen=True)
class Study:
    """A study as it is asked for; equal ones have equal ids, so a retry finds the first.

    Attributes
    ----------
    game : whose utilities it needs.
    players : positions in the game, in the order of the owners' names: column k of every
        coalition of the study.
    choice : method and budget.
    ask : semivalue, confidence, seed.
    n_replicates : trainings of each coalition.
    stops : rules of stopping before the budget is spent; ``None`` for those not asked for.
    """

    game: TaskGame
    players: list[int]
    choice: Choice
    ask: Ask
    n_replicates: int
    stops: dict[str, float | None]

    @classmethod
    def of(cls, game: TaskGame, owners: list[OwnerRows], request: ValueRequest) -> "Study":
        """Return the study that a request asks for."""
        players = [game.positions[owner.owner, owner.digest] for owner in owners]
        ask = ask_of(request, owners)
        choice = choose(len(owners), request.method, request.budget, ask)
        stops = {
            "max_standard_error": request.max_standard_error,
            "max_share_move": request.max_share_move,
        }
        return cls(game, players, choice, ask, request.n_replicates, stops)

    @property
    def stopping(self) -> Stopping | None:
        """When to stop before the budget is spent."""
        if not any(self.stops.values()):
            return None
        return Stopping(self.stops["max_standard_error"], self.stops["max_share_move"])

    @property
    def options(self) -> dict[str, Any]:
        """What else decides the values, as JSON."""
        return {
            "semivalue": semivalue_text(self.ask.semivalue),
            "confidence": self.ask.confidence,
            "stops": self.stops,
        }

    @property
    def id(self) -> str:
        """Content id of everything that is asked."""
        return content_id(
            {
                "game": self.game.id,
                "players": self.players,
                "method": self.choice.method,
                "budget": self.choice.budget,
                "seed": str(self.ask.seed),
                "n_replicates": self.n_replicates,
                "options": self.options,
            }
        )


def ask_of(request: ValueRequest, owners: list[OwnerRows]) -> Ask:
    """Return what a request asks of an estimator; owners of identical rows are one block."""
    group = {owner.digest: k for k, owner in reversed(list(enumerate(owners)))}
    same = np.array([group[owner.digest] for owner in owners])
    sizes = np.array([owner.n_rows for owner in owners], dtype=np.float64)
    return Ask(
        read_semivalue(request.semivalue or SHAPLEY),
        request.confidence,
        request.seed,
        sizes,
        same if len(group) < len(owners) else None,
    )


def open_study(home: Home, task_id: str, study: Study) -> dict[int, int]:
    """Record a study, and return the coalitions it is given, with how many trainings of each.

    Given are those that sealed studies of other players of the game rest on, where only this
    study's players are members, as bits of the game: whoever joins or leaves, nothing is
    trained twice. They are fixed when the study opens, and so is of how many trainings each
    utility is the mean: it ends the same however often it is interrupted, and whatever other
    studies train meanwhile.
    """
    everybody = sum(1 << player for player in study.players)

    def write(tx: Transaction) -> None:
        if tx.execute("study_by_id", {"id": study.id}):
            return
        tx.execute(
            "insert_study",
            {
                "id": study.id,
                "game": study.game.id,
                "task": task_id,
                "method": study.choice.method,
                "budget": study.choice.budget,
                "seed": str(study.ask.seed),
                "players": study.players,
                "n_replicates": study.n_replicates,
                "options": canonical_bytes(study.options).decode(),
                "now": tx.now,
            },
        )
        asked = {"game": study.game.id, "players": study.players}
        rows = tx.execute(
            "coalitions_of_other_studies", asked | {"n_replicates": study.n_replicates}
        )
        given = {row["coalition"]: row["n_replicates"] for row in rows}
        own = {name: n for name, n in given.items() if not coalition_of(name) & ~everybody}
        insert_coalitions(tx, study.id, own, is_given=True)

    home.database.write(write)
    rows = home.database.read("study_coalitions", {"study": study.id})
    return given_of(rows, study.n_replicates)


def given_of(evidence: list[dict[str, Any]], n_replicates: int) -> dict[int, int]:
    """Return the coalitions that a study was given, with how many trainings of each.

    Parameters
    ----------
    evidence : rows of ``study_coalitions``; those of before name no number.
    n_replicates : of the study.
    """
    return {
        coalition_of(row["coalition"]): row["n_replicates"] or n_replicates
        for row in evidence
        if row["is_given"]
    }


def keep_look(home: Home, study: Study, values: Values) -> None:
    """Record how values stood at a look."""

    def write(tx: Transaction) -> None:
        for player, value, low, high in zip(
            study.players, values.value.tolist(), values.low.tolist(), values.high.tolist(),
            strict=True,
        ):  # fmt: skip
            row = {"player": player, "value": value, "low": low, "high": high}
            tx.execute(
                "insert_look", row | {"study": study.id, "n_evaluations": values.n_evaluations}
            )

    home.database.write(write)


def insert_coalitions(
    tx: Transaction,
    study: str,
    replicates: Mapping[str, int | None],
    *,
    is_given: bool,
    first: int = 0,
) -> None:
    """Record coalitions that a study rests on, behind the ``first`` that are there.

    Parameters
    ----------
    replicates : coalition → of how many trainings its utility is the mean.
    """
    frame = pa.table(
        {
            "coalition": pa.array(replicates.keys(), pa.string()),
            "ordinal": pa.array(range(first, first + len(replicates)), pa.int32()),
            "is_given": pa.array([is_given] * len(replicates), pa.bool_()),
            "n_replicates": pa.array(replicates.values(), pa.int32()),
        }
    )
    tx.insert_frame("insert_study_coalitions", frame, {"study": study})


def get_study(home: Home, study_id: str) -> StudyView:
    """Return a study; its values appear once it is sealed.

    Raises
    ------
    NotFoundError
        No study has this id.
    """
    rows = home.database.read("study_by_id", {"id": study_id})
    if not rows:
        raise NotFoundError(f"no study has the id {study_id[:80]!r}", next_step="list the task's")
    row = rows[0]
    options = json.loads(row["options"])
    [count] = home.database.read("count_study_coalitions", {"study": study_id})
    values = home.database.read("sealed_values", {"study": study_id})
    return StudyView(
        id=row["id"],
        task=row["task"],
        game=row["game"],
        method=row["method"],
        answered_by=row["answered_by"],
        why_method=row["why"],
        budget=row["budget"],
        seed=row["seed"],
        semivalue=options.get("semivalue", "shapley"),
        confidence=options.get("confidence", 0.95),
        n_replicates=row["n_replicates"],
        state=row["state"],
        converged=row["converged"],
        n_evaluations=count["n_evaluations"],
        n_given=count["n_given"],
        n_players=len(row["players"]),
        metric=json.loads(row["game_spec"])["metric"],
        values=[ValueRow(**(value | {"units": str(value["units"])})) for value in values],
        created_at=row["created_at"],
        sealed_at=row["sealed_at"],
    )


def list_studies(home: Home, task_id: str) -> list[StudyView]:
    """Return a task's studies, oldest first."""
    get_task(home, task_id)
    rows = home.database.read("studies_of_task", {"task": task_id})
    return [get_study(home, row["id"]) for row in rows]


def list_evaluations(home: Home, study_id: str) -> list[dict[str, Any]]:
    """Return the utilities that a study's values rest on, in the order in which it asked."""
    get_study(home, study_id)
    return home.database.read("study_coalitions", {"study": study_id})


def list_looks(home: Home, study_id: str) -> list[dict[str, Any]]:
    """Return how the values of a study moved: a row a look and owner."""
    get_study(home, study_id)
    return home.database.read("looks_of_study", {"study": study_id})
