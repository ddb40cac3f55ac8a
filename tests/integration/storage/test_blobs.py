import asyncio
import hashlib
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from workbench.core.errors import InvalidInputError, NotFoundError, TooLargeError
from workbench.storage.blobs import BlobStore

CONTENT = b"rare words" * 1000
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def store(tmp_path: Path) -> BlobStore:
    return BlobStore(tmp_path / "blobs", max_bytes=100_000)


def files(store: BlobStore) -> list[str]:
    return sorted(p.parent.name + p.name for p in store.root.rglob("*") if p.is_file())


async def chunks_of(content: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(content), 999):
        yield content[start : start + 999]


def test_a_file_is_found_by_what_it_holds(store: BlobStore) -> None:
    assert store.put([CONTENT[:3], b"", CONTENT[3:]]) == (SHA256, len(CONTENT))
    assert store.read(SHA256) == CONTENT
    assert store.path(SHA256) == store.root / "sha256" / SHA256[:2] / SHA256[2:]
    assert store.has(SHA256)
    assert files(store) == [SHA256]


def test_every_way_in_gives_the_same_file(store: BlobStore, tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_bytes(CONTENT)
    assert store.put_file(tmp_path / "rows.csv") == (SHA256, len(CONTENT))
    assert asyncio.run(store.put_async(chunks_of(CONTENT))) == (SHA256, len(CONTENT))
    assert store.put([CONTENT]) == (SHA256, len(CONTENT))
    assert files(store) == [SHA256]


def test_nothing_is_a_file_too(store: BlobStore) -> None:
    empty = hashlib.sha256(b"").hexdigest()
    assert store.put([]) == (empty, 0)
    assert store.read(empty) == b""


def test_stored_files_are_read_only_and_private(store: BlobStore) -> None:
    store.put([CONTENT])
    assert store.path(SHA256).stat().st_mode & 0o777 == 0o400
    assert (store.root / "sha256" / SHA256[:2]).stat().st_mode & 0o077 == 0


def test_the_largest_file_is_accepted_and_one_byte_more_is_not(store: BlobStore) -> None:
    assert store.put([b"x" * 100_000])[1] == 100_000
    with pytest.raises(TooLargeError, match="100000 bytes"):
        store.put([b"y" * 100_000, b"y"])
    assert len(files(store)) == 1


def test_reading_stops_at_the_limit(store: BlobStore) -> None:
    def endless() -> Iterator[bytes]:
        while True:
            yield b"x" * 60_000

    with pytest.raises(TooLargeError):
        store.put(endless())
    assert files(store) == []


def test_a_stream_that_breaks_leaves_nothing(store: BlobStore) -> None:
    def breaking() -> Iterator[bytes]:
        yield CONTENT
        raise ConnectionResetError("gone")

    with pytest.raises(ConnectionResetError):
        store.put(breaking())
    assert files(store) == []


def test_an_upload_that_is_cancelled_leaves_nothing(store: BlobStore) -> None:
    async def upload() -> None:
        started = asyncio.Event()

        async def endless() -> AsyncIterator[bytes]:
            yield CONTENT
            started.set()
            await asyncio.Event().wait()

        task = asyncio.create_task(store.put_async(endless()))
        await started.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(upload())
    assert files(store) == []


def test_many_uploads_of_the_same_bytes_end_as_one_file(store: BlobStore) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: store.put([CONTENT]), range(16)))
    assert set(answers) == {(SHA256, len(CONTENT))}
    assert files(store) == [SHA256]


@pytest.mark.parametrize("sha256", ["", "a" * 63, "A" * 64, "g" * 64, "../" + "a" * 61, "a" * 65])
def test_a_name_that_is_no_digest_is_refused(store: BlobStore, sha256: str) -> None:
    for use in (store.path, store.read, store.has):
        with pytest.raises(InvalidInputError, match="no SHA-256"):
            use(sha256)


def test_a_missing_file_is_not_found(store: BlobStore) -> None:
    assert not store.has(SHA256)
    with pytest.raises(NotFoundError, match=SHA256[:16]):
        store.read(SHA256)


def test_links_folders_and_pipes_are_not_stored(store: BlobStore, tmp_path: Path) -> None:
    (tmp_path / "real").write_bytes(CONTENT)
    (tmp_path / "link").symlink_to(tmp_path / "real")
    os.mkfifo(tmp_path / "pipe")
    for name in ("link", "pipe", "blobs"):
        with pytest.raises(InvalidInputError):
            store.put_file(tmp_path / name)
    with pytest.raises(NotFoundError):
        store.put_file(tmp_path / "missing")
    assert files(store) == []


def test_what_a_killed_upload_left_is_swept_when_the_store_opens(store: BlobStore) -> None:
    program = (
        "import os, signal, sys; from pathlib import Path\n"
        "from workbench.storage.blobs import BlobStore\n"
        "def chunks():\n"
        "    yield b'x' * 3_000_000; os.kill(os.getpid(), signal.SIGKILL)\n"
        "BlobStore(Path(sys.argv[1]), 2**30).put(chunks())"
    )
    subprocess.run([sys.executable, "-c", program, str(store.root)], check=False)
    assert len(files(store)) == 1
    mine = store.root / "partial" / f"{os.getpid()}-of-this-process"
    mine.touch()
    BlobStore(store.root, max_bytes=1)
    assert [p.name for p in store.root.rglob("*") if p.is_file()] == [mine.name]
