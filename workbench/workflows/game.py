"""Games: what a task's utilities mean, who its players are, and what is known of them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from workbench.core.canonical import canonical_bytes, content_id
from workbench.core.errors import TooLargeError
from workbench.core.jobs import JobSpec
from workbench.core.kinds import KINDS
from workbench.core.seeds import derive_seed
from workbench.registry.recipe import recipe_parameters
from workbench.registry.task import TaskSpec
from workbench.storage.coalitions import MAX_POSITIONS
from workbench.storage.database import Transaction
from workbench.workflows.home import Home
from workbench.workflows.inputs import OwnerRows
from workbench.workflows.jobs import Report

N_BLOCKS: Final = 8
"""Disjoint blocks of the hidden test; their spread is an exact value's standard error."""

VOCABULARY: Final = "vocabulary"


@dataclass(frozen=True)
class TaskGame:
    """One utility function of a task: training on some players' rows, measured.

    Attributes
    ----------
    id : content id of ``spec``.
    spec : recipe, parameters, metric, test, base, vocabulary, seed: all that decides a utility.
    positions : owner group and digest of its rows → bit of the game's coalitions. An owner
        whose rows have changed is another player.
    """

    id: str
    spec: dict[str, Any] = field(repr=False)
    positions: dict[tuple[str, str], int] = field(repr=False)


def open_game(
    home: Home,
    spec: TaskSpec,
    owners: Sequence[OwnerRows],
    inputs: dict[str, str],
    report: Report,
) -> TaskGame:
    """Record the game of a task and its players, or find it with room for those who joined.

    A task keeps its game as long as its rules, its hidden test and its base model stay: who
    joins gets the next bit, who leaves keeps theirs, and every utility counts again. A language
    model's softmax ranges over the tokens of those who were there first, and of the hidden
    test: tokens that only later players bring are no targets of anybody's training.

    Raises
    ------
    TooLargeError
        More players have met in this game than a coalition has bits.
    """
    game_spec = {
        "task": spec.id,
        "recipe": utility_recipe(spec),
        "metric": spec.metric,
        "parameters": recipe_parameters(spec) | {"n_blocks": N_BLOCKS},
        "base": inputs.get("base", ""),
        "test": inputs["test"],
        "seed": str(derive_seed("game", spec.id, str(spec.seed))),
    }
    if KINDS[spec.kind].writes:
        game_spec[VOCABULARY] = _vocabulary(home, game_spec, inputs, report)
    return home.database.write(lambda tx: _record(tx, spec.id, game_spec, owners))


def frozen_vocabulary(home: Home, task: str, inputs: Mapping[str, str]) -> str | None:
    """Return the digest of the vocabulary that a task's first game froze; ``None`` before it.

    Losses under another one are other numbers. It holds for one base model and one hidden test.
    """
    for row in home.database.read("games_of_task", {"task": task}):
        known = json.loads(row["spec"])
        is_same = (known["base"], known["test"]) == (inputs.get("base", ""), inputs["test"])
        if is_same and VOCABULARY in known:
            return str(known[VOCABULARY])
    return None


def utility_recipe(spec: TaskSpec) -> str:
    """Return the recipe that evaluates coalitions of a task."""
    return f"{spec.recipe.get('utility', KINDS[spec.kind].recipe)}-utility"


def _vocabulary(
    home: Home, game_spec: dict[str, Any], inputs: dict[str, str], report: Report
) -> str:
    """Return the digest of the vocabulary: that of the task's first game, or a new one's."""
    known = frozen_vocabulary(home, game_spec["task"], inputs)
    if known is not None:
        return known
    job = JobSpec(
        recipe="freeze-vocabulary",
        inputs=inputs,
        parameters=game_spec["parameters"],
        environment=home.environment,
    )
    outcome = home.executor.run(job, cancelled=report.cancelled)
    try:
        return home.blobs.put_file(outcome.output["vocabulary.json"])[0]
    finally:
        outcome.discard()


def _record(
    tx: Transaction, task: str, game_spec: dict[str, Any], owners: Sequence[OwnerRows]
) -> TaskGame:
    game = content_id(game_spec)
    text = canonical_bytes(game_spec).decode()
    tx.execute("insert_game", {"id": game, "task": task, "spec": text, "now": tx.now})
    known = tx.execute("players_of_game", {"game": game})
    positions = {(row["owner"], row["rows_sha256"]): row["position"] for row in known}
    for owner in owners:
        key = (owner.owner, owner.digest)
        if key in positions:
            continue
        positions[key] = len(positions)
        if positions[key] >= MAX_POSITIONS:
            raise TooLargeError(
                f"{len(positions)} players have met in the game of {task}",
                wanted=f"at most {MAX_POSITIONS} versions of owners' rows in one task",
                next_step="open a new task with the rows that are still wanted",
            )
        tx.execute(
            "insert_player",
            {
                "game": game,
                "position": positions[key],
                "owner": owner.owner,
                "rows_sha256": owner.digest,
                "n_rows": owner.n_rows,
            },
        )
    return TaskGame(game, game_spec, positions)
