"""A run done again is identical, equal within tolerance, or different: and says in what."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.integration.workflows.conftest import Lab, make_rows
from workbench.core.canonical import canonical_bytes
from workbench.core.envelope import Envelope
from workbench.core.errors import CorruptHomeError, NotFoundError
from workbench.core.jobs import JobSpec
from workbench.core.settings import Settings
from workbench.core.wire import (
    CompareRequest,
    ReproduceRequest,
    ReproductionView,
    TrainRequest,
    ValueRequest,
)
from workbench.registry.reproduction import N_SAMPLED
from workbench.server.app import create_app
from workbench.storage import writer
from workbench.storage.queries import QUERIES, Query
from workbench.workflows import compare, reproduce, train, value
from workbench.workflows.home import Home

Edit = Callable[..., None]
N_OWNERS = 5


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """An open home whose task has five owners."""
    folder = tmp_path_factory.mktemp("clouds")
    settings = Settings(
        home=folder / "home", cache_dir=folder / "cache", keys_dir=folder / "keys",
        tracking_uri="http://127.0.0.1:9", n_workers=1,
    )  # fmt: skip
    lab = Lab(Home.open(settings))
    lab.open_task()
    lab.contribute_all()
    lab.contribute("zoe", make_rows(30, 7))
    yield lab
    lab.home.close()


@pytest.fixture(scope="module")
def run(lab: Lab) -> str:
    """A fine-tune on all owners."""
    return trained(lab)


@pytest.fixture(scope="module")
def study(lab: Lab) -> str:
    """An exact study of all owners."""
    return valued(lab)


@pytest.fixture
def edit(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> Iterator[Edit]:
    """Return a function that changes a recorded row, as nobody may; it is mended after."""
    undo: list[tuple[str, dict[str, Any], dict[str, Any]]] = []

    def execute(sql: str, parameters: dict[str, Any], *, has_rows: bool) -> list[dict[str, Any]]:
        tamper = Query("tamper", sql, has_rows=has_rows, has_effects=not has_rows)
        with monkeypatch.context() as patch:
            patch.setattr(writer, "QUERIES", {**QUERIES, "tamper": tamper})
            return lab.home.database.write(lambda tx: tx.execute("tamper", parameters))

    def update(table: str, key: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
        where = " and ".join(f"{name} = $key_{name}" for name in key)
        keys = {f"key_{name}": value for name, value in key.items()}
        names, new = ", ".join(changes), ", ".join(f"{name} = ${name}" for name in changes)
        [old] = execute(f"select {names} from store.{table} where {where}", keys, has_rows=True)
        execute(f"update store.{table} set {new} where {where}", keys | changes, has_rows=False)
        return old

    def change(table: str, key: dict[str, Any], **changes: Any) -> None:
        old = update(table, key, changes)
        undo.append((table, {name: changes.get(name, key[name]) for name in key}, old))

    yield change
    for table, key, old in reversed(undo):
        update(table, key, old)


def trained(lab: Lab) -> str:
    return str(lab.wait(train.start(lab.home, "clouds", TrainRequest()))["run"])


def valued(lab: Lab, **request: Any) -> str:
    job = value.start(lab.home, "clouds", ValueRequest(**request))
    return str(lab.wait(job)["study"])


def reproduced(lab: Lab, run: str, **request: Any) -> ReproductionView:
    job = reproduce.start(lab.home, run, ReproduceRequest(**request))
    return ReproductionView.model_validate(lab.wait(job))


def recorded(lab: Lab, run: str, column: str) -> Any:
    [row] = lab.home.database.read("run_by_id", {"id": run})
    return json.loads(row[column])


def as_text(value: Any) -> str:
    return canonical_bytes(value).decode()


def first(view: ReproductionView) -> tuple[str, Any, Any]:
    assert view.first_difference is not None
    found = view.first_difference
    return found.name, found.recorded, found.found


class TestFineTune:
    """The same job in the same environment makes the same model."""

    def test_on_the_same_machine_it_is_identical_and_signed(self, lab: Lab, run: str) -> None:
        [before] = lab.home.database.read("last_record")
        found = reproduced(lab, run)
        assert (found.outcome, found.first_difference) == ("identical", None)
        assert found.fingerprint_differences == []
        assert found.environment == lab.home.environment
        assert found.head == before["head"]
        row = lab.home.database.read("reproductions", {"run": run})[-1]
        envelope = Envelope.from_json(json.loads(row["envelope"])).verify(kind="reproduction")
        assert envelope.author == lab.home.key.public_hex == found.author
        assert envelope.content_id == found.record

    def test_the_run_shows_every_reproduction_and_changes_in_nothing_else(
        self, lab: Lab, run: str
    ) -> None:
        before = train.get_run(lab.home, run)
        records = [reproduced(lab, run).record, reproduced(lab, run).record]
        assert len(set(records)) == 2
        after = train.get_run(lab.home, run[:10])
        assert [one.record for one in after.reproductions[-2:]] == records
        assert after == before.model_copy(update={"reproductions": after.reproductions})
        assert after in train.list_runs(lab.home, "clouds")
        assert reproduce.list_of_run(lab.home, run) == after.reproductions

    def test_in_another_environment_it_is_equal_within_tolerance(
        self, lab: Lab, run: str, edit: Edit
    ) -> None:
        spec = recorded(lab, run, "spec")
        spec["environment"] |= {"numpy": "1.0.0", "cpu": "another"}
        there = JobSpec.from_json(spec).id
        edit("run", {"id": run}, id=there, spec=as_text(spec))
        found = reproduced(lab, there)
        assert (found.outcome, found.first_difference) == ("equal within tolerance", None)
        named = {one.name: (one.recorded, one.found) for one in found.fingerprint_differences}
        assert named == {
            "numpy": ("1.0.0", lab.home.environment["numpy"]),
            "cpu": ("another", lab.home.environment["cpu"]),
        }

    def test_a_training_in_another_dtype_is_another_environment(
        self, lab: Lab, run: str, edit: Edit
    ) -> None:
        details = recorded(lab, run, "details")
        details["fingerprint"]["dtype"] = "bfloat16"
        edit("run", {"id": run}, details=as_text(details), model="0" * 64)
        found = reproduced(lab, run)
        assert found.outcome == "equal within tolerance"
        assert first(found)[0] == "model"
        assert [one.name for one in found.fingerprint_differences] == ["dtype"]

    def test_a_changed_metric_is_named(self, lab: Lab, run: str, edit: Edit) -> None:
        metrics = recorded(lab, run, "metrics")
        changed = metrics | {"loss": metrics["loss"] - 0.01}
        edit("run", {"id": run}, metrics=as_text(changed))
        found = reproduced(lab, run)
        assert found.outcome == "different"
        assert first(found) == ("loss", changed["loss"], metrics["loss"])
        wider = reproduced(lab, run, tolerance=0.1)
        assert wider.outcome == "equal within tolerance"
        assert first(wider) == first(found)

    def test_another_model_digest_in_the_same_environment_is_named(
        self, lab: Lab, run: str, edit: Edit
    ) -> None:
        model = train.get_run(lab.home, run).model
        edit("run", {"id": run}, model="0" * 64)
        found = reproduced(lab, run)
        assert found.outcome == "different"
        assert first(found) == ("model", "0" * 64, model)

    def test_a_job_that_is_not_the_one_of_the_id_is_refused(
        self, lab: Lab, run: str, edit: Edit
    ) -> None:
        spec = recorded(lab, run, "spec") | {"seed": "1"}
        edit("run", {"id": run}, spec=as_text(spec))
        with pytest.raises(CorruptHomeError, match="is another one"):
            reproduce.start(lab.home, run, ReproduceRequest())

    def test_inputs_that_are_gone_are_named(self, lab: Lab, run: str) -> None:
        digest = recorded(lab, run, "spec")["inputs"]["rows:ana:0"]
        rows = lab.home.blobs.read(digest)
        lab.home.blobs.path(digest).unlink()
        with pytest.raises(NotFoundError, match=r"1 are gone: rows:ana:0") as caught:
            reproduce.start(lab.home, run, ReproduceRequest())
        assert caught.value.facts["inputs"] == {"rows:ana:0": digest}
        assert "backup" in caught.value.next_step
        lab.home.blobs.put([rows])
        assert reproduced(lab, run).outcome == "identical"

    def test_an_input_whose_bytes_changed_is_refused(self, lab: Lab, run: str) -> None:
        path = lab.home.blobs.path(recorded(lab, run, "spec")["inputs"]["test"])
        rows = path.read_bytes()
        path.chmod(0o600)
        path.write_bytes(make_rows(64, 98))
        with pytest.raises(CorruptHomeError, match="not what their digests say: test"):
            reproduce.start(lab.home, run, ReproduceRequest())
        path.write_bytes(rows)


def test_a_comparison_is_identical_and_a_changed_interval_is_named(
    lab: Lab, run: str, edit: Edit
) -> None:
    model = str(train.get_run(lab.home, run).model)
    asked = CompareRequest(models=["base", model])
    compared = lab.wait(compare.start(lab.home, "clouds", asked))["run"]
    assert reproduced(lab, compared).outcome == "identical"
    details = recorded(lab, compared, "details")
    details["rows"][1]["low"] -= 0.5
    edit("run", {"id": compared}, details=as_text(details))
    found = reproduced(lab, compared)
    assert found.outcome == "different"
    assert first(found)[0] == f"low of {model[:12]}"


@pytest.mark.parametrize(
    ("part", "place", "key", "named"),
    [
        ("scores", -1, "p", "p of {model} macro-f1"),
        ("slices", 0, "score", "score of base log-loss class high"),
        ("disagreements", 0, "item", "disagreements"),
    ],
)
def test_every_part_of_a_comparison_is_compared(
    lab: Lab, run: str, edit: Edit, part: str, place: int, key: str, named: str
) -> None:
    model = str(train.get_run(lab.home, run).model)
    asked = CompareRequest(models=["base", model])
    compared = lab.wait(compare.start(lab.home, "clouds", asked))["run"]
    details = recorded(lab, compared, "details")
    details[part][place][key] += 1
    edit("run", {"id": compared}, details=as_text(details))
    found = reproduced(lab, compared)
    assert found.outcome == "different"
    assert first(found)[0] == named.format(model=model[:12])


def test_a_comparison_of_language_models_is_identical_and_its_answers_count(
    speech: Lab,
) -> None:
    model = speech.wait(train.start(speech.home, "clouds", TrainRequest(size="quick")))["model"]
    asked = CompareRequest(models=["base", model])
    compared = speech.wait(compare.start(speech.home, "clouds", asked))["run"]
    found = reproduced(speech, compared)
    assert (found.outcome, found.first_difference) == ("identical", None)
    frame = speech.home.database.select(
        "select model, metric, score, low, high, difference, p, test, verdict"
        " from comparison_row where run = ? order by metric, difference is null desc",
        [compared],
    )
    rows = frame.to_pylist()
    assert [row["metric"] for row in rows] == [
        name for name in ("bits-per-byte", "loss-per-token", "perplexity") for _ in range(2)
    ]
    details = recorded(speech, compared, "details")
    for row in rows:
        [line] = [
            one for one in details["scores"]
            if (one["model"], one["metric"]) == (row["model"], row["metric"])
        ]  # fmt: skip
        assert row == {name: line[name] for name in row}
    assert {one["model"] for one in details["generations"]} == {"base", model}


class TestStudy:
    """Utilities are trained again and stored over nothing."""

    def test_the_head_of_the_log_chooses_the_sample(self, lab: Lab, study: str) -> None:
        evaluations = lab.home.database.select("select * from evaluation").to_pylist()
        n_studies = len(value.list_studies(lab.home, "clouds"))
        found, again = reproduced(lab, study), reproduced(lab, study)
        assert (found.outcome, again.outcome) == ("identical", "identical")
        assert (found.kind, found.n_compared, found.n_recorded) == (
            "valuation", N_SAMPLED, 2**N_OWNERS,
        )  # fmt: skip
        assert again.head != found.head
        assert lab.home.database.select("select * from evaluation").to_pylist() == evaluations
        assert len(value.list_studies(lab.home, "clouds")) == n_studies

    def test_all_coalitions_and_the_shares_that_follow(
        self, lab: Lab, study: str, edit: Edit
    ) -> None:
        looks = value.get_looks(lab.home, study)
        found = reproduced(lab, study, all=True)
        assert (found.outcome, found.n_compared, found.n_recorded) == ("identical", 32, 32)
        # Utilities as they were, but money is to move from ana to ben.
        for row in value.get_study(lab.home, study).values:
            if moved := {"ana": -(10**11), "ben": 10**11}.get(row.owner):
                key = {"study": study, "player": row.player}
                edit("sealed_value", key, units=int(row.units) + moved)
        assert reproduced(lab, study).outcome == "identical"
        found = reproduced(lab, study, all=True)
        assert found.outcome == "different"
        assert first(found)[0].startswith("payout share of ")
        found = reproduced(lab, study, all=True, share_tolerance=1.0)
        assert found.outcome == "equal within tolerance"
        assert value.get_looks(lab.home, study) == looks

    def test_a_changed_utility_is_named(self, lab: Lab, study: str, edit: Edit) -> None:
        rows = lab.home.database.select(
            "select game, utility from evaluation where coalition = '5'"
        ).to_pylist()
        key = {"game": rows[0]["game"], "coalition": "5"}
        edit("evaluation", key, utility=rows[0]["utility"] + 0.5)
        found = reproduced(lab, study, all=True)
        assert found.outcome == "different"
        assert first(found) == (
            "utility of coalition 5", rows[0]["utility"] + 0.5, rows[0]["utility"],
        )  # fmt: skip

    def test_in_another_environment_it_is_equal_within_tolerance(
        self, lab: Lab, study: str, edit: Edit
    ) -> None:
        spec = recorded(lab, study, "spec")
        spec["environment"]["scikit-learn"] = "0.1"
        edit("run", {"id": study}, spec=as_text(spec))
        found = reproduced(lab, study)
        assert (found.outcome, found.first_difference) == ("equal within tolerance", None)
        assert [one.name for one in found.fingerprint_differences] == ["scikit-learn"]

    def test_rows_that_are_gone_are_named(self, lab: Lab, study: str) -> None:
        [digest] = [
            one["sha256"]
            for one in recorded(lab, study, "details")["datasets"]
            if one["name"] == "eva"
        ]
        rows = lab.home.blobs.read(digest)
        lab.home.blobs.path(digest).unlink()
        with pytest.raises(NotFoundError, match=r"1 are gone: rows:eva:0"):
            reproduce.start(lab.home, study, ReproduceRequest())
        lab.home.blobs.put([rows])

    def test_rows_that_are_not_the_players_are_refused(
        self, lab: Lab, study: str, edit: Edit
    ) -> None:
        details = recorded(lab, study, "details")
        details["datasets"][0]["sha256"] = details["datasets"][1]["sha256"]
        edit("run", {"id": study}, details=as_text(details))
        with pytest.raises(CorruptHomeError, match="other rows of ana"):
            reproduce.start(lab.home, study, ReproduceRequest())


def test_what_earlier_studies_gave_is_trained_again_as_often_as_it_was(
    open_lab: Callable[[], Lab],
) -> None:
    lab = open_lab()
    lab.open_task(recipe={"utility": "ridge"})
    for seed, owner in enumerate(("ana", "ben", "eva", "zoe", "leo")):
        lab.contribute(owner, make_rows(10 + seed, seed))
    valued(lab, method="surrogate", budget=20)
    lab.contribute("new", make_rows(20, 50))
    options = {"budget": 30, "n_replicates": 2, "semivalue": "beta:4,1", "seed": 3}
    study = valued(lab, method="surrogate", **options)
    view = value.get_study(lab.home, study)
    found = reproduced(lab, study, all=True)
    assert found.outcome == "identical"
    assert view.n_given > 0
    assert view.n_evaluations < found.n_compared < 2 * view.n_evaluations


def test_a_language_model_and_its_study_are_identical(speech: Lab) -> None:
    run = trained(speech)
    assert reproduced(speech, run).outcome == "identical"
    found = reproduced(speech, valued(speech, method="exact"), all=True)
    assert (found.outcome, found.n_compared) == ("identical", 8)
    base = recorded(speech, run, "spec")["inputs"]["base"].removeprefix("model:")
    folder = speech.home.settings.models_dir / base
    away = folder.rename(folder.with_name("away"))
    with pytest.raises(NotFoundError, match=r"1 are gone: base \("):
        reproduce.start(speech.home, run, ReproduceRequest())
    away.rename(folder)


def test_a_run_that_nobody_made_is_refused(lab: Lab) -> None:
    with pytest.raises(NotFoundError, match="no run has the id 'xyz'"):
        reproduce.start(lab.home, "xyz", ReproduceRequest())


def test_the_route_answers_with_the_job_and_lists(lab: Lab, run: str) -> None:
    app = create_app(lab.home, "a-token-of-this-test")
    path = f"/runs/{run}/reproductions"
    with TestClient(app, headers={"Authorization": "Bearer a-token-of-this-test"}) as client:
        answer = client.post(path, json={"tolerance": 0.5})
        wrong = client.post(path, json={"tolerance": -1})
        lab.wait(lab.home.jobs.get(answer.json()["id"]))
        listed = client.get(path).json()
        shown = client.get(f"/runs/{run}").json()
    assert (answer.status_code, wrong.status_code) == (202, 422)
    assert answer.json()["verb"] == "reproduce"
    assert listed[-1]["tolerance"] == 0.5
    assert shown["reproductions"] == listed
