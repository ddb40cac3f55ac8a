"""Studies: what is valued, what is stored of it, and its seal."""

import json
from dataclasses import dataclass
from typing import Any, Final

from workbench.core.canonical import canonical_bytes, content_id
from workbench.core.envelope import Envelope
from workbench.core.errors import NotFoundError
from workbench.core.seeds import derive_seed
from workbench.core.wire import StudyView, ValueRow
from workbench.registry.task import TaskSpec
from workbench.storage import record
from workbench.storage.database import Transaction
from workbench.storage.value import exact_values, permutation_values
from workbench.valuation.plan import Plan, plan_study
from workbench.valuation.values import sealed_units
from workbench.workflows.home import Home
from workbench.workflows.inputs import FINE_TUNE, OwnerRows, recipe_parameters
from workbench.workflows.tasks import get_task

N_BLOCKS: Final = 8
"""Disjoint blocks of the hidden test; their spread is an exact value's standard error."""


@dataclass(frozen=True)
class Study:
    """A study as it is asked for; equal ones have equal ids, so a retry finds the first.

    Attributes
    ----------
    game : id of the game whose utilities it needs.
    players : positions in the game, ascending; bit k of a plan's coalition is players[k].
    """

    game: str
    players: list[int]
    plan: Plan
    seed: int

    @property
    def id(self) -> str:
        """Content id of everything that decides the values."""
        return content_id(
            {
                "game": self.game,
                "players": self.players,
                "method": self.plan.method,
                "budget": self.plan.budget,
                "seed": str(self.seed),
            }
        )

    def in_game(self, coalition: int) -> int:
        """Return a plan's coalition as a mask over the game's positions."""
        return sum(1 << p for k, p in enumerate(self.players) if coalition >> k & 1)


def open_study(
    home: Home, spec: TaskSpec, owners: list[OwnerRows], request: dict[str, Any]
) -> Study:
    """Record the game, its players and the study, or find them as they were recorded."""
    game_spec = {
        "task": spec.id,
        "recipe": f"{FINE_TUNE[spec.kind]}-utility",
        "metric": spec.metric,
        "parameters": recipe_parameters(spec) | {"n_blocks": N_BLOCKS},
        "base": request["inputs"].get("base", ""),
        "test": request["inputs"]["test"],
        # The pool freezes the vocabulary: utilities of one game compare, whoever joins later.
        "pool": sorted({digest for owner in owners for digest in owner.rows}),
        "seed": str(derive_seed("game", spec.id, str(spec.seed))),
    }
    game = content_id(game_spec)
    seed = int(request["seed"])
    plan = plan_study(len(owners), method=request["method"], budget=request["budget"], seed=seed)

    def write(tx: Transaction) -> Study:
        text = canonical_bytes(game_spec).decode()
        tx.execute("insert_game", {"id": game, "task": spec.id, "spec": text, "now": tx.now})
        known = tx.execute("players_of_game", {"game": game})
        positions = {(row["owner"], row["rows_sha256"]): row["position"] for row in known}
        for owner in owners:
            if (owner.owner, owner.digest) not in positions:
                position = len(positions)
                positions[owner.owner, owner.digest] = position
                tx.execute(
                    "insert_player",
                    {
                        "game": game,
                        "position": position,
                        "owner": owner.owner,
                        "rows_sha256": owner.digest,
                        "n_rows": owner.n_rows,
                    },
                )
        players = sorted(positions[owner.owner, owner.digest] for owner in owners)
        study = Study(game, players, plan, seed)
        _write_study(tx, spec.id, study)
        return study

    return home.database.write(write)


def _write_study(tx: Transaction, task_id: str, study: Study) -> None:
    tx.execute(
        "insert_study",
        {
            "id": study.id,
            "game": study.game,
            "task": task_id,
            "method": study.plan.method,
            "budget": study.plan.budget,
            "seed": str(study.seed),
            "players": study.players,
            "now": tx.now,
        },
    )
    for ordinal, order in enumerate(study.plan.permutations):
        players = [study.players[k] for k in order]
        values = {"study": study.id, "ordinal": ordinal, "players": players}
        tx.execute("insert_permutation", values)


def seal_study(home: Home, task_id: str, study: Study) -> None:
    """Compute the values in SQL and seal them, once, signed by the server."""
    if study.plan.method == "exact":
        computed = exact_values(home.database, study.game, study.players)
    else:
        computed = permutation_values(home.database, study.id, study.game, study.players)
    players = {
        row["position"]: row for row in home.database.read("players_of_game", {"game": study.game})
    }
    values = [
        {
            "player": row["player"],
            "owner": players[row["player"]]["owner"],
            "n_rows": players[row["player"]]["n_rows"],
            "value": row["value"],
            "standard_error": row["standard_error"],
            "rank": row["rank"],
            "units": sealed_units(row["value"]),
        }
        for row in computed
    ]
    body = {
        "study": study.id,
        "task": task_id,
        "game": study.game,
        "method": study.plan.method,
        "budget": study.plan.budget,
        "seed": str(study.seed),
        "values": [
            {"owner": v["owner"], "n_rows": v["n_rows"], "units": str(v["units"])} for v in values
        ],
    }
    envelope = Envelope.sign("valuation", body, home.key)

    def write(tx: Transaction) -> None:
        [row] = tx.execute("study_by_id", {"id": study.id})
        if row["state"] == "sealed":
            return
        identity, _ = record.append(tx, envelope)
        tx.execute("seal_study", {"id": study.id, "record": identity, "now": tx.now})
        for value in values:
            tx.execute("insert_sealed_value", value | {"study": study.id})

    home.database.write(write)


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
    seed, players = int(row["seed"]), row["players"]
    plan = plan_study(len(players), method=row["method"], budget=row["budget"], seed=seed)
    mask = sum(1 << position for position in players)
    [count] = home.database.read("count_evaluations", {"game": row["game"], "players": mask})
    values = home.database.read("sealed_values", {"study": study_id})
    return StudyView(
        id=row["id"],
        task=row["task"],
        game=row["game"],
        method=row["method"],
        why_method=plan.why,
        budget=row["budget"],
        seed=row["seed"],
        state=row["state"],
        n_evaluations=count["n_evaluations"],
        n_players=len(players),
        metric=json.loads(row["game_spec"])["metric"],
        values=[_value_row(value) for value in values],
        created_at=row["created_at"],
        sealed_at=row["sealed_at"],
    )


def list_studies(home: Home, task_id: str) -> list[StudyView]:
    """Return a task's studies, oldest first."""
    get_task(home, task_id)
    rows = home.database.read("studies_of_task", {"task": task_id})
    return [get_study(home, row["id"]) for row in rows]


def _value_row(row: dict[str, Any]) -> ValueRow:
    return ValueRow(
        owner=row["owner"],
        n_rows=row["n_rows"],
        value=row["value"],
        standard_error=row["standard_error"],
        rank=row["rank"],
        units=str(row["units"]),
    )
