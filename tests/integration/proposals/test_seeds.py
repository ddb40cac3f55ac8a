"""Gates of several seeds: both recipes are trained again with each, and both tests are sure."""

import json
from collections.abc import Callable, Iterator

import pytest

from tests.integration.proposals.conftest import N_HIDDEN, Place, fill, settings_in
from tests.integration.workflows.test_withdraw import take_back
from workbench.core.errors import ConflictError, InvalidInputError, WorkbenchError
from workbench.workflows import contribute
from workbench.workflows.home import Home
from workbench.workflows.judging import losses_of

N_SEEDS = 7
FOREST = {"estimator": "random-forest", "n_trees": 20}


@pytest.fixture(scope="module")
def forest(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    place = Place(Home.open(settings_in(tmp_path_factory.mktemp("seeds"))))
    fill(place, seeds=N_SEEDS)
    place.train("ana", **FOREST)
    yield place
    place.home.close()


def test_both_are_trained_with_the_seeds_that_nobody_knew(forest: Place) -> None:
    model = forest.train("ana", "ben", **FOREST)
    n_runs = len(forest.home.database.read("runs", {"task": "clouds"}))
    found = forest.propose("ben", weights=model, contributions=forest.ids_of("ana", "ben"))

    assert found.state == "evaluated", found.verdicts
    losses = losses_of(forest.home, found.id)
    assert losses.champion.shape == losses.challenger.shape == (N_SEEDS, N_HIDDEN)
    # Other seeds, other trees.
    assert len({tuple(row) for row in losses.challenger.tolist()}) == N_SEEDS
    said = found.verdicts[0].conditions[0].found
    assert "sign-flip, exact over 7 seeds" in said
    assert f"paired bootstrap over {N_HIDDEN} documents" in said
    assert 0 < int(found.verdicts[0].gain) < int(losses.gains.max()) // N_HIDDEN
    # Replicas are measured, and are nobody's models.
    assert len(forest.home.database.read("runs", {"task": "clouds"})) == n_runs


def test_a_recipe_is_one_that_can_be_trained_again(forest: Place) -> None:
    recipe = FOREST | {"n_trees": 21}
    found = forest.propose("ben", recipe=recipe, contributions=forest.ids_of("ana", "ben"))
    assert found.verdicts[0].conditions[0].name == "significance"
    [gate] = forest.home.database.read("gate_of_proposal", {"proposal": found.id})
    kept = json.loads(forest.home.blobs.read(gate["losses_sha256"]))
    # What the server trained first, with the first of these seeds, is its own replica.
    compared = json.loads(gate["details"])["comparison"]["scores"]
    by_model = {line["model"]: line["score"] for line in compared if line["metric"] == "log-loss"}
    assert by_model[str(found.model)] == by_model["challenger 0"]
    assert len(kept["champion"]) == N_SEEDS


def test_weights_alone_cannot_be_trained_again(forest: Place) -> None:
    digest, _ = forest.home.blobs.put([b"weights from elsewhere"])
    body = forest.body("rita", weights=digest)
    with pytest.raises(InvalidInputError, match="has weights alone"):
        forest.reveal("rita", forest.commit_to("rita", body))


def test_a_model_whose_rows_are_gone_cannot_be_trained_again(
    open_place: Callable[..., Place],
) -> None:
    place = open_place(seeds=N_SEEDS)
    model = place.train("ben")
    [theirs] = place.ids_of("ben")
    take_back(place, contribute.get_contribution(place.home, theirs))
    with pytest.raises(ConflictError, match="are withdrawn"):
        place.reveal("ben", place.commit_to("ben", place.body("ben", weights=model)))


def test_a_champion_whose_rows_are_gone_costs_no_use_of_the_hidden_test(
    open_place: Callable[..., Place],
) -> None:
    place = open_place(seeds=N_SEEDS)
    model = place.train("ben")
    [theirs] = place.ids_of("ana")
    take_back(place, contribute.get_contribution(place.home, theirs))
    body = place.body("ben", weights=model, contributions=place.ids_of("ben"))
    found = place.reveal("ben", place.commit_to("ben", body))
    with pytest.raises(WorkbenchError, match="are withdrawn"):
        place.judged(found)
    assert place.again(found).state == "checked"
    assert place.home.database.read("gate_of_proposal", {"proposal": found.id}) == []
