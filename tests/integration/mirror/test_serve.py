"""A mirror is served to this machine alone: what its manifest names, and nothing else."""

import http.client
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.mirror.conftest import Opened, tree
from workbench.core.errors import (
    ConflictError,
    CorruptBundleError,
    InvalidInputError,
    NotFoundError,
)
from workbench.mirror.manifest import NAME
from workbench.mirror.serve import HOST, MirrorServer


@pytest.fixture
def served(mirror: Path) -> Iterator[MirrorServer]:
    """The mirror, served until the test is over."""
    with MirrorServer(mirror) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def ask(
    server: MirrorServer, method: str, path: str, host: str | None = None
) -> tuple[int, bytes, dict[str, str]]:
    connection = http.client.HTTPConnection(HOST, server.server_port, timeout=20)
    try:
        connection.request(method, path, headers={} if host is None else {"Host": host})
        answer = connection.getresponse()
        return answer.status, answer.read(), dict(answer.getheaders())
    finally:
        connection.close()


def test_every_file_is_served_as_it_is(served: MirrorServer, mirror: Path) -> None:
    for name, content in tree(mirror).items():
        status, body, headers = ask(served, "GET", f"/{name}")
        assert (status, body) == (200, content)
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Content-Security-Policy"].startswith("sandbox")
        status, body, headers = ask(served, "HEAD", f"/{name}")
        assert (status, body, int(headers["Content-Length"])) == (200, b"", len(content))


@pytest.mark.parametrize(
    "path",
    [
        "/secret.txt", "/../secret.txt", "/..%2fsecret.txt", "/%2e%2e/secret.txt",
        "/log/../../secret.txt", "//secret.txt", "/link.txt", "/", "/log/", "/log", "/.git/config",
        "/pages/..%5csecret.txt", "/%00", "/etc/passwd", "//etc/passwd", "/mirror.json/", "/%ff",
    ],
)  # fmt: skip
def test_nothing_else_is_served(served: MirrorServer, mirror: Path, path: str) -> None:
    (mirror / "secret.txt").write_text("mine")
    (mirror.parent / "secret.txt").write_text("mine")
    (mirror / "link.txt").symlink_to(mirror.parent / "secret.txt")
    status, body, _ = ask(served, "GET", path)
    assert status == 404
    assert b"mine" not in body


def test_a_named_file_that_became_a_link_is_not_followed(
    served: MirrorServer, mirror: Path
) -> None:
    outside = mirror.parent / "outside"
    [name] = [name for name in tree(mirror) if name.startswith("log/")]
    (mirror / "log").rename(outside)
    (mirror / "log").symlink_to(outside)
    assert ask(served, "GET", f"/{name}")[0] == 404
    (mirror / "log").unlink()
    (mirror / "log").mkdir()
    (mirror / name).symlink_to(outside / Path(name).name)
    assert ask(served, "GET", f"/{name}")[0] == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "X"])
def test_it_is_read_only(served: MirrorServer, mirror: Path, method: str) -> None:
    before = tree(mirror)
    assert ask(served, method, f"/{NAME}")[0] == 501
    assert tree(mirror) == before


def test_another_sites_page_reads_nothing(served: MirrorServer) -> None:
    assert ask(served, "GET", f"/{NAME}", host="evil.example")[0] == 421
    assert ask(served, "GET", f"/{NAME}", host=f"localhost:{served.server_port}")[0] == 200


def test_only_this_machine_is_listened_to(served: MirrorServer) -> None:
    assert served.server_address[0] == HOST == "127.0.0.1"


def test_a_served_mirror_is_checked_and_taken_in(
    served: MirrorServer, elsewhere: Opened, origin: Opened, mirror: Path
) -> None:
    found = elsewhere.bench.home_mirror(served.url).check(mirror)
    assert found.comparison is not None
    assert found.comparison.state == "same"
    elsewhere.bench.home_mirror(served.url + "/").import_()
    assert elsewhere.verified()["root"] == found.manifest.head.root
    origin.lab.fund(3, nonce="more")
    with pytest.raises(InvalidInputError, match="cannot be written"):
        origin.bench.home_mirror(served.url).export()


def test_a_server_that_sends_more_than_it_said_is_cut_off(
    served: MirrorServer, elsewhere: Opened, mirror: Path
) -> None:
    [name] = [name for name in tree(mirror) if name.startswith("log/")]
    with (mirror / name).open("ab") as stream:
        stream.truncate(200_000_000)
    with pytest.raises(CorruptBundleError, match="larger than it may be"):
        elsewhere.bench.home_mirror(served.url).check()


def test_nobody_there_is_said(served: MirrorServer, elsewhere: Opened, mirror: Path) -> None:
    (mirror / NAME).unlink()
    with pytest.raises(NotFoundError, match="holds no mirror"):
        elsewhere.bench.home_mirror(served.url).check()
    with pytest.raises(InvalidInputError, match="cannot be read"):
        elsewhere.bench.home_mirror("http://127.0.0.1:9/").check()


def test_only_a_mirror_is_served_and_only_once(served: MirrorServer, mirror: Path) -> None:
    with pytest.raises(NotFoundError, match="holds no mirror"):
        MirrorServer(mirror.parent)
    with pytest.raises(ConflictError, match="cannot be used"):
        MirrorServer(mirror, served.server_port)
