from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from workbench.client import transport as module
from workbench.client.transport import InProcessTransport, Transport
from workbench.core.errors import InvalidInputError, NotFoundError, ServerUnavailableError
from workbench.core.settings import Settings

Handler = Callable[[httpx.Request], httpx.Response]


class Scripted(InProcessTransport):
    """Answers from a function instead of an app."""

    def __init__(self, handler: Handler) -> None:
        self._client = httpx.Client(
            transport=httpx.MockTransport(handler), base_url="http://workbench"
        )


def test_a_request_is_sent_again_with_the_same_key_until_the_server_answers() -> None:
    keys = []

    def handler(request: httpx.Request) -> httpx.Response:
        keys.append(request.headers["idempotency-key"])
        if len(keys) < 3:
            raise httpx.ReadError("the server died")
        return httpx.Response(200, json={})

    Scripted(handler).request("POST", "/tasks", json={"a": 1})
    assert len(keys) == 3
    assert len(set(keys)) == 1


def test_two_requests_have_two_keys_and_a_given_key_is_kept() -> None:
    keys = []

    def handler(request: httpx.Request) -> httpx.Response:
        keys.append(request.headers.get("idempotency-key"))
        return httpx.Response(200, json={})

    transport = Scripted(handler)
    for headers in (None, None, {"Idempotency-Key": "mine"}):
        transport.request("POST", "/tasks", headers=headers)
    transport.request("GET", "/tasks")
    assert keys[0] != keys[1]
    assert keys[2:] == ["mine", None]


def test_a_request_that_always_ends_the_server_is_given_up() -> None:
    n_sent = 0

    def handler(_request: httpx.Request) -> httpx.Response:
        nonlocal n_sent
        n_sent += 1
        raise httpx.RemoteProtocolError("gone")

    with pytest.raises(ServerUnavailableError, match="ended 6 times in the middle of POST /tasks"):
        Scripted(handler).request("POST", "/tasks")
    assert n_sent == 6


def test_a_slow_answer_is_not_asked_for_twice() -> None:
    n_sent = 0

    def handler(_request: httpx.Request) -> httpx.Response:
        nonlocal n_sent
        n_sent += 1
        raise httpx.ReadTimeout("slow")

    with pytest.raises(ServerUnavailableError, match="did not answer"):
        Scripted(handler).request("POST", "/tasks", timeout=0.1)
    assert n_sent == 1


def test_a_broken_stream_goes_on_behind_the_last_event_without_repeating_it() -> None:
    asked = []

    def handler(request: httpx.Request) -> httpx.Response:
        after = int(request.headers["last-event-id"])
        asked.append(after)
        kind = "end" if after >= 3 else "note"
        body = "".join(f'id: {n}\ndata: {{"type":"{kind}"}}\n\n' for n in (after + 1, after + 2))
        # The second message is cut off where the server died.
        return httpx.Response(200, content=body.encode()[: -1 if kind == "note" else None])

    events = list(Scripted(handler).stream_events("/jobs/j/events"))
    assert asked == [-1, 0, 1, 2, 3]
    assert [number for number, _ in events] == [0, 1, 2, 3, 4]
    assert events[-1][1] == {"type": "end"}


def test_a_stream_that_never_says_anything_is_given_up() -> None:
    transport = Scripted(lambda _: httpx.Response(200, content=b": watching\n\n"))
    with pytest.raises(ServerUnavailableError):
        list(transport.stream_events("/jobs/j/events"))


def test_a_stream_that_falls_silent_is_taken_up_again() -> None:
    asked = []

    def handler(request: httpx.Request) -> httpx.Response:
        asked.append(request.headers["last-event-id"])
        if len(asked) == 1:
            raise httpx.ReadTimeout("silence")
        return httpx.Response(200, content=b'id: 5\ndata: {"type":"end"}\n\n')

    assert list(Scripted(handler).stream_events("/jobs/j/events", after=4)) == [
        (5, {"type": "end"})
    ]
    assert asked == ["4", "4"]


def test_a_watcher_does_not_start_a_server_that_somebody_stopped(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_RESTART_SECONDS", 0.0)
    transport = Scripted(lambda _: httpx.Response(200, content=b"event: stopped\ndata: {}\n\n"))
    transport._settings = settings
    with pytest.raises(ServerUnavailableError, match="somebody stopped"):
        list(transport.stream_events("/jobs/j/events"))


def test_a_file_is_sent_whole_again_and_its_progress_told(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_bytes(b"x" * 600_000)
    bodies, told = [], []

    def handler(request: httpx.Request) -> httpx.Response:
        bodies.append(request.content)
        assert request.headers["content-length"] == "600000"
        if len(bodies) == 1:
            raise httpx.WriteError("gone")
        return httpx.Response(200, json={"sha256": "0" * 64, "size": len(request.content)})

    blob = Scripted(handler).upload(path, on_progress=told.append)
    assert blob["size"] == 600_000
    assert bodies == [path.read_bytes()] * 2
    assert told[-1] == 600_000


def test_chunks_that_can_be_read_once_are_not_sent_again() -> None:
    def once() -> Iterator[bytes]:
        yield b"a"

    def handler(_request: httpx.Request) -> httpx.Response:
        raise httpx.WriteError("gone")

    with pytest.raises(ServerUnavailableError, match="1 times"):
        Scripted(handler).upload(once())


def test_only_a_regular_file_is_sent(tmp_path: Path) -> None:
    transport = Scripted(lambda _: httpx.Response(200, json={}))
    with pytest.raises(NotFoundError):
        transport.upload(tmp_path / "missing")
    with pytest.raises(InvalidInputError, match="no regular file"):
        transport.upload(tmp_path)


def test_without_a_server_and_without_leave_to_start_one_it_says_how(settings: Settings) -> None:
    with (
        Transport(settings, start=False) as transport,
        pytest.raises(ServerUnavailableError, match="no server runs") as caught,
    ):
        transport.request("GET", "/health")
    assert "workbench server start" in caught.value.next_step
    assert not settings.home.exists()
