"""Seals of runs in a real MLflow: what is edited there is named."""

import dataclasses
import itertools
import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import mlflow
import pytest

from workbench.core.envelope import Envelope
from workbench.core.errors import CorruptHomeError, NotFoundError, TrackingUnavailableError
from workbench.core.wire import CompareRequest, RunView, TrainRequest, ValueRequest
from workbench.registry.seal import PARTS
from workbench.tracking.database import make_database
from workbench.workflows import compare, track, train, value, verify
from workbench.workflows.jobs import Report

# Each fine-tune on other owners is another run, which a test may spoil.
OWNERS = ("ana", "ben", "eva", "noise")
_SOME = itertools.chain.from_iterable(itertools.combinations(OWNERS, n) for n in (1, 2, 3))
Edit = Callable[..., None]


@pytest.fixture
def run(logging_lab: Any) -> RunView:
    """Return a fresh run that is logged and sealed."""
    request = TrainRequest(owners=list(next(_SOME)))
    result = logging_lab.wait(train.start(logging_lab.home, "clouds", request))
    logging_lab.wait_logged()
    found = train.get_run(logging_lab.home, result["run"])
    assert found.tracking_state == "logged"
    return found


@pytest.fixture
def client(logging_lab: Any) -> Any:
    return mlflow.MlflowClient(tracking_uri=logging_lab.home.settings.tracking_uri)


@pytest.fixture
def edit(logging_lab: Any) -> Edit:
    """Return a function that edits MLflow's database behind its back."""
    path = logging_lab.home.settings.tracking_uri.removeprefix("sqlite:///")

    def execute(statement: str, *values: Any) -> None:
        with closing(sqlite3.connect(path)) as connection, connection:
            assert connection.execute(statement, values).rowcount > 0

    return execute


def verified(lab: Any, run: RunView) -> dict[str, Any]:
    found: dict[str, Any] = lab.wait(verify.start(lab.home, run.id))
    return found


def messages(lab: Any, run: RunView) -> list[str]:
    found = verified(lab, run)
    assert found["state"] == "seal broken"
    assert found["n_differences"] == len(found["differences"])
    return [difference["message"] for difference in found["differences"]]


def signed(lab: Any, record: str) -> Envelope:
    [row] = lab.home.database.read("record_by_content_id", {"content_id": record})
    return Envelope.from_json(json.loads(row["envelope"])).verify(kind="seal")


def test_a_fresh_run_is_sealed_as_often_as_it_is_asked(logging_lab: Any, run: RunView) -> None:
    first = verified(logging_lab, run)

    assert first["state"] == "sealed"
    assert first["differences"] == []
    assert verified(logging_lab, run) == first
    assert (
        verify.start(logging_lab.home, run.id[:16]).id == verify.start(logging_lab.home, run.id).id
    )


def test_the_seal_is_a_record_of_the_server_over_everything_mlflow_shows(
    logging_lab: Any, run: RunView
) -> None:
    envelope = signed(logging_lab, verified(logging_lab, run)["record"])

    assert envelope.author == logging_lab.home.key.public_hex
    assert envelope.body["run"] == run.id
    assert envelope.body["tracking_run"] == run.tracking_run
    assert set(envelope.body["parts"]) == set(PARTS)
    document = json.loads(logging_lab.home.blobs.read(envelope.body["document_sha256"]))
    assert document["metrics"]["loss"]["shown"] == run.metrics["loss"]
    assert {"seed", "classes"} <= set(document["parameters"])
    assert document["tags"]["workbench.run"] == run.id
    assert "run.json" in document["artifacts"]
    assert document["inputs"]


def test_comparisons_and_valuations_are_sealed_too(logging_lab: Any) -> None:
    home = logging_lab.home
    logging_lab.wait(compare.start(home, "clouds", CompareRequest(models=["base"])))
    logging_lab.wait(value.start(home, "clouds", ValueRequest(method="exact")))

    kinds = {run.kind: run for run in train.list_runs(home, "clouds")}
    assert verified(logging_lab, kinds["comparison"])["state"] == "sealed"
    assert verified(logging_lab, kinds["valuation"])["state"] == "sealed"


def test_an_edited_metric_is_named_with_both_numbers(
    logging_lab: Any, run: RunView, edit: Edit
) -> None:
    for table in ("metrics", "latest_metrics"):
        edit(
            f"update {table} set value = 0.125 where run_uuid = ? and key = 'loss'",
            run.tracking_run,
        )

    loss = run.metrics["loss"]
    assert messages(logging_lab, run) == [
        f"metric loss at step 0: {loss} sealed, 0.125 found",
        f"metric loss as shown: {loss} sealed, 0.125 found",
    ]


def test_a_metric_logged_on_top_is_named(logging_lab: Any, run: RunView, client: Any) -> None:
    client.log_metric(run.tracking_run, "accuracy", 1.0, step=7)
    client.log_metric(run.tracking_run, "charm", float("nan"))

    accuracy = run.metrics["accuracy"]
    assert messages(logging_lab, run) == [
        "metric accuracy at step 7: nothing sealed, 1 found",
        f"metric accuracy as shown: {accuracy} sealed, 1 found",
        "metric charm: nothing sealed, nan found",
    ]


def test_edited_tags_and_a_claimed_user_are_named_and_a_note_is_free(
    logging_lab: Any, run: RunView, client: Any
) -> None:
    client.set_tag(run.tracking_run, "mlflow.note.content", "looks good")
    assert verified(logging_lab, run)["state"] == "sealed"

    client.set_tag(run.tracking_run, "mlflow.user", "mallory")
    client.set_tag(run.tracking_run, "workbench.task", "moons")
    client.delete_tag(run.tracking_run, "workbench.kind")

    assert messages(logging_lab, run) == [
        "tag mlflow.user: nothing sealed, 'mallory' found",
        "tag workbench.kind: 'fine-tune' sealed, nothing found",
        "tag workbench.task: 'clouds' sealed, 'moons' found",
    ]


def test_an_edited_parameter_is_named(logging_lab: Any, run: RunView, edit: Edit) -> None:
    edit("update params set value = '7' where run_uuid = ? and key = 'seed'", run.tracking_run)

    [message] = messages(logging_lab, run)
    assert message.startswith("parameter seed: '")
    assert message.endswith("' sealed, '7' found")


def test_an_edited_dataset_is_named(logging_lab: Any, run: RunView, edit: Edit) -> None:
    edit(
        """
        update input_tags set value = 'ff' where name = 'workbench.sha256' and input_uuid in
        (select input_uuid from inputs where destination_id = ?)
        """,
        run.tracking_run,
    )

    [*named] = messages(logging_lab, run)
    assert all(" workbench.sha256: '" in message for message in named)
    assert all(message.endswith("'ff' found") for message in named)


def test_changed_added_and_removed_artifacts_are_named(
    logging_lab: Any, run: RunView, client: Any
) -> None:
    folder = Path(client.get_run(run.tracking_run).info.artifact_uri.removeprefix("file://"))
    [model] = (folder / "model").iterdir()
    model.chmod(0o644)
    with model.open("ab") as stream:
        stream.write(b"!")
    (folder / "run.json").unlink()
    client.log_text(run.tracking_run, "praise", "more/praise.txt")

    found = verified(logging_lab, run)["differences"]

    assert [(d["key"], d["sealed"] is None, d["found"] is None) for d in found] == [
        (f"model/{model.name}", False, False),
        ("more/praise.txt", True, False),
        ("run.json", False, True),
    ]
    assert {d["part"] for d in found} == {"artifacts"}


def test_a_deleted_run_is_named_and_restored_is_sealed_again(
    logging_lab: Any, run: RunView, client: Any
) -> None:
    client.delete_run(run.tracking_run)

    found = verified(logging_lab, run)

    assert [d["message"] for d in found["differences"]] == [
        f"run {run.tracking_run}: active sealed, deleted found"
    ]
    assert f"mlflow runs restore --run-id {run.tracking_run}" in found["why"]
    client.restore_run(run.tracking_run)
    assert verified(logging_lab, run)["state"] == "sealed"


def test_a_run_removed_for_good_is_named(logging_lab: Any, run: RunView, edit: Edit) -> None:
    edit("update runs set run_uuid = 'gone' where run_uuid = ?", run.tracking_run)

    assert messages(logging_lab, run) == [f"run {run.tracking_run}: active sealed, missing found"]


def test_an_unknown_run_is_no_run(logging_lab: Any) -> None:
    for wrong in ("", "zz", "f" * 64):
        with pytest.raises(NotFoundError, match="workbench sql"):
            verify.start(logging_lab.home, wrong)


def test_a_silent_mlflow_is_no_broken_seal(logging_lab: Any, run: RunView) -> None:
    settings = dataclasses.replace(logging_lab.home.settings, tracking_uri="http://127.0.0.1:9")
    home = dataclasses.replace(logging_lab.home, settings=settings)

    with pytest.raises(TrackingUnavailableError, match="does not answer"):
        verify.handle(home, {"run": run.id}, _report())


def test_a_document_that_is_not_the_signed_one_accuses_the_home_not_mlflow(
    logging_lab: Any, run: RunView
) -> None:
    envelope = signed(logging_lab, verified(logging_lab, run)["record"])
    path = logging_lab.home.blobs.path(envelope.body["document_sha256"])
    kept = path.with_suffix(".kept")
    shutil.copyfile(path, kept)
    path.chmod(0o600)
    path.write_bytes(path.read_bytes().replace(b'"shown":', b'"shown":1', 1))

    with pytest.raises(CorruptHomeError, match="not the one that was signed"):
        verify.handle(logging_lab.home, {"run": run.id}, _report())

    kept.replace(path)
    assert verify.handle(logging_lab.home, {"run": run.id}, _report())["state"] == "sealed"


def test_a_run_that_waits_for_mlflow_is_not_sealed_until_it_is_logged(lab: Any) -> None:
    lab.contribute("ana", lab.rows(30, 1))
    result = lab.wait(train.start(lab.home, "clouds", TrainRequest()))
    waiting = lab.wait(verify.start(lab.home, result["run"]))

    assert waiting["state"] == "not sealed yet"
    assert "MLflow has not answered" in waiting["why"]
    assert waiting["record"] is None

    uri = f"sqlite:///{lab.home.settings.home / 'mlflow' / 'mlflow.db'}"
    settings = dataclasses.replace(lab.home.settings, tracking_uri=uri)
    answering = dataclasses.replace(lab.home, settings=settings)
    done = track.handle(answering, {}, _report())
    assert done == {"logged": 1, "pending": 0}
    assert verify.handle(answering, {"run": result["run"]}, _report())["state"] == "sealed"


def test_a_run_that_somebody_made_under_our_id_is_never_sealed(lab: Any) -> None:
    lab.contribute("ana", lab.rows(30, 1))
    run_id = lab.wait(train.start(lab.home, "clouds", TrainRequest()))["run"]
    uri = f"sqlite:///{lab.home.settings.home / 'mlflow' / 'mlflow.db'}"
    settings = dataclasses.replace(lab.home.settings, tracking_uri=uri)
    answering = dataclasses.replace(lab.home, settings=settings)
    make_database(uri, settings.artifacts_dir)
    client = mlflow.MlflowClient(tracking_uri=uri)
    forged = client.create_run(
        client.create_experiment("clouds", settings.artifacts_dir.as_uri()),
        tags={"workbench.run": run_id},
    ).info.run_id
    client.log_metric(forged, "loss", 0.0)
    client.set_terminated(forged, "FINISHED")
    notes: list[dict[str, Any]] = []

    report = dataclasses.replace(_report(), publish=notes.append)
    done = track.handle(answering, {}, report)

    assert done == {"logged": 0, "pending": 1}
    assert "is not the one that was logged: parameter classes: '[" in notes[-1]["message"]
    client.delete_run(forged)
    assert track.handle(answering, {}, report)["logged"] == 1
    assert verify.handle(answering, {"run": run_id}, report)["state"] == "sealed"


def _report() -> Report:
    return Report("a" * 64, publish=lambda _: None, cancelled=lambda: False)
