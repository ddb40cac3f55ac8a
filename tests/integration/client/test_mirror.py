"""A run in a bundle is done again by somebody who has nothing else, or refused with the reason."""

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from workbench.client.bench import Bench
from workbench.client.launch import stop_server
from workbench.client.progress import Silent
from workbench.client.run import Run
from workbench.client.task import Task
from workbench.client.transport import Transport
from workbench.core.canonical import canonical_bytes, sha256_hex
from workbench.core.errors import (
    ConflictError,
    CorruptBundleError,
    InvalidInputError,
    NotFoundError,
)
from workbench.core.settings import Settings

Change = Callable[[dict[str, Any]], None]


@pytest.fixture(scope="module")
def runs(bench: Bench, task: Task) -> list[str]:
    """A fine-tune, its comparison with the base, and a study."""
    run = bench.train(task)
    compared = bench.compare(run, "base")
    study = bench.value(task, method="exact")
    return [run.id, compared.view.id, study.id]


@pytest.fixture(scope="module")
def bundle(bench: Bench, runs: list[str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The three in a folder, with the hidden test."""
    folder = tmp_path_factory.mktemp("bundle") / "runs"
    bench.mirror(folder).export(*runs, hidden_test=True)
    return folder


@pytest.fixture(scope="module")
def reviewer(lab: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """Somebody with a home of their own."""
    yield from elsewhere(lab, tmp_path_factory.mktemp("reviewer"))


@pytest.fixture(scope="module")
def stranger(lab: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """Somebody else, to whose home nothing was brought."""
    yield from elsewhere(lab, tmp_path_factory.mktemp("stranger"))


def elsewhere(lab: Settings, root: Path) -> Iterator[Bench]:
    """Give a bench on a new home of the same machine."""
    settings = replace(lab, home=root / "home", cache_dir=root / "cache", keys_dir=root / "keys")
    with Transport(settings) as transport:
        yield Bench(transport, settings.keys_dir, "eva", settings=settings, make_display=Silent)
    stop_server(settings)


def changed(bundle: Path, folder: Path, run: str, change: Change) -> Path:
    """Return a copy of a bundle of one run, whose entry somebody changed and hashed again."""
    shutil.copytree(bundle, folder)
    path = folder / "runs" / f"{run}.json"
    entry = json.loads(path.read_bytes())
    change(entry)
    path.write_bytes(canonical_bytes(entry))
    index = {"format": 1, "runs": {run: sha256_hex(path.read_bytes())}}
    (folder / "bundle.json").write_bytes(canonical_bytes(index))
    return folder


def test_a_bundle_is_all_that_a_reviewer_needs(
    bench: Bench, reviewer: Bench, bundle: Path, runs: list[str]
) -> None:
    mirror = reviewer.mirror(bundle).check()
    assert set(mirror.frame["run"]) == set(runs)
    assert set(mirror.frame["withheld"]) == {""}
    imported = mirror.import_()
    assert {run.id for run in imported} == set(runs)
    for run in imported:
        assert run.view.origin is not None
        assert run.metrics == bench.run(run.id).metrics
        assert reviewer.reproduce(run.id, all=True).outcome == "identical"
    again = reviewer.recompute(runs[2])
    assert again.is_same
    assert list(again.frame["step"]) == ["signed records", "utilities", "values", "sealed units"]
    assert bench.run(runs[0]).view.origin is None


def test_what_is_here_already_stays_as_it_is(bench: Bench, reviewer: Bench, bundle: Path) -> None:
    first = {run.id: run.view for run in reviewer.mirror(bundle).import_()}
    again = {run.id: run.view for run in reviewer.mirror(bundle).import_()}
    assert first == again
    # Brought home, the runs are still this home's own.
    assert all(run.view.origin is None for run in bench.mirror(bundle).import_())


def test_equal_runs_are_equal_bytes_and_only_what_is_new_is_written(
    bench: Bench, runs: list[str], tmp_path: Path
) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    bench.mirror(one).export(*runs)
    bench.mirror(other).export(runs[0])
    before = {path: path.stat().st_ino for path in other.rglob("blobs/*/*")}
    bench.mirror(other).export(*runs[1:])
    after = {path: path.stat().st_ino for path in other.rglob("blobs/*/*")}
    assert before.items() <= after.items()
    bytes_of = [
        {path.relative_to(root): path.read_bytes() for path in root.rglob("*") if path.is_file()}
        for root in (one, other)
    ]
    assert bytes_of[0] == bytes_of[1]


def test_the_hidden_test_stays_at_home_unless_it_is_asked_for(
    bench: Bench, stranger: Bench, runs: list[str], tmp_path: Path
) -> None:
    folder = tmp_path / "public"
    mirror = bench.mirror(folder).export(runs[0])
    assert set(mirror.frame["withheld"]) == {"test"}
    [entry] = [json.loads(path.read_bytes()) for path in folder.glob("runs/*.json")]
    hidden = entry["withheld"]["test"]
    assert not (folder / "blobs" / hidden[:2] / hidden[2:]).exists()
    with pytest.raises(NotFoundError, match="has no file"):
        bench.api.connection.request("GET", f"/runs/{runs[0]}/bundle/{hidden}")
    [run] = stranger.mirror(folder).import_()
    with pytest.raises(NotFoundError, match="1 are gone: test"):
        stranger.reproduce(run)


def _other_metric(entry: dict[str, Any]) -> None:
    entry["run"]["spec"]["parameters"]["metric"] = "accuracy"


def _other_rules(entry: dict[str, Any]) -> None:
    entry["task"]["spec"]["title"] = "Three clouds"


def _forged_record(entry: dict[str, Any]) -> None:
    entry["records"][-1]["body"]["owner"] = "mallory"


def _nobody_consented(entry: dict[str, Any]) -> None:
    entry["records"] = [one for one in entry["records"] if one["kind"] != "contribution"]


def _other_model(entry: dict[str, Any]) -> None:
    entry["version"]["artifacts"] = {"model.safetensors": "0" * 64}


def _input_left_out(entry: dict[str, Any]) -> None:
    del entry["blobs"][entry["run"]["spec"]["inputs"]["test"]]


def _newer_format(entry: dict[str, Any]) -> None:
    entry["format"] = 2


def _a_part_left_out(entry: dict[str, Any]) -> None:
    del entry["run"]["spec"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (_other_metric, "the job of the run"),
        (_other_rules, "not those its sponsor signed"),
        (_forged_record, "does not verify"),
        (_nobody_consented, "nobody signed for the rows"),
        (_other_model, "is none of its files"),
        (_input_left_out, "nothing of the run's input test"),
        (_newer_format, "no entry of format 1"),
        (_a_part_left_out, "not what it must be"),
    ],
)
def test_a_changed_fine_tune_is_refused(
    reviewer: Bench, bundle: Path, runs: list[str], tmp_path: Path, change: Change, said: str
) -> None:
    folder = changed(bundle, tmp_path / "bad", runs[0], change)
    with pytest.raises(CorruptBundleError, match=said) as caught:
        reviewer.mirror(folder).import_()
    assert caught.value.next_step


def _other_utility(entry: dict[str, Any]) -> None:
    entry["study"]["evaluations"][0]["utility"] += 0.5


def _other_evidence(entry: dict[str, Any]) -> None:
    entry["study"]["evidence"][0]["utility"] += 0.5


def _richer_owner(entry: dict[str, Any]) -> None:
    entry["study"]["values"][0]["units"] = "999999"


def _other_game(entry: dict[str, Any]) -> None:
    entry["study"]["game"]["spec"]["metric"] = "accuracy"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (_other_utility, "evaluations are not those"),
        (_other_evidence, "not those it was sealed on"),
        (_richer_owner, "not those that were sealed"),
        (_other_game, "the game of the study is another"),
    ],
)
def test_a_changed_study_is_refused_and_leaves_nothing(
    stranger: Bench, bundle: Path, runs: list[str], tmp_path: Path, change: Change, said: str
) -> None:
    folder = changed(bundle, tmp_path / "bad", runs[2], change)
    before = stranger.sql("select content_id from record").size
    with pytest.raises(CorruptBundleError, match=said):
        stranger.mirror(folder).import_()
    assert stranger.sql("select content_id from record").size == before
    assert stranger.sql("select id from study").empty


def test_damaged_files_are_named(reviewer: Bench, bundle: Path, tmp_path: Path) -> None:
    folder = tmp_path / "bad"
    shutil.copytree(bundle, folder)
    victim = sorted(folder.rglob("blobs/*/*"))[0]
    victim.write_bytes(victim.read_bytes() + b"x")
    with pytest.raises(CorruptBundleError, match="not what its name says"):
        reviewer.mirror(folder).check()
    victim.unlink()
    with pytest.raises(CorruptBundleError, match="lacks the file"):
        reviewer.mirror(folder).import_()
    entry = next(folder.glob("runs/*.json"))
    entry.write_bytes(entry.read_bytes().replace(b'"format":1', b'"format":3'))
    with pytest.raises(CorruptBundleError, match=r"not the file that bundle\.json names"):
        reviewer.mirror(folder).check()


def test_other_rules_of_a_task_of_the_same_name_are_a_conflict(
    lab: Settings, bundle: Path, tmp_path: Path
) -> None:
    settings = replace(lab, home=tmp_path / "home", keys_dir=tmp_path / "keys")
    with Transport(settings) as transport:
        eva = Bench(transport, settings.keys_dir, "eva", settings=settings, make_display=Silent)
        eva.open_task(
            "clouds", title="Mine", kind="tabular-classification", licenses=["CC0-1.0"],
            test=[{"features": [0.5, 1.5], "label": "low"}], classes=["low", "high"],
            n_features=2, sign=True,
        )  # fmt: skip
        with pytest.raises(ConflictError, match="other rules"):
            eva.mirror(bundle).import_()
    stop_server(settings)


def test_a_folder_that_is_no_bundle_is_left_alone(
    bench: Bench, runs: list[str], tmp_path: Path
) -> None:
    (tmp_path / "letters.txt").write_text("mine")
    with pytest.raises(InvalidInputError, match="holds no bundle"):
        bench.mirror(tmp_path).export(runs[0])
    with pytest.raises(NotFoundError, match="holds no bundle"):
        bench.mirror(tmp_path / "nowhere").check()
    assert [path.name for path in tmp_path.iterdir()] == ["letters.txt"]
    (tmp_path / "bundle.json").write_text('{"format": 1, "runs": {"../../etc": "0"}}')
    with pytest.raises(CorruptBundleError, match="names a run"):
        bench.mirror(tmp_path).check()


def test_a_run_knows_how_it_is_shown(reviewer: Bench, bundle: Path) -> None:
    assert "stays at home" in repr(reviewer.mirror(bundle))
    assert all(isinstance(run, Run) for run in reviewer.mirror(bundle).import_())
