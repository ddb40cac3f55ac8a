"""What a fine-tune costs is known before it starts, and what cannot fit does not start."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.integration.workflows.conftest import Lab
from workbench.core.errors import InvalidInputError
from workbench.core.wire import SizesRequest, TrainRequest
from workbench.server.app import create_app
from workbench.workflows import sizes, train


def measured(lab: Lab, **request: Any) -> dict[str, Any]:
    return lab.wait(sizes.start(lab.home, "clouds", SizesRequest(**request)))


@pytest.fixture
def limited(speech: Lab) -> Iterator[Any]:
    """A way to lower the limits of the home for one test."""
    usual = speech.home.settings

    def limit(**changes: Any) -> None:
        object.__setattr__(speech.home, "settings", replace(usual, **changes))

    yield limit
    object.__setattr__(speech.home, "settings", usual)


def test_every_size_is_predicted_and_larger_ones_take_longer(speech: Lab) -> None:
    result = measured(speech)
    found = {row["size"]: row for row in result["sizes"]}
    assert {size: row["steps"] for size, row in found.items()} == dict(train.STEPS)
    assert found["quick"]["seconds"] < found["standard"]["seconds"] < found["thorough"]["seconds"]
    assert all(row["fits"] for row in found.values())
    assert result["tokens_per_second"] > 0
    assert 5e7 < found["quick"]["memory_bytes"] < 4e9


def test_measuring_again_finds_less_to_compute(speech: Lab) -> None:
    speech.wait(train.start(speech.home, "clouds", TrainRequest(size="quick", owners=["ana"])))
    again = measured(speech, owners=["ana"])
    assert again["measured"]["sizes"]["quick"]["uncached_tokens"] == 0


def test_steps_of_your_own_are_the_only_size(speech: Lab) -> None:
    [row] = measured(speech, parameters={"steps": 7})["sizes"]
    assert (row["size"], row["steps"]) == ("asked", 7)


def test_a_fine_tune_that_was_measured_as_too_slow_does_not_start(
    speech: Lab, limited: Any
) -> None:
    measured(speech)
    before = len(speech.home.jobs.list("clouds"))
    limited(job_seconds=0.001)
    with pytest.raises(InvalidInputError, match="WORKBENCH_JOB_SECONDS=") as caught:
        train.start(speech.home, "clouds", TrainRequest(size="thorough"))
    assert "workbench sizes clouds" in str(caught.value.next_step)
    assert len(speech.home.jobs.list("clouds")) == before
    # Other rows were never measured: nothing is known of them.
    limited(job_seconds=0.001)
    job, _ = train.fine_tune_job(speech.home, "clouds", TrainRequest(owners=["ben"]))
    train.refuse_what_cannot_fit(speech.home, "clouds", job)


def test_weights_that_pass_the_memory_limit_are_refused_unmeasured(
    speech: Lab, limited: Any
) -> None:
    limited(worker_memory_bytes=1_000)
    with pytest.raises(InvalidInputError, match="parameters") as caught:
        train.start(speech.home, "clouds", TrainRequest(owners=["eva"]))
    assert "WORKBENCH_WORKER_MEMORY_BYTES=" in str(caught.value.next_step)


def test_a_parameter_that_the_recipe_lacks_is_refused_at_once(speech: Lab) -> None:
    with pytest.raises(InvalidInputError, match="colour"):
        sizes.start(speech.home, "clouds", SizesRequest(parameters={"colour": 1}))


def test_a_task_without_steps_has_no_sizes(lab: Lab) -> None:
    lab.contribute_all()
    with pytest.raises(InvalidInputError, match="one size"):
        sizes.start(lab.home, "clouds", SizesRequest())


def test_the_route_answers_with_the_job(speech: Lab) -> None:
    app = create_app(speech.home, "a-token-of-this-test")
    with TestClient(app, headers={"Authorization": "Bearer a-token-of-this-test"}) as client:
        answer = client.post("/tasks/clouds/sizes", json={"owners": ["ana"]})
        assert answer.status_code == 202
        assert answer.json()["verb"] == "sizes"
        speech.home.jobs.wait(answer.json()["id"], seconds=120)
