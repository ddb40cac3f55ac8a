"""A home with a paid epoch, its mirror, and ways to open homes and to lie about them."""

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.integration.mirror import story
from tests.integration.mirror.places import settings_at
from tests.integration.workflows.conftest import Lab
from tests.integration.workflows.test_recompute import make_lab, valued
from workbench.client.bench import Bench
from workbench.client.progress import Silent
from workbench.client.transport import InProcessTransport
from workbench.core.canonical import canonical_bytes, sha256_hex
from workbench.core.keys import PrivateKey
from workbench.mirror.manifest import NAME, Manifest, MirrorFile, blob_name, segment_name
from workbench.server.app import create_app
from workbench.workflows.home import Home

Rows = list[dict[str, Any]]
Open = Callable[[Path], "Opened"]


@dataclass
class Opened:
    """A home that is open in this process, and a bench on it."""

    lab: Lab
    bench: Bench

    @property
    def home(self) -> Home:
        return self.lab.home

    def count(self, view: str) -> int:
        [row] = self.home.database.select(f"select count(*) as n from {view}").to_pylist()
        return int(row["n"])

    def blobs(self) -> set[str]:
        root = self.home.blobs.root / "sha256"
        return {path.parent.name + path.name for path in root.glob("*/*")}

    def verified(self) -> dict[str, Any]:
        found = self.bench.verify(files=True)
        assert found.is_whole, found.first_bad
        return found.result


@dataclass
class Written:
    """A home on the disk that nobody has open, and people's keys."""

    folder: Path
    epoch: str
    study: str
    keys: dict[str, PrivateKey] = field(default_factory=dict)

    def copy(self, place: Path) -> Path:
        """Return a copy of the home's folder, with which another history can begin."""
        return Path(shutil.copytree(self.folder, place / "home")).parent


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> Written:
    """A home with six contributions, a study and a paid epoch."""
    folder = tmp_path_factory.mktemp("origin")
    lab = make_lab(folder, recipe={"utility": "ridge"}, owner_cap="1/3")
    study = valued(lab)
    epoch = lab.pay(study).id
    lab.fund(7_000, nonce="next")
    private = lab.draft("eve", lab.rows(7, 77))
    lab.draft("kai", lab.rows(8, 78))
    assert private.state == "draft"
    lab.home.close()
    return Written(folder / "home", epoch, study, lab.keys)


@dataclass
class Storied:
    """A home in which everything has happened, its mirror, and its epochs: paid, void, open."""

    written: Written
    mirror: Path
    epochs: list[str]


@pytest.fixture(scope="session")
def storied(tmp_path_factory: pytest.TempPathFactory) -> Storied:
    """Everything that a record can say has happened; nobody changes it."""
    folder = tmp_path_factory.mktemp("storied")
    keys, epochs = story.tell(folder)
    written = Written(folder / "home", epochs[0], "", keys)
    place = tmp_path_factory.mktemp("told")
    with opened(written.copy(place)) as found:
        found.bench.home_mirror(place / "mirror").export()
    return Storied(written, place / "mirror", epochs)


@contextmanager
def opened(folder: Path, keys: dict[str, PrivateKey] | None = None) -> Iterator[Opened]:
    """Open the home in a folder until the block ends."""
    home = Home.open(settings_at(folder))
    app = TestClient(
        create_app(home, "token"),
        headers={"Authorization": "Bearer token"},
        raise_server_exceptions=False,
    )
    with closing(home), app, closing(InProcessTransport(app)) as transport:
        settings = home.settings
        bench = Bench(
            transport, settings.keys_dir, "sponsor", settings=settings, make_display=Silent
        )
        yield Opened(Lab(home, dict(keys or {})), bench)


@pytest.fixture(scope="session")
def exported(written: Written, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home's mirror, which nobody changes."""
    folder = tmp_path_factory.mktemp("exported")
    with opened(written.copy(folder)) as found:
        found.bench.home_mirror(folder / "mirror").export()
    return folder / "mirror"


@pytest.fixture
def open_home(written: Written) -> Iterator[Open]:
    """Return a function that opens the home in a folder until the test is over."""
    with ExitStack() as stack:
        yield lambda folder: stack.enter_context(opened(folder, written.keys))


@pytest.fixture
def origin(written: Written, open_home: Open, tmp_path: Path) -> Opened:
    """A copy of the home, open."""
    return open_home(written.copy(tmp_path / "origin"))


@pytest.fixture
def mirror(exported: Path, tmp_path: Path) -> Path:
    """A copy of the home's mirror."""
    return Path(shutil.copytree(exported, tmp_path / "mirror"))


@pytest.fixture
def elsewhere(open_home: Open, tmp_path: Path) -> Opened:
    """An empty home of somebody else's."""
    return open_home(tmp_path / "elsewhere")


@dataclass
class Liar:
    """Whoever has the server's key: what it signs holds together, and is not so."""

    folder: Path
    key: PrivateKey
    manifest: Manifest
    keys: dict[str, PrivateKey] = field(default_factory=dict)

    @classmethod
    def of(cls, folder: Path, key: PrivateKey) -> "Liar":
        return cls(folder, key, Manifest.read((folder / NAME).read_bytes()))

    def rows(self, table: str) -> Rows:
        [name] = self.manifest.segments(table)
        return [json.loads(line) for line in (self.folder / name).read_bytes().splitlines()]

    def write(self, table: str, rows: Rows, *, head: bytes | None = None) -> None:
        """Put other rows in the place of a table's, or of the log's, and sign that."""
        files = {n: f for n, f in self.manifest.files.items() if n not in self.names(table)}
        for name in self.names(table):
            (self.folder / name).unlink()
        content = b"".join(canonical_bytes(row) + b"\n" for row in rows)
        name = segment_name(table, 0, sha256_hex(content))
        (self.folder / name).parent.mkdir(exist_ok=True)
        (self.folder / name).write_bytes(content)
        files[name] = MirrorFile(sha256_hex(content), len(content))
        self.sign(files, head)

    def drop_blob(self, sha256: str) -> None:
        files = {n: f for n, f in self.manifest.files.items() if n != blob_name(sha256)}
        assert len(files) < len(self.manifest.files)
        self.sign(files)

    def names(self, table: str) -> list[str]:
        return self.manifest.segments(table)

    def sign(self, files: dict[str, MirrorFile], head: bytes | None = None) -> None:
        self.manifest = Manifest.sign(head or self.manifest.head_text, files, self.key)
        (self.folder / NAME).write_bytes(self.manifest.content)


@pytest.fixture
def liar(written: Written, mirror: Path) -> Liar:
    """The server itself, which lies."""
    return Liar.of(mirror, PrivateKey.load(written.folder / "server.key"))


def tree(folder: Path) -> dict[str, bytes]:
    """Return every file of a folder."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
