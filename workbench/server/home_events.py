"""What changes in the home, as one stream of server-sent events for all that a page shows."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any, Final

import anyio
from fastapi.sse import format_sse_event

import workbench
from workbench.core.roles import Caller
from workbench.server.activity import Activity
from workbench.storage.news import News

# A stream notices within this time that the server ends.
_LOOK_SECONDS: Final = 1.0
# Silence that long gets a comment, so that both sides learn of a broken connection.
_HEARTBEAT_SECONDS: Final = 5.0
# After a change, what follows at once is gathered: of each thing the newest message goes out.
_GATHER_SECONDS: Final = 0.1


async def stream(
    news: News, last_event_id: str | None, caller: Caller, activity: Activity
) -> AsyncIterator[bytes]:
    """Yield a message for each thing that changes, until the server ends.

    The first message says whether nothing is missing: ``new`` for who comes without an id,
    ``resumed``, or ``reload`` where something was forgotten, or another process told it. A
    stream of somebody whose token may have been taken ends, and has to be asked for again.

    Parameters
    ----------
    last_event_id : of the last message that the client has seen.
    """
    changed = asyncio.Event()
    loop = asyncio.get_running_loop()

    def wake() -> None:
        # The loop may end while the writer tells.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(changed.set)

    end = news.listen(wake)
    try:
        seq, state = _begin(news, last_event_id)
        yield _said(news, seq, _stream(state))
        silent_seconds = 0.0
        while not activity.ending:
            changed.clear()
            found = news.since(seq)
            if found is None:
                seq = news.last
                yield _said(news, seq, _stream("reload"))
                continue
            for number, message in found:
                seq = number
                if message["kind"] == "access" and caller.name is not None:
                    return
                yield _said(news, number, message)
            if found:
                silent_seconds = 0.0
                await anyio.sleep(_GATHER_SECONDS)
                continue
            with anyio.move_on_after(_LOOK_SECONDS) as waiting:
                await changed.wait()
            if waiting.cancelled_caught:
                silent_seconds += _LOOK_SECONDS
            if silent_seconds >= _HEARTBEAT_SECONDS:
                silent_seconds = 0.0
                yield format_sse_event(comment="still there")
        if activity.told_to_stop:
            yield format_sse_event(event="stopped", data_str="{}")
    finally:
        end()


def _begin(news: News, last_event_id: str | None) -> tuple[int, str]:
    if last_event_id is None:
        return news.last, "new"
    life, _, number = last_event_id.partition("-")
    is_ours = life == news.life and number.isascii() and number.isdigit()
    if is_ours and news.since(int(number)) is not None:
        return int(number), "resumed"
    return news.last, "reload"


def _stream(state: str) -> dict[str, Any]:
    return {"kind": "stream", "id": "", "state": state, "version": workbench.__version__}


def _said(news: News, seq: int, message: dict[str, Any]) -> bytes:
    # ASCII: some readers of lines also break them at U+2028 and its like.
    text = json.dumps(message, separators=(",", ":"))
    return format_sse_event(id=f"{news.life}-{seq}", data_str=text)
