"""A whole home in another folder, and back: ``Bench.backup`` and ``Bench.restore``."""

import json
import os
import shutil
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from workbench.client.backup_archive import BackupArchive, is_archive
from workbench.client.backup_folder import BackupFolder, Manifest, read_manifest
from workbench.client.connection import Api, message
from workbench.client.display import Shown, Table
from workbench.client.job import Job
from workbench.client.progress import Display, Meter
from workbench.core.canonical import canonical_bytes
from workbench.core.envelope import Envelope
from workbench.core.errors import ConflictError, InvalidInputError, NotFoundError, SignatureError
from workbench.core.settings import Settings
from workbench.core.wire import BackupRequest, JobView

_Place = BackupArchive | BackupFolder
_STOPPED: Final = (
    "Stopped. The home is untouched and no backup was made; what was copied stays, and the next "
    "backup does not copy it again."
)
_STOPPED_FILE: Final = "Stopped. The home is untouched and no backup was made; no file is left."


class Backup(Shown):
    """A backup that is whole.

    Parameters
    ----------
    path : of its list of files.
    manifest : what it holds.
    n_new_bytes : that earlier backups of the folder did not have.
    """

    def __init__(self, path: Path, manifest: Manifest, n_new_bytes: int | None = None) -> None:
        self.path = path
        self.manifest = manifest
        self.n_new_bytes = n_new_bytes

    @property
    def wire(self) -> dict[str, Any]:
        """What programs read of it."""
        found = vars(self.manifest) | {"files": len(self.manifest.files), "path": str(self.path)}
        return found | {"bytes": self.manifest.n_bytes, "new_bytes": self.n_new_bytes}

    def _table(self) -> Table:
        one = self.manifest
        new = "" if self.n_new_bytes is None else f", {self.n_new_bytes:,} of them new here"
        return Table(
            f"✓ backup {self.path}",
            [],
            [],
            [
                f"{one.size:,} entries of the log, {len(one.files):,} files, "
                f"{one.n_bytes:,} bytes{new}",
                "it holds the server's key and every row: keep it as private as the home",
                "your own keys lie elsewhere and are not in it",
                f"to get it back: workbench restore {self.path} --home NEW",
            ],
        )


class Restored(Shown):
    """A home that was made from a backup.

    Parameters
    ----------
    home : its folder.
    manifest : of the backup.
    lost : entries that a later head promises and the backup has not; None where no later head
        was at hand.
    """

    def __init__(self, home: Path, manifest: Manifest, lost: int | None) -> None:
        self.home = home
        self.manifest = manifest
        self.lost = lost

    @property
    def wire(self) -> dict[str, Any]:
        """What programs read of it."""
        one = self.manifest
        return {"home": str(self.home), "backup": one.name, "size": one.size, "lost": self.lost}

    def _table(self) -> Table:
        one = self.manifest
        if self.lost:
            lost = f"! {self.lost:,} entries that were signed after it are lost"
        elif self.lost == 0:
            lost = "nothing that the head at hand promises was lost"
        else:
            lost = "whether anything later was lost is not known: --head OLD/head.json would tell"
        return Table(
            f"✓ home {self.home}, as it was at {one.created_at[:19]} UTC",
            [],
            [],
            [
                f"{one.size:,} entries of the log, {len(one.files):,} files",
                lost,
                "whoever keeps a later signed head of this server will see that its log went back"
                if self.lost != 0
                else "",
            ],
        )


class Backups:
    """What ``Bench`` does so that no home is lost.

    Attributes
    ----------
    api : the way to the server.
    settings : paths of the home.
    """

    api: Api
    settings: Settings | None

    def backup(self, folder: str | Path | None = None) -> Backup:
        """Back up the whole home while its server goes on, and verify what was copied.

        The databases are those of one moment. Files that the folder has from an earlier backup
        are not copied again.

        Parameters
        ----------
        folder : of backups, better on another disk; ``HOME.backups`` unless given. Or a new file
            that ends in ``.tar``, ``.tar.gz`` or ``.tgz``, which holds all of this one backup.

        Raises
        ------
        CorruptHomeError
            The home is damaged; nothing is backed up.
        ConflictError
            The folder holds other files.
        DiskFullError
            No space is left; the next backup goes on from there.
        """
        if self.settings is None:
            raise InvalidInputError(
                "this bench has no home on this machine", wanted="Bench.open() where the home is"
            )
        home = self.settings.home
        place = Path(folder) if folder else home.with_name(f"{home.name}.backups")
        if place.resolve().is_relative_to(home.resolve()):
            raise InvalidInputError(
                f"{place} lies in the home", wanted="a folder that is not lost with the home"
            )
        target = (BackupArchive if is_archive(place) else BackupFolder)(place.absolute())
        target.prepare()
        request = message(BackupRequest, name=uuid.uuid4().hex)
        snapshot = home / "snapshots" / request.name
        job: Job | None = None
        try:
            job = Job(self.api, self.api.post(JobView, "backups", body=request))
            found = job.wait().result
            return _store(target, home, snapshot, found, self.api.make_display)
        except KeyboardInterrupt as interrupt:
            interrupt.__notes__ = [_STOPPED if target.path.is_dir() else _STOPPED_FILE]
            if job is not None:
                job.cancel()
            raise
        finally:
            shutil.rmtree(snapshot, ignore_errors=True)

    @staticmethod
    def check_backup(backup: str | Path) -> Backup:
        """Read every file of a backup, or of the newest one of a folder.

        Raises
        ------
        CorruptBundleError
            A file is missing or was changed; the first by name.
        """
        place, manifest = _read(Path(backup))
        _unpack(place, manifest, None, "check the backup")
        return Backup(place.list_path(manifest), manifest)

    @staticmethod
    def restore(
        backup: str | Path, home: str | Path, *, head: str | Path | None = None
    ) -> Restored:
        """Make a new home from a backup; each file is checked on the way.

        Parameters
        ----------
        backup : its list or its one file, or the folder: then the newest one of it.
        home : folder that is not there yet, or is empty.
        head : the ``head.json`` of the home that was lost: tells how many entries were.

        Raises
        ------
        ConflictError
            There is something in the way.
        CorruptBundleError
            A file of the backup is missing or was changed; nothing is left of the new home.
        """
        place, manifest = _read(Path(backup))
        target = Path(home).absolute()
        if target.is_symlink() or (target.exists() and not (target.is_dir() and _is_empty(target))):
            raise ConflictError(
                f"{target} is there already",
                wanted="a folder that is not there yet: nothing is written over",
                next_step="name another folder with --home, or move that one away",
            )
        lost = None if head is None else _lost(Path(head), manifest)
        fresh = target.with_name(f".{target.name}.{os.getpid()}.restoring")
        try:
            _write_home(place, manifest, fresh, lost)
            fresh.rename(target)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
        return Restored(target, manifest, lost)


def _store(
    target: _Place,
    home: Path,
    snapshot: Path,
    found: dict[str, Any],
    make_display: Callable[[], Display] | None,
) -> Backup:
    if not (snapshot / "named.json").is_file():
        raise NotFoundError(
            f"the server's snapshot is not at {snapshot}",
            wanted="the home on this machine, and its owner's account",
            next_step="run it where the server runs, as the user who owns the home",
        )
    sources = dict(_sources(home, snapshot))
    files: dict[str, tuple[str, int]] = {}
    n_new = 0
    with Meter("copy the home", make_display) as meter:
        for done, (path, (source, sha256)) in enumerate(sorted(sources.items())):
            meter.update(meter.label, done, len(sources))
            try:
                stored, size, new = target.put(source, sha256)
            except FileNotFoundError:
                # Withdrawn meanwhile; if the snapshot still needs it, that is said below.
                continue
            files[path] = (stored, size)
            n_new += new
    have = {sha256 for sha256, _ in files.values()}
    missing = set(json.loads((snapshot / "named.json").read_text())) - have
    if missing:
        raise ConflictError(
            f"{len(missing)} files were withdrawn while they were copied",
            wanted="files that stay where they are",
            next_step="make the backup again",
        )
    name = f"{datetime.fromisoformat(found['created_at']):%Y%m%dT%H%M%S.%fZ}-{snapshot.name[:4]}"
    about = {key: found[key] for key in ("created_at", "origin", "size", "root")}
    manifest = Manifest(name=name, home=str(home), files=files, **about)
    return Backup(target.finish(manifest), manifest, n_new)


def _sources(home: Path, snapshot: Path) -> Iterator[tuple[str, tuple[Path, str | None]]]:
    """Yield each file of the backup: its path in the home, where it is, what it must be."""
    for path in _files(snapshot):
        if path.name != "named.json":
            yield str(path.relative_to(snapshot)), (path, None)
    yield "server.key", (home / "server.key", None)
    for path in _files(home / "blobs" / "sha256"):
        yield str(path.relative_to(home)), (path, path.parent.name + path.name)
    for folder in (home / "mlflow" / "artifacts", home / "published"):
        for path in _files(folder):
            yield str(path.relative_to(home)), (path, None)


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink():
            yield path


def _read(path: Path) -> tuple[_Place, Manifest]:
    if path.is_file() and path.suffix != ".json":
        archive = BackupArchive(path)
        return archive, archive.manifest()
    return read_manifest(path)


def _unpack(place: _Place, manifest: Manifest, home: Path | None, label: str) -> None:
    with Meter(label) as meter:
        n_files = len(manifest.files)
        place.unpack(manifest, home, lambda done: meter.update(label, done, n_files))


def _write_home(place: _Place, manifest: Manifest, fresh: Path, lost: int | None) -> None:
    fresh.mkdir(parents=True, mode=0o700)
    _unpack(place, manifest, fresh, "restore the home")
    for path in manifest.files:
        (fresh / path).chmod(0o400 if path.startswith("blobs/") else 0o600)
    note = {
        "backup": manifest.name,
        "size": manifest.size,
        "restored_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "from": manifest.home,
        "lost": lost,
        # Some may have been revoked since: the first server of the new home revokes them all.
        "revoke_tokens": True,
    }
    (fresh / "restored.json").write_bytes(canonical_bytes(note))


def _lost(path: Path, manifest: Manifest) -> int:
    """Return how many entries a later signed head has beyond those of the backup."""
    try:
        envelope = Envelope.from_json(json.loads(path.read_bytes())).verify(kind="head")
    except (OSError, ValueError, RecursionError) as error:
        raise SignatureError(
            f"{path} holds no signed head: {error}", wanted="the head.json of the lost home"
        ) from error
    size = envelope.body.get("size")
    if envelope.author != manifest.origin or not isinstance(size, int):
        raise SignatureError(
            f"{path} was signed by {envelope.author[:16]}…",
            wanted=f"a head of the backup's server, {manifest.origin[:16]}…",
        )
    return max(0, size - manifest.size)


def _is_empty(folder: Path) -> bool:
    return not any(folder.iterdir())
