import json
from typing import Any

import pytest

from workbench.storage import news as module
from workbench.storage.news import LEDGER, SILENT, TOPICS, Change, News
from workbench.storage.queries import QUERIES


def queued(id: str) -> Change:
    return "queue_job", {"id": id, "task": "clouds", "verb": "train", "requested_by": None}


def told(job: str, **event: Any) -> Change:
    return "insert_job_event", {"job": job, "seq": 1, "event": json.dumps(event)}


def test_every_query_that_changes_rows_is_told_or_named_as_silent() -> None:
    changing = {name for name, query in QUERIES.items() if query.has_effects}
    assert set(TOPICS) | SILENT == changing
    assert not set(TOPICS) & SILENT


@pytest.mark.parametrize("name", TOPICS)
def test_topics_name_parameters_of_their_queries(name: str) -> None:
    topic = TOPICS[name]
    state = [topic.state[1:]] if topic.state.startswith("$") else []
    for parameter in [*filter(None, [topic.id]), *state, *topic.more]:
        assert f"${parameter}" in QUERIES[name].sql, parameter


def test_of_each_thing_the_newest_message_is_told_with_all_that_is_known_of_it() -> None:
    news = News()
    news.tell([queued("a"), queued("b")])
    news.tell([("start_job", {"id": "a"}), LEDGER])
    found = news.since(0)
    assert found is not None
    assert [seq for seq, _ in found] == [2, 3, 4]
    assert [message["id"] for _, message in found] == ["b", "a", ""]
    assert found[1][1] == {
        "kind": "job", "id": "a", "state": "running", "task": "clouds", "verb": "train"
    }  # fmt: skip
    assert news.since(3) == [(4, {"kind": "ledger", "id": ""})]
    assert news.since(4) == []


def test_progress_is_told_until_the_state_changes_and_other_events_are_not() -> None:
    news = News()
    news.tell([queued("a"), ("start_job", {"id": "a"})])
    before = news.last
    news.tell([told("a", type="metric", step=1, loss=2.0)])
    assert news.last == before
    news.tell([told("a", type="progress", done=1, total=9, label="rows")])
    [(_, message)] = news.since(before) or []
    assert message["progress"] == {"done": 1, "total": 9, "label": "rows"}
    assert message["state"] == "running"
    news.tell([("finish_job", {"id": "a", "state": "failed"})])
    [(_, message)] = news.since(before) or []
    assert message["state"] == "failed"
    assert "progress" not in message


def test_a_number_of_what_was_forgotten_or_never_told_is_said_to_be_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "_MOST_KEPT", 3)
    news = News()
    news.tell(queued(str(k)) for k in range(5))
    assert news.since(1) is None
    assert [seq for seq, _ in news.since(2) or []] == [3, 4, 5]
    assert news.since(6) is None


def test_listeners_are_called_after_each_change_until_they_end() -> None:
    news, calls = News(), []
    end = news.listen(lambda: calls.append(news.last))
    news.tell([queued("a")])
    news.tell([])
    end()
    news.tell([queued("b")])
    assert calls == [1]
