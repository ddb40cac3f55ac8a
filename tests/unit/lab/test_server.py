"""The way to the server, against one on a socket that answers as the test lets it."""

import asyncio
from dataclasses import replace

import pytest

from workbench.core.errors import ForbiddenError, OtherVersionError, ServerUnavailableError
from workbench.core.settings import Settings
from workbench.lab.server import Server

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.fixture
def way(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Server:
    settings.home.mkdir(mode=0o700)
    settings.token_path.write_text("pearl\n")

    async def ready(_self: Server) -> None:
        """The server below needs no start."""

    monkeypatch.setattr(Server, "_make_ready", ready)
    return Server(settings, "ana")


def test_an_event_arrives_before_the_next_one_happens(way: Server, settings: Settings) -> None:
    asked: list[bytes] = []
    seen: list[bytes] = []

    async def story() -> None:
        was_seen = asyncio.Event()

        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            asked.append(await reader.readuntil(b"\r\n\r\n"))
            writer.write(HEAD + b"5\r\nfirst\r\n")
            # The second is not sent before the first was seen at the other end.
            await was_seen.wait()
            writer.write(b"6\r\nsecond\r\n0\r\n\r\n")
            writer.close()
            await writer.wait_closed()

        async with await asyncio.start_unix_server(answer, settings.socket_path):
            async with way.ask("GET", "/jobs/a/events") as response:
                async for chunk in response.aiter_raw():
                    seen.append(chunk)
                    was_seen.set()
            await way.close()

    asyncio.run(asyncio.wait_for(story(), 30))
    assert seen == [b"first", b"second"]
    assert b"authorization: bearer pearl" in asked[0].lower()
    assert b"x-workbench-identity: ana" in asked[0].lower()


def test_a_request_that_changes_something_is_not_sent_twice(
    way: Server, settings: Settings
) -> None:
    asked: list[bytes] = []

    async def story() -> None:
        async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            asked.append(await reader.readuntil(b"\r\n\r\n"))
            writer.close()
            await writer.wait_closed()

        async with await asyncio.start_unix_server(hang_up, settings.socket_path):
            for method in ("POST", "GET"):
                with pytest.raises(ServerUnavailableError, match="in the middle") as refused:
                    async with way.ask(method, "/sql"):
                        pass
                assert "try again" in refused.value.next_step
            await way.close()

    asyncio.run(asyncio.wait_for(story(), 30))
    assert [request.split()[0] for request in asked] == [b"POST", b"GET", b"GET"]


@pytest.mark.parametrize("token", [None, "of-a-principal"])
def test_a_token_that_ended_is_no_login_that_ended(
    way: Server, settings: Settings, token: str | None
) -> None:
    told: list[ForbiddenError | ServerUnavailableError] = []

    async def story() -> None:
        own = Server(replace(settings, access_token=token), "ana")

        async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n")
            writer.close()
            await writer.wait_closed()

        async with await asyncio.start_unix_server(refuse, settings.socket_path):
            with pytest.raises((ForbiddenError, ServerUnavailableError)) as refused:
                async with own.ask("GET", "/tasks"):
                    pass
            told.append(refused.value)
            await own.close()
        await way.close()

    asyncio.run(asyncio.wait_for(story(), 30))
    if token is None:
        # The home was made anew, and its next token is read from its file.
        assert (told[0].status, "repeat it" in told[0].next_step) == (503, True)
    else:
        assert (told[0].status, told[0].facts) == (403, {"reason": "token"})
        assert token not in str(told[0].to_problem())


def test_a_server_of_another_version_is_refused_with_what_helps(
    way: Server, settings: Settings
) -> None:
    async def story() -> None:
        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            head = b"HTTP/1.1 200 OK\r\nX-Workbench-Version: 99.1.0\r\nContent-Length: 2\r\n\r\n"
            writer.write(head + b"[]")
            writer.close()
            await writer.wait_closed()

        async with await asyncio.start_unix_server(answer, settings.socket_path):
            with pytest.raises(OtherVersionError, match=r"99\.1\.0") as caught:
                async with way.ask("GET", "/tasks"):
                    pass
            assert "workbench server stop" in caught.value.next_step
            assert caught.value.facts["server"] == "99.1.0"
            await way.close()

    asyncio.run(asyncio.wait_for(story(), 30))
