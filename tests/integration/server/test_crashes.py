"""A server that is killed is started again by whoever needs it, and nothing is lost."""

import dataclasses
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from workbench.client import launch
from workbench.client.transport import Transport
from workbench.core.errors import ConflictError, ServerUnavailableError, WorkbenchError
from workbench.core.settings import Settings

N_KILLS = 20
N_WRITERS = 4
Registration = Callable[[str], dict[str, Any]]


def test_a_request_after_a_crash_is_answered_as_if_nothing_had_happened(
    transport: Transport, process: Any, registration: Registration
) -> None:
    transport.request("POST", "/principals", json=registration("ana"))
    killed = process.kill()
    assert [p["name"] for p in transport.request("GET", "/principals").json()] == ["ana"]
    assert process.pid != killed


@pytest.mark.timeout(600)
def test_every_acknowledged_write_is_found_once_after_twenty_kills_in_the_middle_of_writes(
    transport: Transport, process: Any, registration: Registration
) -> None:
    acknowledged: list[str] = []
    failures: list[WorkbenchError] = []
    is_over = threading.Event()

    def write(writer: int) -> None:
        number = 0
        while not is_over.is_set():
            name = f"w{writer}-{number}"
            try:
                transport.request("POST", "/principals", json=registration(name))
            except WorkbenchError as error:
                failures.append(error)
                return
            acknowledged.append(name)
            number += 1

    writers = [threading.Thread(target=write, args=(number,)) for number in range(N_WRITERS)]
    for writer in writers:
        writer.start()
    try:
        killed = set()
        for _ in range(N_KILLS):
            before = len(acknowledged)
            process.wait_until(lambda n=before: failures or len(acknowledged) >= n + 10)
            killed.add(process.kill())
    finally:
        is_over.set()
        for writer in writers:
            writer.join()
    assert failures == []
    assert len(killed) == N_KILLS
    found = [p["name"] for p in transport.request("GET", "/principals").json()]
    assert sorted(found) == sorted(acknowledged)
    records = transport.request("POST", "/sql", json={"statement": "select seq from record"})
    assert records.headers["content-type"] == "application/vnd.apache.arrow.stream"


def test_a_raw_repetition_with_the_same_key_after_a_crash_changes_nothing(
    settings: Settings, process: Any, registration: Registration
) -> None:
    launch.ensure_server(settings)
    body = registration("ana")

    def post() -> httpx.Response:
        with launch.http_client(settings) as client:
            headers = launch.bearer(settings) | {"Idempotency-Key": "the-same"}
            return client.post("/principals", json=body, headers=headers, timeout=30)

    first = post()
    assert first.status_code == 200
    process.kill()
    launch.ensure_server(settings)
    assert post().json() == first.json()
    with Transport(settings) as transport:
        assert len(transport.request("GET", "/principals").json()) == 1


def test_a_key_gets_its_first_answer_again_and_is_refused_for_another_request(
    transport: Transport, process: Any
) -> None:
    blob = transport.upload(iter([b"no model"]))["sha256"]
    headers = {"Idempotency-Key": "import-1"}
    request = {"sha256": blob, "name": "tiny"}
    first = transport.request("POST", "/models", json=request, headers=headers).json()
    process.kill()
    assert transport.request("POST", "/models", json=request, headers=headers).json() == first
    request["name"] = "other"
    with pytest.raises(ConflictError, match="import-1"):
        transport.request("POST", "/models", json=request, headers=headers)


def test_an_upload_that_was_cut_off_by_a_crash_is_sent_again_and_leaves_nothing_behind(
    transport: Transport, settings: Settings, process: Any, tmp_path: Path
) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_bytes(b"0123456789abcdef" * 2**17)
    kill_once = iter([process.kill])

    def on_progress(n_sent: int) -> None:
        if n_sent > 2**19:
            next(kill_once, lambda: None)()

    blob = transport.upload(path, on_progress=on_progress)
    assert blob["size"] == path.stat().st_size
    stored = [found for found in settings.blobs_dir.rglob("*") if found.is_file()]
    assert [found.stat().st_size for found in stored] == [blob["size"]]


COUNTING_SERVER = """
import sys, time
from workbench.workflows import handlers

def count(home, request, report):
    done = len(home.jobs.events(report.job, -1, 0))
    for number in range(done, 200):
        report.check_cancelled()
        report.publish({"type": "metric", "step": number})
        time.sleep(0.01)
    return {"counted": 200}

handlers.HANDLERS["import-model"] = count
from workbench.server.__main__ import main
sys.exit(main())
"""


@pytest.fixture
def counting_server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Servers of this test have a job of 200 events that goes on where a dead one left it."""
    script = tmp_path / "counting_server.py"
    script.write_text(COUNTING_SERVER)
    monkeypatch.setattr(launch, "COMMAND", (launch.COMMAND[0], str(script)))


@pytest.fixture
def counting_job(counting_server: None, transport: Transport) -> str:  # noqa: ARG001
    return start_counting(transport)


def start_counting(transport: Transport) -> str:
    blob = transport.upload(iter([b"no model"]))["sha256"]
    job = transport.request("POST", "/models", json={"sha256": blob, "name": "tiny"}).json()
    return str(job["id"])


def test_a_watcher_sees_every_event_once_though_the_server_is_killed_again_and_again(
    transport: Transport, process: Any, counting_job: str
) -> None:
    seen = []
    for number, event in transport.stream_events(f"/jobs/{counting_job}/events"):
        seen.append((number, event))
        if number in (20, 80, 140):
            process.kill()
    assert [number for number, _ in seen] == list(range(201))
    assert [event["step"] for _, event in seen[:-1]] == list(range(200))
    assert seen[-1][1] == {"type": "end", "state": "done"}
    job = transport.request("GET", f"/jobs/{counting_job}").json()
    assert job["result"] == {"counted": 200}


def test_a_watcher_that_leaves_is_noticed_and_the_job_goes_on(
    transport: Transport, process: Any, counting_job: str
) -> None:
    for number, _ in transport.stream_events(f"/jobs/{counting_job}/events"):
        if number == 3:
            break

    def streams() -> list[dict[str, Any]]:
        return [line for line in process.log if line.get("route") == "/jobs/{job}/events"]

    process.wait_until(streams)
    *_, (_, last) = transport.stream_events(f"/jobs/{counting_job}/events", after=3)
    assert last == {"type": "end", "state": "done"}


def test_a_stopped_server_is_not_started_by_a_watcher_but_one_started_again_is_watched(
    transport: Transport, settings: Settings, counting_job: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = transport.stream_events(f"/jobs/{counting_job}/events")
    next(stream)
    assert launch.stop_server(settings)
    threading.Timer(0.5, launch.ensure_server, [settings]).start()
    for number, _ in stream:
        if number == 40:
            break
    monkeypatch.setattr("workbench.client.transport._RESTART_SECONDS", 0.5)
    assert launch.stop_server(settings)
    with pytest.raises(ServerUnavailableError, match="somebody stopped"):
        list(stream)
    assert launch.server_status(settings) is None


def test_a_cancelled_job_ends_and_its_watcher_learns_it(
    transport: Transport, counting_job: str
) -> None:
    job = transport.request("POST", f"/jobs/{counting_job}/cancellation").json()
    assert job["id"] == counting_job
    *_, (_, last) = transport.stream_events(f"/jobs/{counting_job}/events")
    assert last == {"type": "end", "state": "cancelled"}


@pytest.mark.usefixtures("counting_server")
def test_a_server_without_requests_waits_for_its_job_before_it_ends(
    settings: Settings, process: Any
) -> None:
    brief = dataclasses.replace(settings, idle_seconds=1)
    with Transport(brief) as transport:
        job = start_counting(transport)
        process.wait_for_end(transport.request("GET", "/health").json()["pid"])
        view = transport.request("GET", f"/jobs/{job}").json()
    assert (view["state"], view["attempts"]) == ("done", 1)
