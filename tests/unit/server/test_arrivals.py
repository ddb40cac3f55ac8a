"""Futures of other threads, awaited."""

import asyncio
import threading
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from workbench.server.arrivals import arrival


def test_everybody_gets_their_own_answer_whichever_thread_brings_it() -> None:
    async def wait() -> list[int]:
        with ThreadPoolExecutor(4) as pool:
            return await asyncio.gather(
                *(arrival(pool.submit(lambda n=n: n)) for n in range(1_000))  # type: ignore[misc]
            )

    assert asyncio.run(wait()) == list(range(1_000))


def test_an_error_is_raised_where_it_is_awaited() -> None:
    async def wait() -> None:
        done: Future[None] = Future()
        threading.Thread(target=done.set_exception, args=(KeyError("gone"),)).start()
        with pytest.raises(KeyError, match="gone"):
            await arrival(done)

    asyncio.run(wait())


def test_one_that_is_done_already_arrives_too() -> None:
    async def wait() -> int:
        done: Future[int] = Future()
        done.set_result(3)
        return await arrival(done)

    assert asyncio.run(wait()) == 3


def test_who_goes_away_neither_stops_the_work_nor_keeps_others_waiting() -> None:
    async def wait() -> int:
        left: Future[int] = Future()
        kept: Future[int] = Future()
        leaving = asyncio.create_task(arrival(left))
        staying = asyncio.create_task(arrival(kept))
        await asyncio.sleep(0)
        leaving.cancel()
        await asyncio.wait([leaving])
        left.set_result(1)
        kept.set_result(2)
        assert left.result() == 1
        return await staying

    assert asyncio.run(wait()) == 2
