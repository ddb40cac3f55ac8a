"""From a notebook: contribute, train, compare, value, pay, on a real server."""

from pathlib import Path

import datasets
import pytest

from workbench.client.bench import Bench
from workbench.client.task import Task
from workbench.core.errors import (
    ForbiddenError,
    InsufficientFundsError,
    InvalidInputError,
    NotFoundError,
    QueryRefusedError,
    WorkbenchError,
)

LICENSE = "CC-BY-4.0"


def test_contributions_are_a_frame(task: Task) -> None:
    frame = task.contributions()
    assert list(frame["owner"]) == ["ana", "ben", "noise"]
    assert set(frame["state"]) == {"accepted"}
    assert task.view.n_rows == 84


def test_a_dataset_and_a_file_are_taken_as_drafts(
    bench: Bench, task: Task, rows_file: Path
) -> None:
    rows = {"f0": [0.25, 1.5], "f1": [0.5, 2.5], "label": ["low", "high"]}
    from_dataset = task.contribute(datasets.Dataset.from_dict(rows), license=LICENSE)
    from_file = task.contribute(rows_file, license=LICENSE)
    assert (from_dataset.state, from_dataset.n_rows) == ("draft", 2)
    assert (from_file.view.file_name, from_file.n_rows) == ("rows.jsonl", 6)
    assert bench.contribution(from_file.id).refresh().state == "draft"


def test_a_misspelt_task_finds_the_nearest(bench: Bench, task: Task) -> None:
    with pytest.raises(NotFoundError) as caught:
        bench.task(task.id.replace("ou", "uo"))
    assert caught.value.facts["nearest"] == ["clouds"]


def test_a_task_of_another_kind_of_address_is_just_unknown(bench: Bench) -> None:
    with pytest.raises(NotFoundError):
        bench.task("../doctor")


@pytest.mark.parametrize(
    ("name", "content", "found"),
    [
        ("rows.csv", b"\x89PNG\r\n\x1a\n", "PNG"),
        ("rows.csv", b"f0,f1,label\n\xff\xfe,2,low\n", "UTF-8"),
        ("rows.csv", b"f0,f1,label\n1\x00,2,low\n", "NUL"),
        ("rows.csv", b"a,b,c\n1,2,low\n", "label"),
        ("rows.exe", b"f0,f1,label\n1,2,low\n", "exe"),
    ],
)
def test_a_file_that_is_not_rows_is_refused_and_leaves_nothing(
    task: Task, tmp_path: Path, name: str, content: bytes, found: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    before = len(task.contributions())
    with pytest.raises(InvalidInputError, match=found) as caught:
        task.contribute(path, license=LICENSE)
    assert caught.value.wanted
    assert caught.value.next_step
    assert len(task.contributions()) == before


def test_a_licence_that_is_none_is_said_at_once(task: Task, rows_file: Path) -> None:
    draft = task.contribute(rows_file, license="do what you like")
    assert "license" in set(draft.findings["gate"])
    assert "refused" in set(draft.findings["outcome"])


def test_the_same_bytes_are_not_taken_twice(bench: Bench, task: Task, rows_file: Path) -> None:
    person = bench.as_("carla").task(task.id)
    first = person.contribute(rows_file, license=LICENSE, sign=True)
    with pytest.raises(WorkbenchError, match="by carla before") as caught:
        bench.as_("ana").task(task.id).contribute(rows_file, license=LICENSE)
    assert caught.value.facts["contribution"] == first.id
    assert first.submit(sign=True).state == "accepted"


def test_nobody_signs_for_another_owner(bench: Bench, task: Task) -> None:
    rows = [{"f0": 9.5, "f1": 9.5, "label": "high"}]
    draft = bench.as_("ben").task(task.id).contribute(rows, license=LICENSE, owner="ana")
    with pytest.raises(ForbiddenError, match="signs for 'ben'"):
        draft.submit(sign=True)


def test_sql_reads_the_records_and_nothing_else(bench: Bench, task: Task) -> None:
    frame = bench.sql(
        "select owner, n_rows from contribution where task = ? and state = ? order by n_rows desc",
        [task.id, "accepted"],
    )
    assert frame.iloc[0].to_dict() == {"owner": "ana", "n_rows": 40}
    for statement in ("delete from contribution", "select * from read_csv('/etc/passwd')"):
        with pytest.raises(QueryRefusedError):
            bench.sql(statement)


def test_a_budget_of_nothing_is_refused_before_anything_starts(bench: Bench, task: Task) -> None:
    n_jobs = len(bench.jobs())
    with pytest.raises(InvalidInputError, match="budget of 0"):
        bench.value(task, budget=0)
    assert len(bench.jobs()) == n_jobs


def test_the_whole_way_from_training_to_payment(bench: Bench, task: Task) -> None:
    run = bench.train(task)
    assert run.model
    assert bench.train(task).id == run.id
    found = bench.compare([run, "base"], on=task)
    assert found.models == [run.model, "base"]
    assert found.verdict.startswith(f"{str(run.model)[:12]} is better than base by ")
    assert set(found.frame["metric"]) == {"log-loss", "accuracy", "macro-f1"}
    assert set(found.slices["value"]) == {"low", "high"}
    assert found.leaderboard.iloc[0]["champion"]
    assert found.generations.empty
    assert len(found.plot().containers) == 1
    published = bench.sql("select metric, p from comparison_row where run = ?", [found.id])
    assert published["p"].notna().sum() == 3
    assert bench.reproduce(found.id).view.outcome == "identical"

    study = bench.value(task)
    assert study.view.state == "sealed"
    values = study.values.set_index("owner")["value"]
    assert values["ana"] > values["noise"]
    assert bench.job(str(bench.jobs()["id"].iloc[-1])[:12]).wait().state == "done"

    with pytest.raises(InsufficientFundsError):
        bench.pay(study, sign=True)
    assert task.fund("10", sign=True, nonce="1").pool == 10_000_000
    assert task.fund("10", sign=True, nonce="1").pool == 10_000_000
    epoch = bench.pay(study, sign=True)
    assert epoch.adds_up
    assert epoch.pool == 10_000_000
    assert bench.pay(study, sign=True).id == epoch.id
    assert sum(task.leaderboard().frame["amount"]) == epoch.paid
    assert task.refresh().pool == 0

    paid = bench.sql("select owner, amount from payout where epoch = ?", [epoch.id])
    assert dict(zip(paid["owner"], paid["amount"], strict=True)) == {
        row.owner: int(row.amount) for row in epoch.payouts
    }
    assert all(path.is_file() for path in bench.publish())


def test_only_the_sponsor_spends(bench: Bench, task: Task) -> None:
    with pytest.raises(ForbiddenError, match="only sponsor funds"):
        bench.as_("ana").task(task.id).fund("1", sign=True)


def test_doctor_sees_both_sides(bench: Bench) -> None:
    found = {check.name: check.state for check in bench.doctor().checks}
    assert found["server"] == found["database"] == found["token"] == "ok"
