"""A backup in one file is the home again, equal in bytes, or is refused with the reason."""

import gzip
import io
import tarfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from workbench.client.backup_archive import BackupArchive
from workbench.client.backups import Backup
from workbench.client.bench import Bench
from workbench.client.launch import stop_server
from workbench.client.progress import Silent
from workbench.client.task import Task
from workbench.client.transport import Transport
from workbench.core.errors import (
    ConflictError,
    CorruptBundleError,
    DiskFullError,
    InvalidInputError,
)
from workbench.core.settings import Settings


@pytest.fixture(scope="module")
def backup(bench: Bench, task: Task, tmp_path_factory: pytest.TempPathFactory) -> Backup:
    """A backup in one file, which nobody changes."""
    del task
    return bench.backup(tmp_path_factory.mktemp("kept") / "home.tar")


@pytest.fixture
def opened(lab: Settings, tmp_path: Path) -> Iterator[Bench]:
    settings = replace(lab, home=tmp_path / "restored")
    with Transport(settings) as transport:
        yield Bench(transport, lab.keys_dir, "sponsor", settings=settings, make_display=Silent)
    stop_server(settings)


def members(content: bytes) -> list[tuple[tarfile.TarInfo, bytes]]:
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        found = []
        for one in archive.getmembers():
            stream = archive.extractfile(one)
            found.append((one, stream.read() if stream else b""))
        return found


def packed(parts: list[tuple[tarfile.TarInfo, bytes]]) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.GNU_FORMAT) as archive:
        for info, content in parts:
            info.size = len(content) if info.isreg() else 0
            archive.addfile(info, io.BytesIO(content))
    return stream.getvalue()


def refused(path: Path, home: Path, said: str) -> None:
    for act in (lambda: Bench.check_backup(path), lambda: Bench.restore(path, home)):
        with pytest.raises(CorruptBundleError, match=said):
            act()
    assert {one.name for one in home.parent.iterdir()} <= {path.name}


@pytest.mark.parametrize("name", ["home.tar", "home.tar.gz", "home.tgz"])
def test_the_home_comes_back_out_of_one_file(
    bench: Bench, task: Task, opened: Bench, tmp_path: Path, name: str
) -> None:
    del task
    made = bench.backup(tmp_path / "one" / name)
    assert made.path == tmp_path / "one" / name
    assert [one.name for one in made.path.parent.iterdir()] == [name]
    assert made.path.stat().st_mode & 0o777 == 0o600
    assert (made.path.read_bytes()[:2] == b"\x1f\x8b") == (name != "home.tar")
    assert Bench.check_backup(made.path).manifest == made.manifest
    assert opened.settings is not None
    Bench.restore(made.path, opened.settings.home)
    assert opened.verify(files=True).is_whole
    statement = "select * from record order by seq"
    assert opened.sql(statement).equals(bench.sql(statement))


def test_the_same_backup_is_the_same_bytes_and_unpacked_it_is_a_folder_of_backups(
    backup: Backup, bench: Bench, tmp_path: Path
) -> None:
    assert bench.settings is not None
    unpacked = tmp_path / "unpacked"
    # Python 3.11.2 has no filter for extractall.
    with tarfile.open(backup.path) as archive:
        for member in archive:
            content = archive.extractfile(member)
            if content is not None:
                place = unpacked / member.name
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(content.read())
    found = Bench.check_backup(unpacked)
    assert found.manifest == backup.manifest
    for number in range(2):
        again = BackupArchive(tmp_path / f"{number}.tar.gz")
        for path in sorted((unpacked / "blobs").rglob("*"), reverse=bool(number)):
            if path.is_file():
                again.put(path)
        again.finish(backup.manifest)
    first, second = ((tmp_path / f"{n}.tar.gz").read_bytes() for n in range(2))
    assert first == second
    assert gzip.decompress(first) == backup.path.read_bytes()


def test_nothing_is_written_over_and_other_kinds_are_named(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "mine.tar").write_bytes(b"mine")
    (tmp_path / "link.tar").symlink_to(tmp_path / "nowhere")
    for name in ("mine.tar", "link.tar"):
        with pytest.raises(ConflictError, match="is there already"):
            bench.backup(tmp_path / name)
    with pytest.raises(InvalidInputError, match="of a kind that is not written here"):
        bench.backup(tmp_path / "home.tar.zst")
    assert (tmp_path / "mine.tar").read_bytes() == b"mine"
    assert sorted(one.name for one in tmp_path.iterdir()) == ["link.tar", "mine.tar"]


@pytest.mark.parametrize("suffix", [".tar", ".tar.gz"])
def test_a_torn_file_is_refused_wherever_it_ends(
    backup: Backup, tmp_path: Path, suffix: str
) -> None:
    whole = backup.path.read_bytes()
    content = whole if suffix == ".tar" else gzip.compress(whole, 1, mtime=0)
    end = len(content) - (2 * tarfile.BLOCKSIZE if suffix == ".tar" else 400)
    path = tmp_path / f"torn{suffix}"
    for size in [*range(1, 3000, 499), *range(3000, end, end // 12), end - 1]:
        path.write_bytes(content[:size])
        refused(path, tmp_path / "restored", "is torn|is not as it was written|no backup")


def test_every_changed_part_is_refused(backup: Backup, tmp_path: Path) -> None:
    content = backup.path.read_bytes()
    path = tmp_path / "changed.tar"
    end = len(content) - 2 * tarfile.BLOCKSIZE
    seen = 0
    for place in range(0, end, end // 60):
        path.write_bytes(content[:place] + bytes([content[place] ^ 4]) + content[place + 1 :])
        try:
            found = Bench.check_backup(path)
        except CorruptBundleError:
            seen += 1
        else:
            # What nobody reads: who owned a member, and what fills its last block.
            assert found.manifest == backup.manifest
    assert seen > 40


def _escapes(kind: bytes, name: str, link: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, link
    return info


@pytest.mark.parametrize("place", [0, 2, -1])
@pytest.mark.parametrize(
    "odd",
    [
        _escapes(tarfile.REGTYPE, "../escaped"),
        _escapes(tarfile.REGTYPE, "/tmp/escaped"),
        _escapes(tarfile.SYMTYPE, "blobs/aa", "/etc"),
        _escapes(tarfile.LNKTYPE, "blobs/aa", "/etc/passwd"),
        _escapes(tarfile.CHRTYPE, "blobs/null"),
        _escapes(tarfile.FIFOTYPE, "blobs/pipe"),
        _escapes(tarfile.DIRTYPE, "blobs"),
        _escapes(tarfile.REGTYPE, "x" * 300),
        _escapes(tarfile.XHDTYPE, "pax"),
    ],
    ids=lambda info: f"{info.type!r} {info.name[:12]}",
)
def test_a_member_that_the_list_does_not_name_is_refused(
    backup: Backup, tmp_path: Path, odd: tarfile.TarInfo, place: int
) -> None:
    parts = members(backup.path.read_bytes())
    parts.insert(place if place >= 0 else len(parts), (odd, b"odd"))
    path = tmp_path / "odd.tar"
    path.write_bytes(packed(parts))
    said = "no backup|no plain file|must be|calls its list|is not as it was|more than its list"
    refused(path, tmp_path / "restored", said)


def test_a_member_of_another_size_is_not_unpacked(backup: Backup, tmp_path: Path) -> None:
    """A few bytes of gzip may be a thousand times as many: the list bounds what is read."""
    parts = members(backup.path.read_bytes())
    path = tmp_path / "large.tar.gz"
    for place in (0, 2):
        large = [*parts]
        large[place] = (parts[place][0], bytes(10 << 20))
        path.write_bytes(gzip.compress(packed(large)))
        refused(path, tmp_path / "restored", "is no backup|must be")


def test_a_full_disk_leaves_no_file(
    bench: Bench, task: Task, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    del task
    request.getfixturevalue("little_space")
    with pytest.raises(DiskFullError, match="no space is left"):
        bench.backup(tmp_path / "home.tar")
    assert list(tmp_path.iterdir()) == []
