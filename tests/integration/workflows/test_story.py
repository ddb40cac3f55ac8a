"""The main job through the workflows: contribute, train, compare, value, pay, publish."""

import json
from typing import Any

import pytest

from tests.integration.workflows.conftest import make_rows
from workbench.core.errors import (
    ConflictError,
    DuplicateError,
    ForbiddenError,
    InsufficientFundsError,
    InvalidInputError,
    NotFoundError,
    SignatureError,
)
from workbench.core.wire import CompareRequest, DraftRequest, TrainRequest, ValueRequest
from workbench.workflows import compare, contribute, pay, publish, tasks, train, value

POOL = 1_000_000_007


def value_everybody(lab: Any, **request: Any) -> str:
    return str(lab.wait(value.start(lab.home, "clouds", ValueRequest(**request)))["study"])


def test_the_story_ends_with_a_pool_paid_to_the_last_unit(lab: Any) -> None:
    lab.contribute_all()
    lab.fund(POOL)
    trained = lab.wait(train.start(lab.home, "clouds", TrainRequest()))
    compared = lab.wait(
        compare.start(lab.home, "clouds", CompareRequest(models=["base", trained["model"]]))
    )
    study = value.get_study(lab.home, value_everybody(lab))
    epoch = lab.pay(study.id)
    files = publish.publish(lab.home)

    assert compared["rows"][1]["model"] == trained["model"]
    assert compared["rows"][1]["loss"] < compared["rows"][0]["loss"]
    assert study.n_evaluations == 2 ** len(lab.owners)
    assert [row.rank for row in study.values] == sorted(row.rank for row in study.values)
    worth = {row.owner: row.value for row in study.values}
    assert worth["noise"] < min(worth["ana"], worth["ben"], worth["eva"])
    assert sum(int(row.amount) for row in epoch.payouts) == POOL == int(epoch.paid)
    assert tasks.get_task(lab.home, "clouds").pool == "0"
    assert tasks.get_task(lab.home, "clouds").champion == trained["model"]
    board = json.loads((lab.home.settings.published_dir / "clouds/leaderboard.json").read_text())
    assert "clouds/payouts.html" in files
    assert {row["owner"]: row["amount"] for row in board["payouts"]} == {
        row.owner: row.amount for row in epoch.payouts
    }


def test_two_tasks_may_come_to_the_same_model(lab: Any) -> None:
    content = make_rows(40, 0)
    lab.contribute("ana", content)
    lab.open_task("twin")
    digest, _ = lab.home.blobs.put([content])
    request = DraftRequest(
        file_sha256=digest, file_name="rows.jsonl", license="CC-BY-4.0", owner="ana"
    )
    draft = contribute.draft(lab.home, "twin", request)
    contribute.submit(lab.home, draft.id, lab.consent(draft))
    models = []
    for task in ("clouds", "twin"):
        models.append(lab.wait(train.start(lab.home, task, TrainRequest()))["model"])
        asked = CompareRequest(models=["base", models[-1]])
        assert lab.wait(compare.start(lab.home, task, asked))["run"]
    assert models[0] == models[1]


def test_everything_asked_for_twice_happens_once(lab: Any) -> None:
    lab.contribute_all()
    lab.fund(POOL)
    lab.fund(POOL)
    first = value_everybody(lab)
    evaluations = lab.home.database.select("select * from evaluation", []).num_rows

    assert value_everybody(lab) == first
    assert lab.home.database.select("select * from evaluation", []).num_rows == evaluations
    assert lab.pay(first) == lab.pay(first)
    assert lab.home.database.select("select * from epoch", []).num_rows == 1


def test_a_study_killed_in_the_middle_goes_on_and_ends_the_same(lab: Any, open_lab: Any) -> None:
    lab.contribute_all()
    undisturbed = value.get_study(lab.home, value_everybody(lab, seed=1))
    kept = lab.home.database.select("select coalition, utility from evaluation", []).to_pylist()
    # The same game once more, with half its evaluations lost and its study unfinished.
    lab.home.close()
    _forget_half(lab.home.settings.database_path)

    again = open_lab()
    job = value.start(again.home, "clouds", ValueRequest(seed=2))
    study = value.get_study(again.home, again.wait(job)["study"])

    now = again.home.database.select("select coalition, utility from evaluation", []).to_pylist()
    assert sorted(map(str, now)) == sorted(map(str, kept))
    assert study.values == undisturbed.values


def _forget_half(path: Any) -> None:
    import duckdb

    with duckdb.connect(path) as connection:
        connection.execute("delete from store.evaluation where words[1] % 2 = 1")


def test_a_closed_home_goes_on_with_its_jobs_when_it_opens(lab: Any, open_lab: Any) -> None:
    lab.contribute_all()
    job = value.start(lab.home, "clouds", ValueRequest())
    lab.home.close()

    again = open_lab()
    again.home.resume()

    study = value.get_study(again.home, again.wait(job)["study"])
    assert study.state == "sealed"
    assert study.n_evaluations == 2 ** len(lab.owners)


def test_a_stopped_mlflow_delays_logging_and_nothing_else(lab: Any) -> None:
    lab.contribute_all()

    result = lab.wait(train.start(lab.home, "clouds", TrainRequest()))

    lab.wait_logged()
    run = train.get_run(lab.home, result["run"])
    assert run.tracking_state == "pending"
    [job] = [job for job in lab.home.jobs.list("clouds") if job.verb == "track"]
    assert job.result == {"logged": 0, "pending": 1}
    events = lab.home.jobs.events(job.id, -1, 0)
    assert any("logging waits" in str(event) for _, event in events)


def test_permutations_value_many_owners_within_the_budget(lab: Any) -> None:
    lab.contribute_all()

    study = value.get_study(lab.home, value_everybody(lab, method="permutation", budget=12))

    assert study.method == "permutation"
    assert study.n_evaluations <= 12
    assert all(row.standard_error > 0 for row in study.values)


class TestRefusals:
    """Wrong input is refused with what was found and what is wanted; nothing is kept."""

    def test_an_unknown_task_names_the_nearest(self, lab: Any) -> None:
        with pytest.raises(NotFoundError, match="clouts") as refused:
            tasks.get_task(lab.home, "clouts")

        assert refused.value.facts["nearest"] == ["clouds"]

    def test_a_pool_without_funds_pays_nobody(self, lab: Any) -> None:
        lab.contribute_all()
        study = value_everybody(lab)

        with pytest.raises(InsufficientFundsError, match="pool of clouds is empty"):
            lab.pay(study)

        assert pay.list_epochs(lab.home, "clouds") == []

    def test_only_the_sponsor_funds_and_pays(self, lab: Any) -> None:
        body = {"task": "clouds", "amount": "5", "nonce": "1"}

        with pytest.raises(ForbiddenError, match="only sponsor funds"):
            tasks.fund_task(lab.home, "clouds", lab.sign("ana", "funding", body))

    def test_a_budget_of_zero_is_refused_before_anything_starts(self, lab: Any) -> None:
        lab.contribute_all()

        with pytest.raises(InvalidInputError, match="budget of 0"):
            value.start(lab.home, "clouds", ValueRequest(budget=0))

        assert lab.home.jobs.list("clouds") == []

    def test_nothing_accepted_cannot_be_trained_on(self, lab: Any) -> None:
        with pytest.raises(NotFoundError, match="no contribution"):
            train.start(lab.home, "clouds", TrainRequest())

    def test_the_same_bytes_a_second_time_are_a_duplicate(self, lab: Any) -> None:
        content = lab.rows(10, 1)
        lab.contribute("ana", content)

        with pytest.raises(DuplicateError, match="by ana before"):
            lab.draft("ben", content)

    def test_a_row_belongs_to_whoever_signed_first(self, lab: Any) -> None:
        shared, own = lab.rows(10, 1), lab.rows(10, 2)
        lab.contribute("ana", shared)

        later = lab.contribute("ben", own + shared)

        assert later.state == "accepted"
        assert (later.n_rows_submitted, later.n_rows) == (20, 10)
        assert any("ana" in finding.message for finding in later.findings)

    def test_hidden_test_rows_quarantine_an_upload(self, lab: Any) -> None:
        leaked = lab.contribute("ana", lab.rows(64, 99))

        assert leaked.state in {"quarantined", "refused"}
        with pytest.raises(NotFoundError, match="no contribution"):
            train.start(lab.home, "clouds", TrainRequest())

    def test_a_licence_off_the_list_is_refused(self, lab: Any) -> None:
        draft = lab.draft("ana", lab.rows(10, 1), license="CC-BY-NC-4.0")

        assert [finding.gate for finding in draft.findings if finding.outcome == "refused"]
        assert contribute.submit(lab.home, draft.id, lab.consent(draft)).state == "refused"

    def test_consent_must_name_the_rows_that_count(self, lab: Any) -> None:
        draft = lab.draft("ana", lab.rows(10, 1))

        with pytest.raises(ConflictError, match="other rows pass"):
            contribute.submit(lab.home, draft.id, lab.consent(draft, rows_sha256="0" * 64))
        with pytest.raises(InvalidInputError, match="right_to_share"):
            contribute.submit(lab.home, draft.id, lab.consent(draft, right_to_share=False))
        with pytest.raises(InvalidInputError, match="cover training"):
            contribute.submit(lab.home, draft.id, lab.consent(draft, purposes=["evaluation"]))

    def test_nobody_signs_for_somebody_else(self, lab: Any) -> None:
        draft = lab.draft("ana", lab.rows(10, 1))
        body = lab.consent(draft)["body"]

        with pytest.raises(ForbiddenError, match="signs for 'ben'"):
            contribute.submit(lab.home, draft.id, lab.sign("ben", "contribution", body))

    def test_a_changed_byte_breaks_the_signature(self, lab: Any) -> None:
        draft = lab.draft("ana", lab.rows(10, 1))
        envelope = lab.consent(draft)
        envelope["body"]["license"] = "MIT"

        with pytest.raises(SignatureError):
            contribute.submit(lab.home, draft.id, envelope)
