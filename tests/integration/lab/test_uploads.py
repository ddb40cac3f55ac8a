"""Files through Jupyter: in pieces, resumed, bounded, and never whole in memory."""

import hashlib
import http.client
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import psutil

from workbench.client.launch import stop_server
from workbench.core.settings import Settings

MIB = 2**20
SIZE = 20 * MIB
CONTENT = bytes(range(256)) * (SIZE // 256)
SHA256 = hashlib.sha256(CONTENT).hexdigest()


def put(
    page: httpx.Client, id: str, content: bytes, *, offset: int = 0, size: int, sha256: str = ""
) -> httpx.Response:
    params = {"offset": offset, "size": size} | ({"sha256": sha256} if sha256 else {})
    return page.put(f"workbench/uploads/{id}", params=params, content=content)


def offset_of(page: httpx.Client, id: str) -> int:
    return int(page.head(f"workbench/uploads/{id}").headers["Upload-Offset"])


def begin(page: httpx.Client, id: str, content: bytes, size: int) -> http.client.HTTPConnection:
    """Send a request that declares more than it brings, and leave it open."""
    address = urlsplit(str(page.base_url))
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=30)
    connection.putrequest("PUT", f"{address.path}workbench/uploads/{id}?offset=0&size={size}")
    connection.putheader("Content-Length", str(size))
    cookies = "; ".join(f"{name}={value}" for name, value in page.cookies.items())
    connection.putheader("Cookie", cookies)
    connection.putheader("X-XSRFToken", page.headers["X-XSRFToken"])
    connection.endheaders()
    connection.send(content)
    return connection


def wait_for_offset(page: httpx.Client, id: str, offset: int) -> None:
    deadline = time.monotonic() + 30
    while offset_of(page, id) != offset:
        assert time.monotonic() < deadline, offset_of(page, id)


def stored(home: Settings, sha256: str) -> Path:
    return home.blobs_dir / "sha256" / sha256[:2] / sha256[2:]


def test_a_connection_that_drops_in_the_middle_is_resumed(
    page: httpx.Client, home: Settings, jupyter: Any
) -> None:
    id = "dropped-in-the-middle"
    assert offset_of(page, id) == 0
    # What the first upload of a process loads is no part of a file.
    assert put(page, "loads-what-all-need-", b"abc", size=3).status_code == 200
    process = psutil.Process(jupyter.pid)
    before = process.memory_info().rss
    half = begin(page, id, CONTENT[: SIZE // 2], SIZE)
    wait_for_offset(page, id, SIZE // 2)
    half.close()
    deadline = time.monotonic() + 30
    while (
        answer := put(page, id, CONTENT[SIZE // 2 :], offset=SIZE // 2, size=SIZE, sha256=SHA256)
    ).status_code == 409:
        # Jupyter has not noticed yet.
        assert time.monotonic() < deadline, answer.text
    assert (answer.status_code, answer.json()) == (200, {"sha256": SHA256, "size": SIZE})
    assert stored(home, SHA256).read_bytes() == CONTENT
    grown = process.memory_info().rss - before
    assert grown < 12 * MIB, f"memory grew by {grown / MIB:.1f} MiB"
    assert list((home.cache_dir / "uploads").glob("*.partial")) == []
    # The answer itself may be lost: asked again, it is the same.
    head = page.head(f"workbench/uploads/{id}")
    assert (head.headers["Upload-Offset"], head.headers["Upload-Complete"]) == (str(SIZE), "?1")
    again = put(page, id, b"", offset=SIZE, size=SIZE, sha256=SHA256)
    assert again.json() == answer.json()


def test_pieces_are_put_together(page: httpx.Client, home: Settings) -> None:
    id = "piece-after-piece-1"
    content = b"one,two\n" * 1000
    for at in range(0, 6000, 3000):
        answer = put(page, id, content[at : at + 3000], offset=at, size=len(content))
        assert (answer.status_code, answer.json()["offset"]) == (202, at + 3000)
    answer = put(page, id, content[6000:], offset=6000, size=len(content))
    sha256 = hashlib.sha256(content).hexdigest()
    assert answer.json() == {"sha256": sha256, "size": len(content)}
    assert stored(home, sha256).read_bytes() == content


def test_bytes_of_another_place_are_refused(page: httpx.Client) -> None:
    id = "not-where-it-ended-1"
    assert put(page, id, b"abc", size=9).status_code == 202
    for offset in (0, 2, 4):
        answer = put(page, id, b"def", offset=offset, size=9)
        assert (answer.status_code, answer.json()["facts"]["offset"]) == (409, 3)
    assert offset_of(page, id) == 3
    assert page.delete(f"workbench/uploads/{id}").status_code == 204
    assert offset_of(page, id) == 0


def test_two_tabs_cannot_send_to_one_upload(page: httpx.Client, home: Settings) -> None:
    id = "two-tabs-and-one-id"
    first = begin(page, id, b"x" * MIB, 2 * MIB)
    wait_for_offset(page, id, MIB)
    answer = put(page, id, b"y" * MIB, offset=MIB, size=2 * MIB)
    assert answer.status_code == 409
    assert "another tab" in answer.json()["detail"]
    first.send(b"x" * MIB)
    answered = first.getresponse()
    assert answered.status == 200, answered.read()
    first.close()
    assert stored(home, hashlib.sha256(b"x" * 2 * MIB).hexdigest()).is_file()


def test_a_cancelled_upload_is_deleted_under_its_sender(page: httpx.Client, home: Settings) -> None:
    id = "cancelled-while-sent"
    first = begin(page, id, b"x" * MIB, MIB + 1)
    wait_for_offset(page, id, MIB)
    assert page.delete(f"workbench/uploads/{id}").status_code == 204
    first.send(b"x")
    answered = first.getresponse()
    assert answered.status == 409
    assert b"cancelled" in answered.read()
    first.close()
    assert not (home.cache_dir / "uploads" / f"{id}.partial").exists()


def test_a_file_that_is_too_large_is_refused_before_it_is_sent(
    page: httpx.Client, home: Settings
) -> None:
    id = "larger-than-allowed-"
    answer = put(page, id, b"x", size=home.max_upload_bytes + 1)
    assert (answer.status_code, answer.json()["title"]) == (413, "TooLargeError")
    answer = put(page, id, b"x" * 20, size=10)
    assert (answer.status_code, answer.json()["title"]) == (422, "InvalidInputError")
    assert offset_of(page, id) in (0, 10)


def test_what_arrived_is_held_against_the_pages_digest(page: httpx.Client) -> None:
    id = "changed-while-it-was-sent"
    answer = put(page, id, b"other bytes", size=11, sha256="0" * 64)
    assert (answer.status_code, answer.json()["title"]) == (409, "ConflictError")
    assert "changed while it was sent" in answer.json()["next_step"]
    assert offset_of(page, id) == 0
    assert put(page, id, b"abc", size=3, sha256="no digest").status_code == 422


def test_numbers_and_ids_are_checked(page: httpx.Client) -> None:
    for query in ("", "?offset=0", "?offset=-1&size=3", "?offset=0&size=1e3"):
        answer = page.put(f"workbench/uploads/0123456789abcdef{query}", content=b"abc")
        assert answer.status_code == 422, query
    for id in ("short", "..%2F..%2Fescape-the-folder", "a" * 65, "with.dots.in.the.name"):
        answer = page.put(f"workbench/uploads/{id}?offset=0&size=3", content=b"abc")
        assert answer.status_code in (404, 405), id


def test_an_upload_waits_for_a_server_that_is_away(page: httpx.Client, home: Settings) -> None:
    id = "while-the-server-slept"
    stop_server(home)
    assert put(page, id, b"abc", size=6).status_code == 202
    answer = put(page, id, b"def", offset=3, size=6)
    assert answer.json() == {"sha256": hashlib.sha256(b"abcdef").hexdigest(), "size": 6}


def test_a_stream_without_a_length_is_bounded_too(page: httpx.Client) -> None:
    def chunks() -> Iterator[bytes]:
        for _ in range(10):
            yield b"x" * 100

    id = "nobody-says-how-long"
    answer = page.put(f"workbench/uploads/{id}?offset=0&size=500", content=chunks())
    assert (answer.status_code, answer.json()["title"]) == (422, "InvalidInputError")
