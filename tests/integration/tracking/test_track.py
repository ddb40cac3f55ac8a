"""Runs in a real MLflow on SQLite: what was logged is read back."""

import itertools
import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import mlflow
import pytest

from workbench.compute.environment import WORKER_ENVIRONMENT
from workbench.compute.executor import LocalExecutor
from workbench.core.errors import InvalidInputError, TrackingUnavailableError
from workbench.core.jobs import JobContext, JobSpec
from workbench.tracking import log, setup

Track = Callable[..., dict[str, Any]]

_NUMBERS = itertools.count()

# A logging is cut off after each of these calls, in the order they come.
CALLS = [
    "create_run",
    "log_inputs",
    "log_artifacts",
    "log_model_artifacts",
    "log_outputs",
    "create_registered_model",
    "set_registered_model_alias",
    "log_batch",
]


@pytest.fixture(scope="session", autouse=True)
def _environment() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in WORKER_ENVIRONMENT.items():
            patch.setenv(name, value)
        yield


def description(**changes: Any) -> dict[str, Any]:
    return {
        "id": f"run-{next(_NUMBERS)}",
        "kind": "train",
        "parameters": {"steps": 12, "prompts": ["ye huehcauh"], "long": "x" * 7000},
        "metrics": {"loss": 1.25, "base_loss": 2.5},
        "histories": {
            "training_loss": [[0, 2.5], [1, 2.25], [2, 2.0]],
            "tokens_per_second": [[1, 340.5], [2, 350.25]],
        },
        "tags": {"mlflow.user": "puebla", "workbench.job": "ab" * 32},
        "datasets": [
            {"name": "puebla", "sha256": "ab" * 32, "n_rows": 200},
            {"name": "otomi", "sha256": "cd" * 32, "n_rows": 180},
        ],
        "model_name": "speak-nahuatl",
        "model_digest": "ef" * 32,
    } | changes


@pytest.fixture(scope="session")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a tracking database.

    Two workers make it at the same time, and a third one was killed while it did.
    """
    folder = tmp_path_factory.mktemp("tracking")
    left = folder / "mlflow" / ".new-folder-abc"
    left.mkdir(parents=True)
    (left / "mlflow.db").write_text("half of a database")
    spec = JobSpec("track-setup", parameters=parameters(folder, "first"))
    executor = LocalExecutor(
        folder / "jobs", resolve=Path, cache_dir=folder / "cache", n_workers=2, seconds=120.0
    )
    with ThreadPoolExecutor(2) as threads:
        outcomes = list(threads.map(executor.run, [spec, spec]))
    executor.close()
    assert outcomes[0].result == outcomes[1].result
    assert [path.name for path in (folder / "mlflow").iterdir() if path.is_dir()] == []
    return folder


def parameters(folder: Path, experiment: str) -> dict[str, Any]:
    return {
        "uri": f"sqlite:///{folder / 'mlflow' / 'mlflow.db'}",
        "artifacts_dir": str(folder / "mlflow" / "artifacts"),
        "experiment": experiment,
    }


@pytest.fixture
def client(root: Path) -> Any:
    return mlflow.MlflowClient(tracking_uri=parameters(root, "")["uri"])


@pytest.fixture
def track(root: Path, tmp_path: Path) -> Track:
    """Run the recipe in this process."""

    def run(description: dict[str, Any], inputs: dict[str, Path] | None = None, **more: Any) -> Any:
        output = tmp_path / f"output-{next(_NUMBERS)}"
        output.mkdir()
        names = dict.fromkeys(inputs or {}, "0" * 64)
        spec = JobSpec("track", names, parameters(root, "first") | {"run": description} | more)
        context = JobContext(
            spec=spec,
            inputs=inputs or {},
            output=output,
            cache=tmp_path,
            emit=lambda _: None,
            cancelled=lambda: False,
        )
        result = log.run(context)
        assert list(output.iterdir()) == []
        return result

    return run


def test_what_was_logged_is_read_back(track: Track, client: Any, tmp_path: Path) -> None:
    run = description(
        histories={
            "training_loss": [[i, 1 / (i + 1)] for i in range(1200)],
            "evaluation_loss": [[0, 2.5], [1200, 1.25]],
        },
        started="2026-11-22T10:00:00+00:00",
        ended="2026-11-22T10:01:00+00:00",
    )
    blob = tmp_path / "ab12"
    blob.write_bytes(b"weights")
    blob.chmod(0o444)

    result = track(run, {"artifact:adapter_model.safetensors": blob})

    logged = client.get_run(result["tracking_run"])
    assert logged.info.status == "FINISHED"
    assert logged.info.end_time - logged.info.start_time == 60_000
    assert logged.data.params["steps"] == "12"
    assert logged.data.params["prompts"] == '["ye huehcauh"]'
    assert len(logged.data.params["long"]) == 6000
    assert logged.data.metrics["loss"] == 1.25
    assert logged.data.tags["workbench.run"] == run["id"]
    assert logged.data.tags["workbench.task"] == "first"
    assert logged.data.tags["workbench.job"] == "ab" * 32
    assert logged.data.tags["workbench.model"] == "ef" * 32
    assert logged.data.tags["mlflow.user"] == "puebla"
    for name, points in run["histories"].items():
        history = client.get_metric_history(result["tracking_run"], name)
        assert [[point.step, point.value] for point in history] == points


def test_datasets_are_inputs_with_our_digests(track: Track, client: Any) -> None:
    result = track(description())

    inputs = client.get_run(result["tracking_run"]).inputs.dataset_inputs
    found = {
        (item.dataset.name, tag.value, json.loads(item.dataset.profile)["num_rows"])
        for item in inputs
        for tag in item.tags
        if tag.key == "workbench.sha256"
    }
    assert found == {("puebla", "ab" * 32, 200), ("otomi", "cd" * 32, 180)}


def test_artifacts_come_back_byte_for_byte_and_lie_below_the_folder_given(
    track: Track, client: Any, root: Path, tmp_path: Path
) -> None:
    (tmp_path / "blob").write_bytes(bytes(range(256)))
    run = description()

    result = track(run, {"artifact:adapter_model.safetensors": tmp_path / "blob"})

    run_id = result["tracking_run"]
    assert [file.path for file in client.list_artifacts(run_id)] == ["model", "run.json"]
    target = tmp_path / "back"
    target.mkdir()
    back = Path(client.download_artifacts(run_id, "", str(target)))
    assert (back / "model" / "adapter_model.safetensors").read_bytes() == bytes(range(256))
    assert json.loads((back / "run.json").read_text()) == run
    uri = client.get_run(run_id).info.artifact_uri
    assert uri.startswith((root / "mlflow" / "artifacts").as_uri())


def test_each_model_is_a_version_that_points_at_its_run(track: Track, client: Any) -> None:
    runs = [description(model_name="versions", model_digest=c * 64) for c in "ab"]

    results = [track(run) for run in runs]

    assert [result["model_version"] for result in results] == ["1", "2"]
    newest = client.get_model_version_by_alias("versions", "newest")
    assert [newest.version, newest.run_id] == [2, results[1]["tracking_run"]]
    assert newest.tags["workbench.model"] == "b" * 64
    model = client.get_logged_model(newest.source.removeprefix("models:/"))
    assert model.params["artifacts"] == f"runs:/{results[1]['tracking_run']}/model"
    assert {metric.key: metric.value for metric in model.metrics} == {
        "loss": 1.25,
        "base_loss": 2.5,
    }
    outputs = client.get_run(results[1]["tracking_run"]).outputs.model_outputs
    assert [output.model_id for output in outputs] == [model.model_id]


def test_the_champions_alias_follows_the_best_model(track: Track, client: Any) -> None:
    def champion() -> tuple[Any, Any]:
        version = client.get_model_version_by_alias("best", "champion")
        return version.version, version.tags["workbench.model"]

    first, second, third = ("1" * 64, "2" * 64, "3" * 64)
    track(description(model_name="best", model_digest=first, champion=first))
    assert champion() == (1, first)
    track(description(model_name="best", model_digest=second, champion=first))
    assert champion() == (1, first)
    track(description(model_name="best", model_digest=third, champion=third))
    assert champion() == (3, third)
    # The best one is not logged yet: it takes the alias itself when it is.
    track(description(model_name="best", model_digest="4" * 64, champion="5" * 64))
    assert champion() == (3, third)


def test_lock_and_card_lie_beside_the_model_and_the_card_describes_its_version(
    track: Track, client: Any, tmp_path: Path
) -> None:
    files = {}
    for name, text in (
        ("artifact:adapter_model.safetensors", "weights"),
        ("artifact:tokenizer.json", "{}"),
        ("beside:environment.txt", "torch==1"),
        ("beside:model_card.md", "# A card\n" + "é" * 6000),
    ):
        files[name] = tmp_path / name.rpartition(":")[2]
        files[name].write_text(text, "utf-8")

    run_id = track(description(model_name="described"), files)["tracking_run"]

    beside = {file.path for file in client.list_artifacts(run_id)}
    assert beside == {"environment.txt", "model", "model_card.md", "run.json"}
    assert [file.path for file in client.list_artifacts(run_id, "model")] == [
        "model/adapter_model.safetensors",
        "model/tokenizer.json",
    ]
    described = client.get_model_version("described", "1").description
    assert described.startswith("# A card")
    assert len(described) == 5000
    assert described.endswith("the rest is in the run's model_card.md\n")


def test_a_run_without_a_model_registers_none(track: Track, client: Any) -> None:
    result = track(description(kind="compare", model_name="compared", model_digest=None))

    assert result["model_version"] is None
    assert client.search_model_versions("name = 'compared'") == []


def test_logging_again_changes_nothing(track: Track, client: Any) -> None:
    run = description(model_name="again")

    first, second = track(run), track(run)

    assert first == second
    assert len(runs_of(client, run, first)) == 1
    assert len(client.search_model_versions("name = 'again'")) == 1


@pytest.mark.parametrize("stage", [*CALLS, "set_terminated"])
def test_a_logging_that_was_cut_off_is_completed(
    track: Track, client: Any, monkeypatch: pytest.MonkeyPatch, stage: str
) -> None:
    run = description(model_name=f"cut-{stage}")
    original = getattr(mlflow.MlflowClient, stage)

    def cut(*arguments: Any, **named: Any) -> None:
        if stage != "set_terminated":
            original(*arguments, **named)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(mlflow.MlflowClient, stage, cut)
        with pytest.raises(KeyboardInterrupt):
            track(run)
    result = track(run)

    [logged] = runs_of(client, run, result)
    assert logged.info.status == "FINISHED"
    assert len(client.get_metric_history(result["tracking_run"], "training_loss")) == 3
    assert len(logged.inputs.dataset_inputs) == 2
    assert len(logged.outputs.model_outputs) == 1
    where = f"source_run_id = '{result['tracking_run']}'"
    assert len(client.search_logged_models([result["experiment"]], filter_string=where)) == 1
    assert len(client.search_model_versions(f"name = '{run['model_name']}'")) == 1


def test_a_run_made_twice_is_reduced_to_one(track: Track, client: Any) -> None:
    run = description()
    experiment = client.get_experiment_by_name("first").experiment_id
    for _ in range(2):
        client.create_run(experiment, tags={"workbench.run": run["id"]})

    result = track(run)

    assert [logged.info.run_id for logged in runs_of(client, run, result)] == [
        result["tracking_run"]
    ]


def test_a_deleted_experiment_is_a_clear_error(track: Track, client: Any) -> None:
    client.delete_experiment(client.create_experiment("deleted"))

    with pytest.raises(TrackingUnavailableError, match="was deleted") as raised:
        track(description(), experiment="deleted")

    assert "mlflow experiments restore" in raised.value.next_step


@pytest.mark.parametrize("name", ["adapter", "artifact:", "artifact:..", "beside:a/b"])
def test_an_artifact_whose_name_is_no_file_name_is_refused(
    track: Track, tmp_path: Path, name: str
) -> None:
    (tmp_path / "blob").write_bytes(b"x")

    with pytest.raises(InvalidInputError, match="names no file"):
        track(description(), {name: tmp_path / "blob"})


@pytest.mark.parametrize(
    "uri", ["http://127.0.0.1:9", "nonsense", "sqlite:////proc/none/mlflow.db"]
)
def test_an_unreachable_mlflow_is_said_within_seconds(track: Track, uri: str) -> None:
    start = time.monotonic()

    with pytest.raises(TrackingUnavailableError, match="does not answer") as raised:
        track(description(), uri=uri)

    assert time.monotonic() - start < 10
    assert raised.value.facts["uri"] == uri


def test_a_file_that_is_no_database_is_a_clear_error(track: Track, tmp_path: Path) -> None:
    (tmp_path / "mlflow.db").write_text("no database " * 1000)

    with pytest.raises(TrackingUnavailableError, match="not a database"):
        track(description(), uri=f"sqlite:///{tmp_path / 'mlflow.db'}")


def test_a_password_is_not_shown(track: Track) -> None:
    with pytest.raises(TrackingUnavailableError) as raised:
        track(description(), uri="http://ana:secret@127.0.0.1:9/path")

    assert "secret" not in json.dumps(raised.value.to_problem())


def test_the_default_experiment_does_not_store_where_the_server_was_started(
    client: Any, root: Path
) -> None:
    location = client.get_experiment("0").artifact_location

    assert location == f"{(root / 'mlflow' / 'artifacts').as_uri()}/0"


def test_setting_up_again_finds_what_is_there(root: Path, tmp_path: Path) -> None:
    spec = JobSpec("track-setup", parameters=parameters(root, "first"))
    context = JobContext(spec, {}, tmp_path, tmp_path, lambda _: None, lambda: False)

    assert setup.run(context) == setup.run(context)


def runs_of(client: Any, run: dict[str, Any], result: dict[str, Any]) -> list[Any]:
    where = f"tags.`workbench.run` = '{run['id']}'"
    return list(client.search_runs([result["experiment"]], filter_string=where))
