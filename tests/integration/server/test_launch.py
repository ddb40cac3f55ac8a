"""One server per home: started by whoever comes first, there while it is needed."""

import dataclasses
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

import workbench
from workbench.client import launch
from workbench.client.launch import ensure_server, server_status, stop_server
from workbench.client.transport import Transport
from workbench.core.errors import (
    ConflictError,
    ForbiddenError,
    NewerHomeError,
    ServerUnavailableError,
    UnauthorizedError,
)
from workbench.core.settings import Settings

ASK_FOR_PID = """
import sys
from workbench.client.launch import ensure_server
from workbench.core.settings import Settings
sys.stdin.readline()
print(ensure_server(Settings.from_environment()).pid)
"""


Registration = Callable[[str], dict[str, Any]]


def test_eight_processes_that_race_get_one_server(settings: Settings, process: Any) -> None:
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", ASK_FOR_PID],
            env=os.environ | settings.environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(8)
    ]
    for racer in racers:
        assert racer.stdin is not None
        racer.stdin.write("go\n")
        racer.stdin.flush()
    pids = {racer.communicate(timeout=120)[0].strip() for racer in racers}
    assert pids == {str(process.pid)}
    assert [line["message"] for line in process.log if line["message"].startswith("serving")] == [
        f"serving as process {process.pid}"
    ]
    assert not settings.startup_path.exists()


def test_a_home_is_its_owners_alone(settings: Settings) -> None:
    ensure_server(settings)
    assert stat.S_IMODE(settings.home.stat().st_mode) == 0o700
    files = [path for path in settings.home.rglob("*") if not path.is_dir()]
    assert {settings.token_path, settings.socket_path, settings.database_path} <= set(files)
    for path in files:
        assert not path.stat().st_mode & 0o077, f"{path} can be read by others"


def test_a_server_that_nobody_needs_ends_and_comes_back_when_asked(
    settings: Settings, process: Any, registration: Registration
) -> None:
    brief = dataclasses.replace(settings, idle_seconds=1)
    with Transport(brief) as transport:
        transport.request("POST", "/principals", json=registration("ana"))
        first = transport.request("GET", "/health").json()["pid"]
        process.wait_for_end(first)
        assert not brief.socket_path.exists()
        [ana] = transport.request("GET", "/principals").json()
    assert ana["name"] == "ana"
    assert process.pid != first


def test_a_request_in_flight_keeps_the_server_awake(settings: Settings, process: Any) -> None:
    brief = dataclasses.replace(settings, idle_seconds=2)
    pid = ensure_server(brief).pid

    def chunks() -> Iterator[bytes]:
        yield b"first half"
        # Twice as long as the server would wait for anybody.
        threading.Event().wait(4.0)
        yield b"second half"

    with launch.http_client(brief) as client:
        answer = client.put("/blobs", content=chunks(), headers=launch.bearer(brief), timeout=30)
    assert answer.status_code == 200
    assert process.is_alive(pid)


def test_a_told_server_ends_and_says_whether_there_was_one(
    settings: Settings, process: Any
) -> None:
    pid = ensure_server(settings).pid
    assert stop_server(settings) is True
    process.wait_for_end(pid)
    assert server_status(settings) is None
    assert stop_server(settings) is False


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_server_gracefully(
    settings: Settings, process: Any, number: signal.Signals
) -> None:
    pid = ensure_server(settings).pid
    os.kill(pid, number)
    process.wait_for_end(pid)
    assert process.log[-1]["message"] == "stopped"
    assert not settings.socket_path.exists()
    assert not settings.database_path.with_name("workbench.duckdb.wal").exists()
    assert (settings.logs_dir / "server.out").read_text() == ""


def test_a_request_in_flight_is_answered_before_the_server_ends(
    settings: Settings, process: Any
) -> None:
    pid = ensure_server(settings).pid

    def chunks() -> Iterator[bytes]:
        yield b"first half"
        process.wait_until(lambda: any((settings.blobs_dir / "partial").iterdir()))
        os.kill(pid, signal.SIGTERM)
        process.wait_until(lambda: server_status(settings) is None)
        yield b"second half"

    with launch.http_client(settings) as client:
        headers = launch.bearer(settings)
        answer = client.put("/blobs", content=chunks(), headers=headers, timeout=30)
    assert answer.json()["size"] == len("first halfsecond half")
    process.wait_for_end(pid)


def test_a_stale_socket_and_lock_are_no_obstacle(settings: Settings, process: Any) -> None:
    ensure_server(settings)
    killed = process.kill()
    assert settings.socket_path.exists()
    assert ensure_server(settings).pid != killed


def test_a_home_with_a_long_path_has_its_socket_elsewhere(settings: Settings) -> None:
    long = dataclasses.replace(settings, home=settings.home / ("long" * 25) / "home")
    assert long.socket_path.parent != long.home
    try:
        health = ensure_server(long)
        assert health.home == str(long.home)
        assert stat.S_IMODE(long.socket_path.parent.stat().st_mode) == 0o700
    finally:
        stop_server(long)
    assert not long.socket_path.exists()


def test_a_home_of_a_newer_version_is_refused_with_the_servers_own_words(
    settings: Settings,
) -> None:
    ensure_server(settings)
    stop_server(settings)
    with duckdb.connect(str(settings.database_path)) as connection:
        connection.execute(
            "insert into store.migration values (9999, 'of_the_future', 'x', current_timestamp)"
        )
    with pytest.raises(NewerHomeError) as caught:
        ensure_server(settings)
    assert caught.value.next_step
    assert stop_server(settings) is False


def test_a_home_that_is_a_link_is_refused(settings: Settings) -> None:
    (settings.home.parent / "elsewhere").mkdir()
    settings.home.symlink_to(settings.home.parent / "elsewhere")
    with pytest.raises(ForbiddenError, match="is a link"):
        ensure_server(settings)


def test_a_socket_folder_that_others_may_write_is_not_trusted_with_the_token(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o777)
    path = shared / "planted"
    monkeypatch.setattr(Settings, "socket_path", property(lambda _: path))
    settings.home.mkdir()
    settings.token_path.write_text("the real token")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as thief:
        thief.bind(str(path))
        thief.listen()
        for ask in (server_status, stop_server, ensure_server):
            with pytest.raises(ForbiddenError, match="entered by others"):
                ask(settings)
        thief.setblocking(False)
        heard = b""
        while (connection := _next(thief)) is not None:
            with connection:
                heard += connection.recv(1000)
        assert heard == b""


def _next(listener: socket.socket) -> socket.socket | None:
    try:
        return listener.accept()[0]
    except BlockingIOError:
        return None


def test_a_home_deleted_and_made_anew_gets_a_new_server(
    settings: Settings, process: Any, registration: Registration
) -> None:
    with Transport(settings) as transport:
        transport.request("POST", "/principals", json=registration("ana"))
        old = process.pid
        shutil.rmtree(settings.home)
        assert transport.request("GET", "/principals").json() == []
    process.wait_for_end(old)
    assert process.pid != old


def test_a_wrong_token_is_named_instead_of_waited_for(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(launch, "_TOKEN_SECONDS", 0.0)
    ensure_server(settings)
    token = settings.token_path.read_text()
    settings.token_path.write_text("wrong")
    with Transport(settings) as transport, pytest.raises(UnauthorizedError):
        transport.request("GET", "/tasks")
    settings.token_path.write_text(token)


def test_a_server_of_another_version_is_not_used(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    ensure_server(settings)
    monkeypatch.setattr(workbench, "__version__", "7.3.0")
    with pytest.raises(ConflictError, match=r"version 0\.\d") as caught:
        ensure_server(settings)
    assert "workbench server stop" in caught.value.next_step
    assert stop_server(settings) is True


def test_a_client_without_leave_starts_nothing(settings: Settings) -> None:
    ensure_server(settings)
    stop_server(settings)
    with (
        Transport(settings, start=False) as transport,
        pytest.raises(ServerUnavailableError, match="no server runs"),
    ):
        transport.request("GET", "/tasks")
    assert server_status(settings) is None
