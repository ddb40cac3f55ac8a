"""Inputs that travel: packed, checked on arrival, kept once."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

import pytest

from workbench.compute.ray_parcel import PIECE_BYTES, NodeStore, Parcel, pack
from workbench.core.errors import JobError


class Store:
    """An object store of one process."""

    def __init__(self) -> None:
        self.content: dict[str, list[bytes]] = {}
        self.fetched: list[str] = []

    def send(self, digest: str, content: Iterable[bytes]) -> None:
        self.content[digest] = list(content)

    def receive(self, digest: str) -> list[bytes]:
        self.fetched.append(digest)
        return self.content[digest]


@pytest.fixture
def node(tmp_path: Path) -> NodeStore:
    return NodeStore(tmp_path / "node")


def test_a_file_arrives_as_it_was_and_is_fetched_once(tmp_path: Path, node: NodeStore) -> None:
    path = tmp_path / "rows"
    path.write_bytes(b"ab" * PIECE_BYTES)
    store = Store()
    parcel = pack(path, store.send)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()

    paths = {node.unpack(parcel, store.receive) for _ in range(2)}

    assert [path.read_bytes() for path in paths] == [b"ab" * PIECE_BYTES]
    assert parcel.files == {"": digest}
    assert [len(piece) for piece in store.content[digest]] == [PIECE_BYTES, PIECE_BYTES]
    assert store.fetched == [digest]


def test_a_folder_arrives_with_its_names_and_shares_equal_files(
    tmp_path: Path, node: NodeStore
) -> None:
    files = {"config.json": b"{}", "part/a.bin": b"same", "part/b.bin": b"same", "empty": b""}
    for name, content in files.items():
        (tmp_path / "model" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "model" / name).write_bytes(content)
    store = Store()
    parcel = pack(tmp_path / "model", store.send)

    folder = node.unpack(parcel, store.receive)

    found = {p.relative_to(folder).as_posix(): p for p in folder.rglob("*") if p.is_file()}
    assert {name: path.read_bytes() for name, path in found.items()} == files
    assert len(store.fetched) == 3
    assert node.unpack(parcel, store.receive) == folder
    assert len(store.fetched) == 3


def test_what_arrives_changed_is_refused_and_not_kept(tmp_path: Path, node: NodeStore) -> None:
    digest = hashlib.sha256(b"right").hexdigest()

    with pytest.raises(JobError, match="arrived with the digest"):
        node.unpack(Parcel({"": digest}), lambda _: [b"wr", b"ong"])

    assert [path for path in (tmp_path / "node").rglob("*") if path.is_file()] == []
    assert node.unpack(Parcel({"": digest}), lambda _: [b"right"]).read_bytes() == b"right"


@pytest.mark.parametrize("name", ["../x", "/x", "a/../../x", "a\0b"])
def test_no_path_leads_out_of_a_folder(name: str) -> None:
    with pytest.raises(JobError, match="no path inside a folder"):
        Parcel.from_json({name: "0" * 64})
