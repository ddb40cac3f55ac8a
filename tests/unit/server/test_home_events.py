import asyncio
import json
from typing import Any

import pytest

import workbench
from workbench.core.roles import MACHINE, Caller
from workbench.server.activity import Activity
from workbench.server.home_events import stream
from workbench.storage.news import Change, News

ANA = Caller("ana", "0" * 64, ("contributor",), "ana")


def queued(id: str) -> Change:
    return "queue_job", {"id": id, "task": None, "verb": "train"}


def ids(text: bytes) -> str:
    return next(line[4:] for line in text.decode().splitlines() if line.startswith("id: "))


def parsed(text: bytes) -> dict[str, Any]:
    line = next(line[6:] for line in text.decode().splitlines() if line.startswith("data: "))
    found: dict[str, Any] = json.loads(line)
    return found


def run(steps: Any) -> None:
    async def bounded() -> None:
        await asyncio.wait_for(steps(), 30)

    asyncio.run(bounded())


def test_a_page_is_told_of_what_changes_and_goes_on_where_it_was() -> None:
    news = News()
    news.tell([queued("before")])

    async def steps() -> None:
        lines = stream(news, None, MACHINE, Activity())
        first = await anext(lines)
        assert parsed(first) == {
            "kind": "stream", "id": "", "state": "new", "version": workbench.__version__
        }  # fmt: skip
        news.tell([queued("a")])
        seen = await anext(lines)
        assert parsed(seen)["id"] == "a"
        await lines.aclose()
        news.tell([queued("b"), queued("c")])
        again = stream(news, ids(seen), MACHINE, Activity())
        assert parsed(await anext(again))["state"] == "resumed"
        assert [parsed(await anext(again))["id"] for _ in range(2)] == ["b", "c"]
        await again.aclose()
        assert news._listeners == set()

    run(steps)


@pytest.mark.parametrize("seen", ["", "x", "0-0", "other-1", "-1", "{life}-99", "{life}-²"])
def test_whoever_has_missed_something_is_told_to_read_all_anew(seen: str) -> None:
    news = News()

    async def steps() -> None:
        lines = stream(news, seen.format(life=news.life), MACHINE, Activity())
        assert parsed(await anext(lines))["state"] == "reload"

    run(steps)


def test_a_change_in_another_thread_arrives_while_the_stream_waits() -> None:
    news = News()

    async def steps() -> None:
        lines = stream(news, None, MACHINE, Activity())
        await anext(lines)
        waiting = asyncio.ensure_future(anext(lines))
        await asyncio.sleep(0)
        await asyncio.to_thread(news.tell, [queued("a")])
        assert parsed(await waiting)["id"] == "a"

    run(steps)


def test_streams_of_people_end_when_a_token_is_taken_and_the_machines_own_goes_on() -> None:
    news = News()

    async def steps() -> None:
        hers, own = (stream(news, None, who, Activity()) for who in (ANA, MACHINE))
        await anext(hers)
        await anext(own)
        news.tell([("revoke_access_tokens", {"principal": "ben"})])
        with pytest.raises(StopAsyncIteration):
            await anext(hers)
        assert parsed(await anext(own))["kind"] == "access"

    run(steps)


def test_silence_is_broken_and_a_stopped_server_says_so() -> None:
    news, activity = News(), Activity()

    async def steps() -> None:
        lines = stream(news, None, MACHINE, activity)
        await anext(lines)
        assert await anext(lines) == b": still there\n\n"
        activity.told_to_stop = activity.ending = True
        assert b"event: stopped" in await anext(lines)

    run(steps)
