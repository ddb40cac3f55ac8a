"""A coalition's utility depends on the coalition alone."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.integration.training.conftest import RECIPE, Jobs
from workbench.core.errors import InvalidInputError, TrainingDivergedError
from workbench.training import causal_lm_cache, causal_lm_utility, causal_lm_vocabulary

PLAYERS = [
    {"position": place, "owner": owner, "rows": [f"rows:{owner}:0"]}
    for place, owner in enumerate(["ana", "ben", "eva"])
]


def evaluate(jobs: Jobs, coalitions: list[int], **changes: Any) -> dict[str, Any]:
    names = [str(coalition) for coalition in coalitions]
    parameters = RECIPE | {"players": PLAYERS, "coalitions": names, "n_blocks": 4} | changes
    result = causal_lm_utility.run(jobs.context(parameters, jobs.texts(), seed=2**62))
    return {found["coalition"]: found for found in result["evaluations"]}


def test_utilities_do_not_depend_on_order_batch_or_worker(
    new_jobs: Callable[[str], Jobs],
) -> None:
    together = evaluate(new_jobs("one"), [0, 1, 2, 3, 5, 7])
    backwards = evaluate(new_jobs("two"), [7, 5, 3, 2, 1, 0])
    third = new_jobs("three")
    alone = {}
    for coalition in (3, 0, 7, 1, 5, 2):
        alone |= evaluate(third, [coalition])
    assert together == backwards == alone


def test_a_cache_filled_in_shards_changes_no_bit(new_jobs: Callable[[str], Jobs]) -> None:
    filled = new_jobs("filled")
    for shard in (2, 0, 1):
        parameters = RECIPE | {"shard": shard, "n_shards": 3}
        causal_lm_cache.run(filled.context(parameters, filled.texts()))
    assert evaluate(filled, [5]) == evaluate(new_jobs("empty"), [5])


def test_the_empty_coalition_is_the_base_model(jobs: Jobs) -> None:
    found = evaluate(jobs, [0, 1])
    assert found["0"]["utility"] == evaluate(jobs, [0], steps=1)["0"]["utility"]
    assert found["1"]["utility"] > found["0"]["utility"]


def test_each_coalition_is_told_as_soon_as_it_is_known(jobs: Jobs) -> None:
    evaluate(jobs, [0, 3])
    told = [event for event in jobs.events if event["type"] == "utility"]
    assert [event["coalition"] for event in told] == ["0", "3"]
    assert all(len(event["block_utilities"]) == 4 and event["seconds"] > 0 for event in told)


def test_rows_of_the_language_are_worth_more_than_noise(jobs: Jobs) -> None:
    found = evaluate(jobs, [3, 4])
    assert found["3"]["utility"] > found["4"]["utility"]


def test_a_replicate_is_another_training(jobs: Jobs) -> None:
    first, second = evaluate(jobs, [3])["3"], evaluate(jobs, [3], replicate=1)["3"]
    assert first["seed"] != second["seed"]
    assert first["utility"] != second["utility"]


def test_a_training_that_diverges_names_its_coalition(jobs: Jobs) -> None:
    with pytest.raises(TrainingDivergedError) as caught:
        evaluate(jobs, [0, 6], learning_rate=1e38)
    assert caught.value.facts["coalition"] == "6"


def test_fewer_test_rows_than_blocks_are_refused(jobs: Jobs) -> None:
    with pytest.raises(InvalidInputError, match="16 usable rows"):
        evaluate(jobs, [0], n_blocks=17)


def test_who_joins_a_frozen_game_changes_nobody_elses_utility(
    new_jobs: Callable[[str], Jobs],
) -> None:
    def frozen(jobs: Jobs, inputs: dict[str, Any]) -> Any:
        context = jobs.context(RECIPE | {"n_blocks": 4}, inputs)
        causal_lm_vocabulary.run(context)
        return context.output / "vocabulary.json"

    def utilities(jobs: Jobs, inputs: dict[str, Any], players: Any, names: list[str]) -> Any:
        parameters = RECIPE | {"players": players, "coalitions": names, "n_blocks": 4}
        return causal_lm_utility.run(jobs.context(parameters, inputs, seed=1))["evaluations"]

    before, after = new_jobs("before"), new_jobs("after")
    first = before.texts() | {"vocabulary": frozen(before, before.texts())}
    old = utilities(before, first, PLAYERS, ["0", "3", "7"])

    joined = after.texts() | {"vocabulary": frozen(after, after.texts())}
    # The newcomer writes in letters that nobody used; one of the rows shares some of them.
    joined["rows:zoe:0"] = after.rows(["ŻŻŻŻ ŻŻŻ", "atl ŻŻ calli", "§§§§§§"])
    players = [*PLAYERS, {"position": 3, "owner": "zoe", "rows": ["rows:zoe:0"]}]
    new = utilities(after, joined, players, ["0", "3", "7", "8"])

    assert new[:3] == old
    assert new[3]["utility"] != old[0]["utility"]
