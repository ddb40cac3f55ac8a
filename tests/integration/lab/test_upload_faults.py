"""Uploads on a bad day: a full disk, a server that is killed, a login that ends, silence."""

import hashlib
import os
import resource
import secrets
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import httpx

from tests.integration.lab.conftest import Jupyter
from tests.integration.lab.test_uploads import MIB, begin, offset_of, put, stored, wait_for_offset
from workbench.client.launch import ensure_server
from workbench.core.settings import Settings


def until(is_so: Callable[[], Any], seconds: float = 60.0) -> Any:
    deadline = time.monotonic() + seconds
    while not (found := is_so()):
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.01)
    return found


@contextmanager
def no_file_longer_than(n_bytes: int, pid: int) -> Iterator[None]:
    """Let the kernel refuse a living process's writes, as on a full disk."""
    before = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (n_bytes, before[1]))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, before)


def test_a_disk_that_fills_in_the_middle_keeps_what_is_there(
    page: httpx.Client, home: Settings, jupyter: Jupyter
) -> None:
    id = "the-disk-of-the-cache"
    content = secrets.token_bytes(3 * MIB)
    assert put(page, id, content[:MIB], size=len(content)).status_code == 202
    with no_file_longer_than(2 * MIB, jupyter.pid):
        answer = put(page, id, content[MIB:], offset=MIB, size=len(content))
        problem = answer.json()
        assert (answer.status_code, problem["title"]) == (507, "DiskFullError")
        assert "what has arrived is kept" in problem["next_step"]
        assert problem["facts"]["path"] == str(home.cache_dir / "uploads")
        here = offset_of(page, id)
        assert MIB <= here <= 2 * MIB
    answer = put(page, id, content[here:], offset=here, size=len(content))
    sha256 = hashlib.sha256(content).hexdigest()
    assert (answer.status_code, answer.json()["sha256"]) == (200, sha256)
    assert stored(home, sha256).read_bytes() == content


def test_a_disk_that_is_full_at_the_server_keeps_the_upload(
    page: httpx.Client, home: Settings
) -> None:
    id = "the-disk-of-the-server"
    content = secrets.token_bytes(20 * MIB)
    with no_file_longer_than(8 * MIB, ensure_server(home).pid):
        answer = put(page, id, content, size=len(content))
        assert (answer.status_code, answer.json()["title"]) == (507, "DiskFullError")
        assert str(home.blobs_dir) in answer.json()["detail"]
    assert list((home.blobs_dir / "partial").iterdir()) == []
    head = page.head(f"workbench/uploads/{id}").headers
    assert (head["Upload-Offset"], head["Upload-Complete"]) == (str(len(content)), "?0")
    # Space was made: the last request again, without a byte.
    answer = put(page, id, b"", offset=len(content), size=len(content))
    assert answer.json()["sha256"] == hashlib.sha256(content).hexdigest()


def test_a_server_that_is_killed_in_the_middle_costs_no_upload(
    page: httpx.Client, home: Settings, jupyter: Jupyter
) -> None:
    id = "killed-in-the-middle"
    content = secrets.token_bytes(20 * MIB)
    put(page, id, content[:-1], size=len(content))
    # The extension has found the server, and asks no more whether it is there.
    pid = page.get("workbench/api/health").json()["pid"]
    answers: list[httpx.Response] = []

    def send_the_last_byte() -> None:
        with closing(jupyter.page()) as own:
            answers.append(put(own, id, content[-1:], offset=len(content) - 1, size=len(content)))

    sender = threading.Thread(target=send_the_last_byte)
    # It takes what fits into its socket, and no more.
    os.kill(pid, signal.SIGSTOP)
    try:
        sender.start()
        until(lambda: _is_sent_on(jupyter.pid, id))
    finally:
        os.kill(pid, signal.SIGKILL)
    sender.join()
    assert (answers[0].status_code, answers[0].json()["title"]) == (503, "ServerUnavailableError")
    assert "try again" in answers[0].json()["next_step"]
    assert offset_of(page, id) == len(content)
    answer = put(page, id, b"", offset=len(content), size=len(content))
    sha256 = hashlib.sha256(content).hexdigest()
    assert (answer.status_code, answer.json()["sha256"]) == (200, sha256)
    assert stored(home, sha256).read_bytes() == content
    assert list((home.blobs_dir / "partial").iterdir()) == []


def _is_sent_on(pid: int, id: str) -> bool:
    """Say whether Jupyter has begun to read the file of an upload, which it does to send it."""
    for fd in Path(f"/proc/{pid}/fd").iterdir():
        try:
            if fd.readlink().name == f"{id}.partial":
                about = (fd.parent.parent / "fdinfo" / fd.name).read_text().split()
                # The descriptor that took the upload is open to write, too.
                if int(about[about.index("flags:") + 1], 8) & os.O_ACCMODE == os.O_RDONLY:
                    return int(about[about.index("pos:") + 1]) > 0
        except FileNotFoundError:
            continue
    return False


def test_a_login_that_ends_in_the_middle_is_told_apart(
    page: httpx.Client, jupyter: Jupyter
) -> None:
    id = "the-login-has-ended-"
    assert put(page, id, b"abc", size=6).status_code == 202
    logged_in = dict(page.cookies)
    for name in [name for name in logged_in if name.startswith("username")]:
        page.cookies.delete(name)
    answer = put(page, id, b"def", offset=3, size=6)
    problem = answer.json()
    assert (answer.status_code, problem["facts"]["reason"]) == (403, "login")
    assert "log in" in problem["next_step"]
    with closing(jupyter.page()) as again:
        assert offset_of(again, id) == 3
        # Logged in, and yet not from a page of ours.
        token = again.headers.pop("X-XSRFToken")
        answer = put(again, id, b"def", offset=3, size=6)
        assert (answer.status_code, answer.json()["facts"]["reason"]) == (403, "page")
        again.headers["X-XSRFToken"] = token
        answer = put(again, id, b"def", offset=3, size=6)
        assert answer.json() == {"sha256": hashlib.sha256(b"abcdef").hexdigest(), "size": 6}


def test_a_file_that_changed_between_two_requests_is_named(page: httpx.Client) -> None:
    id = "it-grew-meanwhile-01"
    assert put(page, id, b"abc", size=6).status_code == 202
    answer = put(page, id, b"def", offset=3, size=7)
    problem = answer.json()
    assert (answer.status_code, problem["facts"]["reason"]) == (409, "changed")
    assert "of 6 bytes, and now it has 7" in problem["detail"]
    assert page.head(f"workbench/uploads/{id}").headers["Upload-Length"] == "6"
    # Also once the server has it.
    assert put(page, id, b"def", offset=3, size=6).status_code == 200
    answer = put(page, id, b"", offset=6, size=7)
    assert (answer.status_code, answer.json()["facts"]["reason"]) == (409, "changed")


def test_a_digest_that_disagrees_names_both(page: httpx.Client, home: Settings) -> None:
    id = "other-bytes-than-said"
    wanted = hashlib.sha256(b"abcdef").hexdigest()
    put(page, id, b"abc", size=6, sha256=wanted)
    answer = put(page, id, b"xyz", offset=3, size=6, sha256=wanted)
    problem = answer.json()
    found = hashlib.sha256(b"abcxyz").hexdigest()
    assert (answer.status_code, problem["facts"]) == (409, {"reason": "changed", "sha256": found})
    assert (problem["wanted"], found in problem["detail"]) == (wanted, True)
    assert not (home.cache_dir / "uploads" / f"{id}.partial").exists()
    # A word that is no digest is refused before a byte is kept.
    assert put(page, "no-digest-but-a-word", b"abc", size=6, sha256="abc").status_code == 422
    assert offset_of(page, "no-digest-but-a-word") == 0


def test_a_sender_that_fell_silent_keeps_nobody_out(page: httpx.Client) -> None:
    id = "the-laptop-was-closed"
    # Neither closed nor reset, like the connection of a laptop that sleeps.
    asleep = begin(page, id, b"x" * MIB, 2 * MIB)
    wait_for_offset(page, id, MIB)
    answer = put(page, id, b"y" * MIB, offset=MIB, size=2 * MIB)
    assert (answer.status_code, answer.json()["facts"]["reason"]) == (409, "busy")

    def awake() -> httpx.Response | None:
        answer = put(page, id, b"y" * MIB, offset=MIB, size=2 * MIB)
        return None if answer.status_code == 409 else answer

    answer = until(awake)
    sha256 = hashlib.sha256(b"x" * MIB + b"y" * MIB).hexdigest()
    assert answer.json() == {"sha256": sha256, "size": 2 * MIB}
    asleep.close()


def test_an_empty_file_is_a_file(page: httpx.Client, home: Settings) -> None:
    answer = put(page, "there-is-nothing-in-it", b"", size=0)
    empty = hashlib.sha256(b"").hexdigest()
    assert answer.json() == {"sha256": empty, "size": 0}
    assert stored(home, empty).read_bytes() == b""


def test_names_are_no_ids_and_come_back_as_text(page: httpx.Client, home: Settings) -> None:
    for name in ("%3Cimg%20src=x%20onerror=alert(1)%3E.csv", "..%2f..%2f..%2fetc%2fpasswd", "a/b"):
        answer = page.put(f"workbench/uploads/{name}?offset=0&size=3", content=b"abc")
        assert answer.status_code == 404, name
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    names = [path.name for path in (home.cache_dir / "uploads").iterdir()]
    assert not [name for name in names if "passwd" in name or "img" in name]
