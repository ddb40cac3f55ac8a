"""A preview watches the training that a study would make, and is no study."""

import json
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.integration.workflows.conftest import SPEECH_RECIPE, Lab
from workbench.core.errors import InvalidInputError, NotFoundError
from workbench.core.wire import PreviewRequest, ValueRequest
from workbench.server.app import create_app
from workbench.workflows import preview, value


def previewed(lab: Lab, **request: Any) -> dict[str, Any]:
    return lab.wait(preview.start(lab.home, "clouds", PreviewRequest(**request)))


def test_a_preview_gains_what_the_study_gains_and_tells_while_it_runs(speech: Lab) -> None:
    job = preview.start(speech.home, "clouds", PreviewRequest(parameters={"with_curve": True}))
    result = speech.wait(job)
    told = [event for _, event in speech.home.jobs.events(job.id, -1, 0)]

    attributed = [event for event in told if event["type"] == "attribution"]
    assert [event["step"] for event in attributed] == [2, 4, 6]
    assert set(attributed[-1]["values"]) == {"ana", "ben", "eva"}
    assert len(result["curve"]) == SPEECH_RECIPE["steps"]
    assert result["indicative"] is True
    assert "never these" in result["meaning"]
    assert sum(row["value"] for row in result["owners"]) == pytest.approx(result["gain"])

    speech.wait(value.start(speech.home, "clouds", ValueRequest(method="exact")))
    evaluations = speech.home.database.select(
        "select coalition, utility from evaluation", []
    ).to_pylist()
    utility = {row["coalition"]: row["utility"] for row in evaluations}
    assert result["gain"] == utility["7"] - utility["0"]


def test_a_preview_leaves_no_study_and_no_run(speech: Lab) -> None:
    def kept() -> list[int]:
        tables = ("player", "study", "evaluation", "run")
        return [speech.home.database.select(f"select * from {t}", []).num_rows for t in tables]

    before = kept()
    previewed(speech, parameters={"n_watched_rows": 3})
    assert kept() == before


def test_the_same_preview_is_watched_once(speech: Lab) -> None:
    first = preview.start(speech.home, "clouds", PreviewRequest(owners=["ana", "ben"]))
    speech.wait(first)
    again = preview.start(speech.home, "clouds", PreviewRequest(owners=["ben", "ana"]))
    assert (again.id, again.attempts) == (first.id, 1)


def test_the_route_answers_with_the_job(speech: Lab) -> None:
    app = create_app(speech.home, "a-token-of-this-test")
    with TestClient(app, headers={"Authorization": "Bearer a-token-of-this-test"}) as client:
        answer = client.post("/tasks/clouds/previews", json={"owners": ["ana"], "size": "quick"})
        wrong = client.post("/tasks/clouds/previews", json={"size": "huge"})
    assert (answer.status_code, wrong.status_code) == (202, 422)
    asked = PreviewRequest(owners=["ana"], size="quick")
    assert answer.json()["id"] == preview.start(speech.home, "clouds", asked).id
    assert answer.json()["verb"] == "preview"


def test_after_a_study_a_preview_has_its_vocabulary(speech: Lab) -> None:
    speech.wait(value.start(speech.home, "clouds", ValueRequest(method="exact")))
    [game] = speech.home.database.read("games_of_task", {"task": "clouds"})
    few = previewed(speech, owners=["ana"], size="quick")
    job = speech.home.jobs.list("clouds")[-1]
    request = json.loads(speech.home.database.read("job_by_id", {"id": job.id})[0]["request"])
    assert request["spec"]["inputs"]["vocabulary"] == json.loads(game["spec"])["vocabulary"]
    everybody = previewed(speech)
    assert few["vocabulary_digest"] == everybody["vocabulary_digest"]
    assert few["base_utility"] == everybody["base_utility"]


class TestRefusals:
    """What cannot be previewed is refused before anything starts."""

    def test_a_task_without_a_language_model(self, lab: Lab) -> None:
        lab.contribute_all()
        with pytest.raises(InvalidInputError, match="which has no previews"):
            preview.start(lab.home, "clouds", PreviewRequest())

    def test_an_owner_without_rows(self, speech: Lab) -> None:
        with pytest.raises(NotFoundError, match="'zoe' has no accepted contribution"):
            preview.start(speech.home, "clouds", PreviewRequest(owners=["zoe"]))

    def test_a_parameter_that_no_preview_has(self, speech: Lab) -> None:
        with pytest.raises(InvalidInputError, match="no parameter 'players'"):
            preview.start(speech.home, "clouds", PreviewRequest(parameters={"players": []}))

    def test_a_value_out_of_bounds(self, speech: Lab) -> None:
        job = preview.start(speech.home, "clouds", PreviewRequest(parameters={"order": 3}))
        with pytest.raises(InvalidInputError, match="order"):
            speech.wait(job)
