"""A job's events as server-sent events."""

import json
from collections.abc import AsyncIterator, Sequence
from typing import Any, Final

import anyio
import anyio.to_thread
from fastapi.sse import format_sse_event

from workbench.core.jobs import Event
from workbench.server.activity import Activity
from workbench.workflows.home import Home

# A stream notices within this time that the server ends.
_LOOK_SECONDS: Final = 1.0
# Silence that long gets a comment, so that both sides learn of a broken connection.
_HEARTBEAT_SECONDS: Final = 5.0
# What comes together goes out together: each look into the table takes a core for 2 to 3 ms, and
# a fast training has thirty events a second.
_TOGETHER_SECONDS: Final = 0.1
# Watchers wait in threads of their own; the requests that write never queue behind them.
_watchers = anyio.CapacityLimiter(200)


async def stream(home: Home, job: str, after: int, activity: Activity) -> AsyncIterator[bytes]:
    """Yield the events behind number ``after`` until the job or the server ends.

    The event's number is its ``id``; a client that comes back names the last one it has seen.
    When somebody stopped the server on purpose, the last message has the type ``stopped``.
    """
    silent_seconds = 0.0
    # The head goes out at once: the client knows that it watches.
    yield format_sse_event(comment="watching")
    while not activity.ending:
        news = await _next(home, job, after)
        for seq, event in news:
            after = seq
            silent_seconds = 0.0
            yield format_sse_event(id=str(seq), data_str=_text(event))
            if event["type"] == "end":
                return
        if news:
            await anyio.sleep(_TOGETHER_SECONDS)
        else:
            silent_seconds += _LOOK_SECONDS
            if silent_seconds >= _HEARTBEAT_SECONDS:
                silent_seconds = 0.0
                yield format_sse_event(comment="still there")
    if activity.told_to_stop:
        yield format_sse_event(event="stopped", data_str="{}")


async def _next(home: Home, job: str, after: int) -> Sequence[tuple[int, Event]]:
    return await anyio.to_thread.run_sync(
        home.jobs.events, job, after, _LOOK_SECONDS, limiter=_watchers
    )


def _text(event: dict[str, Any]) -> str:
    # ASCII: some readers of lines also break them at U+2028 and its like.
    return json.dumps(event, separators=(",", ":"))
