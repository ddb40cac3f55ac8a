"""A mirror: runs with all that they rest on, as plain files in a folder."""

import hashlib
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from workbench.client.connection import Api, join
from workbench.client.display import Column, Shown, Table
from workbench.client.frames import make_frame
from workbench.client.progress import Meter
from workbench.client.run import Run
from workbench.core.canonical import canonical_bytes, sha256_hex
from workbench.core.errors import CorruptBundleError, InvalidInputError, NotFoundError
from workbench.core.new_file import put_whole
from workbench.core.wire import BundleRequest, RunView

if TYPE_CHECKING:
    import pandas as pd

_FORMAT: Final = 1
_INDEX: Final = "bundle.json"
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_COLUMNS: Final = ("run", "task", "kind", "n_files", "bytes", "withheld", "models")


class Mirror(Shown):
    """A folder of runs: ``bundle.json``, an entry a run under ``runs/``, files under ``blobs/``.

    Equal runs are equal bytes, and a second export writes only what is new. Whoever has the
    folder needs nothing else but the base models to do the runs again.

    Parameters
    ----------
    api : the way to the server.
    folder : of the bundle; it may not be there yet.
    """

    def __init__(self, api: Api, folder: Path) -> None:
        self._api = api
        self.folder = folder

    def export(self, *runs: "Run | str", hidden_test: bool = False) -> "Mirror":
        """Write runs into the folder, beside those that are there.

        Parameters
        ----------
        *runs : fine-tunes, comparisons or valuations, by what ``bench.run`` takes.
        hidden_test : whether the task's hidden test goes out as well. A run cannot be done
            again without it, and whoever has it can train on it: only for reviewers.

        Raises
        ------
        InvalidInputError
            The folder holds something else.
        """
        if not runs:
            raise InvalidInputError("no run is named", wanted="one run at least")
        index = self._index(may_be_new=True)
        for run in runs:
            asked = run if isinstance(run, str) else run.id
            params = {"hidden_test": "true" if hidden_test else "false"}
            path = ("runs", asked, "bundle")
            entry = self._api.connection.request("GET", join(*path), params=params).json()
            with Meter(f"export {asked[:12]}", self._api.make_display) as meter:
                for done, (digest, size) in enumerate(sorted(entry["blobs"].items())):
                    meter.update(meter.label, done, len(entry["blobs"]))
                    place = self._blob(digest)
                    if place.is_file() and place.stat().st_size == size:
                        continue
                    got = self._api.connection.request("GET", join(*path, digest), params=params)
                    _check_digest(got.content, digest)
                    put_whole(place, got.content)
            content = canonical_bytes(entry)
            put_whole(self._entry(entry["run"]["id"]), content)
            index["runs"][entry["run"]["id"]] = sha256_hex(content)
        put_whole(self.folder / _INDEX, canonical_bytes(index))
        return self

    def check(self) -> "Mirror":
        """Read every file and compare it with its digest.

        Raises
        ------
        CorruptBundleError
            A file is missing or is another one; the first by name.
        """
        for entry in self._entries():
            for digest in sorted(entry["blobs"]):
                self._checked(digest)
        return self

    def import_(self) -> list[Run]:
        """Take all runs of the folder into the home, and return them.

        The server checks signatures, digests and what follows from them; a run is taken whole
        or not at all. Each says in ``run.view.origin`` whose word it is.

        Raises
        ------
        CorruptBundleError
            Something is not what was signed, or is missing.
        ConflictError
            The home has a task of the same name with other rules.
        """
        runs = []
        for entry in self._entries():
            with Meter(f"import {entry['run']['id'][:12]}", self._api.make_display) as meter:
                for done, digest in enumerate(sorted(entry["blobs"])):
                    meter.update(meter.label, done, len(entry["blobs"]))
                    self._checked(digest)
                    self._api.connection.upload(self._blob(digest))
            content = canonical_bytes(entry)
            sha256 = self._api.connection.upload([content])["sha256"]
            view = self._api.post(RunView, "bundles", body=BundleRequest(sha256=sha256))
            runs.append(Run(view))
        return runs

    @property
    def frame(self) -> "pd.DataFrame":
        """The runs of the folder, one row each; ``withheld`` inputs stay at home."""
        rows = [
            {
                "run": entry["run"]["id"],
                "task": entry["task"]["id"],
                "kind": entry["run"]["kind"],
                "n_files": len(entry["blobs"]),
                "bytes": sum(entry["blobs"].values()),
                "withheld": ", ".join(sorted(entry["withheld"])),
                "models": ", ".join(one[:12] for one in entry["models"]),
            }
            for entry in self._entries()
        ]
        return make_frame(rows, _COLUMNS)

    def _entries(self) -> list[dict[str, Any]]:
        found = []
        for run, digest in sorted(self._index()["runs"].items()):
            if not _SHA256.fullmatch(run) or not isinstance(digest, str):
                raise _corrupt(f"the bundle names a run {run!r:.80}", "the digests of runs")
            path = self._entry(run)
            content = path.read_bytes() if path.is_file() else b""
            if sha256_hex(content) != digest:
                raise _corrupt(f"{path} is not the file that {_INDEX} names", digest)
            entry = json.loads(content)
            blobs = entry.get("blobs") if isinstance(entry, dict) else None
            if not isinstance(blobs, dict) or not all(map(_SHA256.fullmatch, blobs)):
                raise _corrupt(f"{path} names files that are none", "digests of files")
            found.append(entry)
        return found

    def _index(self, *, may_be_new: bool = False) -> dict[str, Any]:
        path = self.folder / _INDEX
        if not path.is_file():
            if may_be_new and not (self.folder.exists() and any(self.folder.iterdir())):
                return {"format": _FORMAT, "runs": {}}
            kind = InvalidInputError if may_be_new else NotFoundError
            raise kind(
                f"{self.folder} holds no bundle",
                wanted=f"a folder with {_INDEX}" + (", or an empty one" if may_be_new else ""),
                next_step="workbench mirror export FOLDER RUN writes one",
            )
        try:
            index = json.loads(path.read_bytes())
        except ValueError:
            index = None
        match index:
            case {"format": int(version), "runs": dict()} if version == _FORMAT:
                return dict(index)
        raise _corrupt(f"{path} is no index of a bundle", f"format {_FORMAT}")

    def _entry(self, run: str) -> Path:
        return self.folder / "runs" / f"{run}.json"

    def _blob(self, digest: str) -> Path:
        return self.folder / "blobs" / digest[:2] / digest[2:]

    def _checked(self, digest: str) -> None:
        path = self._blob(digest)
        if not path.is_file() or path.is_symlink():
            raise _corrupt(f"the bundle lacks the file {digest[:16]}…", str(path))
        with path.open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != digest:
                raise _corrupt(f"{path} is not what its name says", f"SHA-256 {digest}")

    def _table(self) -> Table:
        columns = [
            Column("run"), Column("task"), Column("kind"), Column("files", "right"),
            Column("bytes", "right"), Column("stays at home"), Column("base models"),
        ]  # fmt: skip
        rows = [
            [run[:12], task, kind, f"{n_files}", f"{size:,}", withheld, models]
            for run, task, kind, n_files, size, withheld, models in self.frame.itertuples(
                index=False
            )
        ]
        return Table(f"bundle {self.folder}", columns, rows)


class Mirrors:
    """What ``Bench`` does with bundles.

    Attributes
    ----------
    api : the way to the server.
    """

    api: Api

    def mirror(self, folder: str | Path) -> Mirror:
        """Return the mirror in a folder: ``export``, ``check`` and ``import_`` runs.

        Parameters
        ----------
        folder : of the person's own; made by the first export.
        """
        return Mirror(self.api, Path(folder))


def _check_digest(content: bytes, digest: str) -> None:
    if sha256_hex(content) != digest:
        raise _corrupt(f"the server sent another file than {digest[:16]}…", "the file it names")


def _corrupt(found: str, wanted: str) -> CorruptBundleError:
    return CorruptBundleError(found, wanted=wanted, next_step="ask for the bundle again")
