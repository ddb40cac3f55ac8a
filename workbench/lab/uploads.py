"""Files on their way to the server: what has arrived of each, in the person's cache."""

import json
import shutil
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from workbench.core.errors import ConflictError, ForbiddenError, TooLargeError, WorkbenchError
from workbench.core.new_file import put_whole
from workbench.lab.receiving import Receiving, disk_full, unwritten

_KEPT_SECONDS: Final = 7 * 24 * 3600
_PARTIAL: Final = ".partial"
# The size of the whole file, from the beginning; what the server stored it as, at the end.
_NOTE: Final = ".json"


class Uploads:
    """The folder of partial files, one an upload, each named by the id that its page made.

    Parameters
    ----------
    folder : in the person's cache, made when it is first needed, for the person alone.
    max_bytes : the largest file accepted.
    """

    def __init__(self, folder: Path, max_bytes: int) -> None:
        self._folder = folder
        self.max_bytes = max_bytes

    def offset(self, id: str) -> int:
        """Return how many bytes of an upload are here; 0 of one that nobody knows."""
        stored = self.stored(id)
        if stored is not None:
            return int(stored["size"])
        try:
            return self._partial(id).stat().st_size
        except FileNotFoundError:
            return 0

    def stored(self, id: str) -> dict[str, Any] | None:
        """Return the ``BlobView`` of an upload that the server has stored, whole."""
        note = self._noted(id)
        return note if "sha256" in note else None

    def size(self, id: str) -> int | None:
        """Return how large the whole file of an upload is; None of one that nobody knows."""
        return self._noted(id).get("size")

    def open(self, id: str, offset: int, size: int) -> Receiving:
        """Return what takes the bytes of an upload behind an offset.

        Raises
        ------
        ConflictError
            Somebody is sending to it, other bytes than those at the offset are missing, or
            the upload was begun for a file of another size.
        TooLargeError
            The file is larger than the server takes.
        DiskFullError
            It does not fit on the disk; nothing was written.
        """
        self.check_size(size)
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if self._folder.is_symlink() or self._folder.stat().st_mode & 0o077:
            raise ForbiddenError(
                f"the folder {self._folder} is a link, or others can enter it",
                wanted="a folder of mode 0700",
                next_step=f"chmod 700 {self._folder}",
            )
        self._sweep()
        receiving = Receiving(self._partial(id))
        try:
            if receiving.size:
                self.check_same(id, size)
            receiving.check_offset(offset, size)
            if shutil.disk_usage(self._folder).free < size - offset:
                raise disk_full(self._folder)
            self._note(id, {"size": size})
        except WorkbenchError:
            receiving.close()
            raise
        return receiving

    def check_size(self, size: int) -> None:
        """Raise TooLargeError if no file may be so large."""
        if size > self.max_bytes:
            raise TooLargeError(
                f"the file has {size} bytes",
                wanted=f"at most {self.max_bytes} bytes ({self.max_bytes / 2**20:.4g} MiB)",
                next_step="split the file; or set WORKBENCH_MAX_UPLOAD_BYTES and restart both "
                "servers: Jupyter's, and the workbench's with: workbench server stop",
                limit=self.max_bytes,
            )

    def check_same(self, id: str, size: int) -> None:
        """Raise ConflictError if the upload was begun for a file of another size."""
        begun = self.size(id)
        if begun not in (None, size):
            raise ConflictError(
                f"this upload was begun for a file of {begun} bytes, and now it has {size}",
                wanted="the same file, unchanged, until the last byte",
                next_step="the file changed: begin a new upload, with a new id",
                reason="changed",
            )

    def finish(self, id: str, blob: dict[str, Any]) -> None:
        """Note what the server stored an upload as, and delete what was here of it."""
        self._note(id, blob)
        self._partial(id).unlink(missing_ok=True)

    def cancel(self, id: str) -> None:
        """Delete what is here of an upload; whoever is still sending to it is refused."""
        self._note_path(id).unlink(missing_ok=True)
        self._partial(id).unlink(missing_ok=True)

    def _partial(self, id: str) -> Path:
        return self._folder / f"{id}{_PARTIAL}"

    def _note_path(self, id: str) -> Path:
        return self._folder / f"{id}{_NOTE}"

    def _noted(self, id: str) -> dict[str, Any]:
        try:
            found: dict[str, Any] = json.loads(self._note_path(id).read_text())
        except (FileNotFoundError, ValueError):
            return {}
        return found

    def _note(self, id: str, found: dict[str, Any]) -> None:
        if self._noted(id) == found:
            return
        try:
            put_whole(self._note_path(id), json.dumps(found).encode(), mode=0o600)
        except OSError as error:
            raise unwritten(self._note_path(id), error) from error

    def _sweep(self) -> None:
        # Pages that never came back.
        before = time.time() - _KEPT_SECONDS
        for path in self._folder.iterdir():
            with suppress(FileNotFoundError):
                if path.suffix in (_PARTIAL, _NOTE) and path.stat().st_mtime < before:
                    self._forget(path.stem)

    def _forget(self, id: str) -> None:
        # A clock that jumped ahead makes old what somebody is sending, who has it locked.
        with suppress(ConflictError), Receiving(self._partial(id)):
            self.cancel(id)
