"""What a stranger can make the parser keep."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from workbench.server.protocol import MAX_HEAD_BYTES, HttpProtocol

START = b"POST / HTTP/1.1\r\nHost: x\r\n"
CHUNKED = START + b"Transfer-Encoding: chunked\r\n\r\n"


async def count(_scope: Scope, receive: Receive, send: Send) -> None:
    size, more = 0, True
    while more:
        message = await receive()
        size += len(message.get("body", b""))
        more = message.get("more_body", False)
    answer = f"{size}".encode()
    headers = [(b"content-length", f"{len(answer)}".encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": answer})


async def served(path: Path, talk: Callable[[], Awaitable[bytes]]) -> bytes:
    config = uvicorn.Config(count, http=HttpProtocol, ws="none", lifespan="off", log_config=None)
    config.load()
    state = uvicorn.server.ServerState()
    server = await asyncio.get_running_loop().create_unix_server(
        lambda: HttpProtocol(config=config, server_state=state, app_state={}), str(path)
    )
    async with server:
        return await talk()


def say(path: Path, *parts: bytes) -> bytes:
    """Return what is answered until the server hangs up."""

    async def talk() -> bytes:
        reader, writer = await asyncio.open_unix_connection(str(path))
        try:
            with suppress(ConnectionError):
                for part in parts:
                    writer.write(part)
                    await writer.drain()
            return await asyncio.wait_for(reader.read(), 20)
        finally:
            writer.close()

    return asyncio.run(served(path, talk))


@pytest.mark.parametrize(
    "start",
    [b"POST /", START, START + b"X: ", CHUNKED + b"0\r\nX: ", CHUNKED + b"1;"],
    ids=["the address", "a name", "a value", "a trailer", "a chunk's extension"],
)
def test_what_never_ends_is_hung_up_on(tmp_path: Path, start: bytes) -> None:
    # Who goes on talking may lose the answer with the connection.
    with suppress(ConnectionError):
        answer = say(tmp_path / "s", start, *[b"a" * MAX_HEAD_BYTES] * 10)
        assert b" 400 " in answer
        assert answer.endswith(b"The head of the request is too long.")


def test_a_body_is_no_head(tmp_path: Path) -> None:
    body = b"b" * (5 * MAX_HEAD_BYTES)
    head = START + f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode()
    assert say(tmp_path / "s", head, body).endswith(f"{len(body)}".encode())


def test_a_body_in_small_chunks_is_no_head(tmp_path: Path) -> None:
    chunks = [b"1\r\nx\r\n" * 10_000] * 4
    head = CHUNKED.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    assert say(tmp_path / "s", head, *chunks, b"0\r\n\r\n").endswith(b"40000")


def test_requests_one_after_the_other_are_not_counted_together(tmp_path: Path) -> None:
    one = START + b"X: " + b"a" * 30_000 + b"\r\nContent-Length: 1\r\n\r\nb"
    last = one.replace(b"Host: x", b"Host: x\r\nConnection: close")
    answers = say(tmp_path / "s", *[one] * 4, last)
    assert answers.count(b"HTTP/1.1 200 ") == 5
