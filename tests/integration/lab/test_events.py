"""One stream of what changes in the home, through Jupyter to the page."""

import json
import time
from collections.abc import Iterator
from typing import Any

import httpx
import psutil

from tests.integration.lab.conftest import Jupyter
from workbench.client.bench import Bench
from workbench.client.launch import stop_server
from workbench.core.settings import Settings

EVENTS = "workbench/api/events"
N_CHANGES = 500
MOST_GROWTH = 20 * 2**20


def told(stream: httpx.Response) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield id and message of each event, whose lines come in any order."""
    event: dict[str, str] = {}
    for line in stream.iter_lines():
        name, _, value = line.partition(": ")
        event[name] = value
        if not line and "data" in event:
            yield event.get("id", ""), json.loads(event["data"])
            event = {}


def grant(bench: Bench, nonce: str) -> None:
    bench.principal  # noqa: B018 - registers the sponsor
    bench.grant("sponsor", "1", nonce=nonce, sign=True)


def test_a_change_is_told_within_half_a_second_and_a_page_misses_nothing(
    page: httpx.Client, bench: Bench
) -> None:
    grant(bench, "first of all")
    with page.stream("GET", EVENTS) as stream:
        assert stream.headers["Content-Type"].startswith("text/event-stream")
        events = told(stream)
        seen, first = next(events)
        assert (first["kind"], first["state"]) == ("stream", "new")
        grant(bench, "told at once")
        began = time.monotonic()
        assert next(events)[1] == {"kind": "ledger", "id": ""}
        assert time.monotonic() - began < 0.5
    job = page.post("workbench/api/verifications", json={}).json()
    assert bench.job(job["id"]).wait().state == "done"
    with page.stream("GET", EVENTS, headers={"Last-Event-ID": seen}) as stream:
        events = told(stream)
        assert next(events)[1]["state"] == "resumed"
        missed: dict[str, dict[str, Any]] = {}
        while missed.get(job["id"], {}).get("state") != "done":
            _, message = next(events)
            missed[message["id"]] = message
    assert missed[job["id"]]["verb"] == "verify"
    assert missed[""] == {"kind": "ledger", "id": ""}


def test_after_a_restart_a_page_is_told_to_read_all_anew(
    page: httpx.Client, home: Settings
) -> None:
    with page.stream("GET", EVENTS) as stream:
        events = told(stream)
        seen, _ = next(events)
        assert stop_server(home)
        # The stream ends by itself, with the word that somebody stopped the server.
        assert [message for _, message in events] == [{}]
    with page.stream("GET", EVENTS, headers={"Last-Event-ID": seen}) as stream:
        assert next(told(stream))[1]["state"] == "reload"


def test_a_page_that_reads_nothing_costs_neither_server_memory(
    jupyter: Jupyter, page: httpx.Client, bench: Bench
) -> None:
    pids = (jupyter.pid, page.get("workbench/api/health").json()["pid"])
    servers = [psutil.Process(pid) for pid in pids]
    with page.stream("GET", EVENTS) as stream:
        next(told(stream))
        grant(bench, "warm")
        before = [server.memory_info().rss for server in servers]
        for k in range(N_CHANGES):
            grant(bench, f"many {k}")
        after = [server.memory_info().rss for server in servers]
    growth = [b - a for a, b in zip(before, after, strict=True)]
    assert max(growth) < MOST_GROWTH, growth
