"""Contributing as a job: gate by gate, cancelled, repeated, refused; and what comes of it."""

import json
from typing import Any

import pytest

from workbench.client.bench import Bench
from workbench.client.task import Task
from workbench.core.errors import (
    DuplicateError,
    InvalidInputError,
    InvalidMoveError,
    NotFoundError,
    UnsupportedFormatError,
)
from workbench.core.wire import DraftRequest, JobView
from workbench.intake.gates import GATES

LICENSE = "CC-BY-SA-4.0"


def of_verb(bench: Bench, verb: str) -> list[Any]:
    frame = bench.jobs()
    return list(frame[frame["verb"] == verb]["id"])


@pytest.fixture(scope="module")
def words(bench: Bench) -> Task:
    return bench.open_task(
        "words", title="Noun or verb?", kind="text-classification",
        test=[{"text": "calli", "label": "noun"}, {"text": "nehnemi", "label": "verb"}],
        licenses=[LICENSE, "CC-BY-NC-SA-4.0"], classes=["noun", "verb"], sign=True,
    )  # fmt: skip


def rows_of(*texts: str) -> list[dict[str, str]]:
    labels = ["noun", "verb"]
    return [{"text": text, "label": labels[k % 2], "source": ""} for k, text in enumerate(texts)]


def test_a_draft_is_a_job_that_tells_of_every_gate(bench: Bench, words: Task) -> None:
    person = bench.as_("ana").task("words")
    draft = person.contribute(rows_of("tepetl", "atl"), license=LICENSE)
    assert list(draft.gates["gate"]) == list(GATES)
    assert "Seconds by gate: " in repr(draft)
    [job] = of_verb(bench, "contribute")
    told = [event for event in bench.job(job).events() if event["type"] == "gate"]
    assert [event["gate"] for event in told if event["state"] == "finished"] == list(GATES)
    # The same again is the same job, done again: the task may have changed.
    again = person.contribute(rows_of("tepetl", "atl"), license=LICENSE)
    assert again.id == draft.id
    assert of_verb(bench, "contribute") == [job]
    assert list(again.gates["gate"]) == list(GATES)

    with pytest.raises(InvalidMoveError, match="the contribution is draft"):
        draft.croissant()
    with pytest.raises(NotFoundError, match="no contribution to words is accepted"):
        words.croissant()
    given = draft.submit(sign=True)
    assert (given.state, list(given.gates["gate"])) == ("accepted", list(GATES))
    assert draft.submit(sign=True).state == "accepted"
    assert len(of_verb(bench, "submit")) == 1
    with pytest.raises(DuplicateError) as caught:
        person.contribute(rows_of("tepetl", "atl"), license=LICENSE)
    assert caught.value.facts["contribution"] == draft.id


def test_what_is_refused_arrives_as_it_was_raised(bench: Bench, words: Task, tmp_path: Any) -> None:
    person = bench.as_("ben").task(words.id)
    file = tmp_path / "rows.csv"
    file.write_bytes(b"text,label\na\xff,noun\n")
    for _ in range(2):
        with pytest.raises(InvalidInputError) as caught:
            person.contribute(file, license=LICENSE)
        assert caught.value.facts["reason"] == "bad-utf8"
        assert caught.value.wanted
        assert bench.job(caught.value.facts["job"]).state == "failed"
    file.write_bytes(b"PK\x03\x04 no table")
    with pytest.raises(UnsupportedFormatError):
        person.contribute(file, license=LICENSE)


def test_accepted_data_are_described(bench: Bench, words: Task) -> None:
    given = bench.as_("eva").task("words").contribute(
        rows_of("xochitl"), license="CC-BY-NC-SA-4.0", sign=True
    )  # fmt: skip
    one, both = given.croissant(), words.croissant()
    assert one["conformsTo"] == "http://mlcommons.org/croissant/1.0"
    assert one["distribution"][0]["sha256"] == given.view.rows_sha256
    assert one["license"] == "https://spdx.org/licenses/CC-BY-NC-SA-4.0.html"
    assert [maker["name"] for maker in both["creator"]] == ["ana", "eva"]
    assert json.dumps(bench.contribution(given.id).croissant()) == json.dumps(one)


def test_a_model_comes_under_the_licences_of_its_data(bench: Bench, words: Task) -> None:
    run = bench.train(words, owners=["ana"])
    assert run.view.details["licence"]["expression"] == LICENSE
    assert f"{LICENSE}: share alike" in bench.card(run).text
    both = bench.train(words)
    assert both.view.details["licence"]["clashes"] == [["CC-BY-NC-SA-4.0", LICENSE]]
    assert "No licence fits" in bench.card(both).text


def test_no_task_takes_data_that_may_not_be_adapted(bench: Bench) -> None:
    with pytest.raises(InvalidInputError, match="allows no adaptations"):
        bench.open_task(
            "still", title="T", kind="text-classification", test=rows_of("a", "b"),
            licenses=["CC-BY-ND-4.0"], classes=["noun", "verb"], sign=True,
        )  # fmt: skip


def test_a_person_who_waits_for_the_gates_comes_before_long_work(bench: Bench, words: Task) -> None:
    person = bench.as_("ana").task(words.id)
    draft = person.contribute(rows_of("tlalli", "cochi"), license=LICENSE)
    # Whoever is in no hurry may say so.
    mine = person._bench.api
    body = DraftRequest(
        file_sha256=draft.view.file_sha256, file_name="again.jsonl", license=LICENSE, owner="ana"
    )
    job = mine.post(JobView, "tasks", words.id, "contributions", body=body, priority="low")
    assert job.priority == "low"
    bench.job(job.id).wait()
    draft.submit(sign=True)
    frame = bench.jobs()
    frame = frame[frame["verb"].isin(["contribute", "submit"]) & (frame["id"] != job.id)]
    assert set(frame["priority"]) == {"high"}
