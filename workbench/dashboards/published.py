"""The folder ``published/``: what viewers may read, and all that dashboards read."""

import difflib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from workbench.core.errors import InvalidInputError, NotFoundError, TooLargeError
from workbench.core.settings import Settings
from workbench.pages.documents import (
    Document,
    PublishedEpoch,
    PublishedIndex,
    PublishedTask,
    read_document,
    read_index,
    read_leaderboard,
)
from workbench.pages.runs import PublishedRuns
from workbench.pages.stories import TaskStory

if TYPE_CHECKING:
    import pandas as pd

_MAX_BYTES: Final = 32 * 2**20
# One folder name: nothing that leaves the folder, hides in it or means something to a shell.
_TASK_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)


class Published:
    """Published results, read again at each call so that a reload shows the newest.

    Parameters
    ----------
    root : the folder; it need not exist yet.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> Self:
        """Read where the pages are published; see ``Settings``."""
        return cls(Settings.from_environment(environ).published_dir)

    def index(self) -> PublishedIndex:
        """Return what is published; an empty index when nothing is yet.

        Raises
        ------
        InvalidInputError
            ``index.json`` cannot be read as one.
        """
        path = self.root / "index.json"
        if not path.exists():
            return PublishedIndex()
        return read_index(self._read(path), path.name)

    def tasks(self) -> list[PublishedTask]:
        """Return the tasks with a closed epoch."""
        return [task for task in self.index().tasks if task.epoch is not None]

    def first_task(self) -> str | None:
        """Return the task that is shown when none is asked for: one that has paid, if any has."""
        return next((task.id for task in [*self.tasks(), *self.index().tasks]), None)

    def story(self, task: str) -> TaskStory:
        """Return a task's story; it raises as ``leaderboard`` does."""
        return self._document(TaskStory, task, "task.json")

    def runs(self, task: str) -> PublishedRuns:
        """Return a task's runs; it raises as ``leaderboard`` does."""
        return self._document(PublishedRuns, task, "runs.json")

    def leaderboard(self, task: str) -> PublishedEpoch:
        """Return a task's latest published epoch.

        Raises
        ------
        NotFoundError
            No such task is published; the facts name the nearest ones.
        InvalidInputError
            Its file is damaged.
        """
        path = self._folder(task) / "leaderboard.json"
        if not path.is_file():
            raise self._unknown(task)
        return read_leaderboard(self._read(path), f"{task}/{path.name}")

    def frame(self, task: str) -> "pd.DataFrame":
        """Return the payouts of all of a task's epochs, from the Parquet file beside the JSON."""
        import pandas as pd
        import pyarrow as pa

        path = self._folder(task) / "leaderboard.parquet"
        if not path.is_file():
            raise self._unknown(task)
        try:
            return pd.read_parquet(path)
        except pa.ArrowInvalid as error:
            raise InvalidInputError(
                f"{task}/{path.name} is no Parquet file: {error}",
                wanted="the file as it was published",
                next_step="publish the task again",
            ) from error

    def _document(self, kind: type[Document], task: str, name: str) -> Document:
        path = self._folder(task) / name
        if not path.is_file():
            raise self._unknown(task)
        return read_document(kind, self._read(path), f"{task}/{name}")

    def _folder(self, task: str) -> Path:
        if not _TASK_ID.fullmatch(task):
            raise InvalidInputError(
                f"{task[:80]!r} is no task id",
                wanted="letters, digits, dots, dashes; at most 64",
                next_step="choose a task from the list",
            )
        return self.root / task

    def _unknown(self, task: str) -> NotFoundError:
        known = [entry.id for entry in self.tasks()]
        if any(entry.id == task and entry.epoch is None for entry in self.index().tasks):
            return NotFoundError(
                f"no epoch of task {task!r} is closed yet",
                wanted="a task with a closed epoch",
                next_step="read its story on the page Task",
                nearest=known[:3],
            )
        near = difflib.get_close_matches(task, known, n=3) or known[:3]
        return NotFoundError(
            f"no results of a task {task!r} are published",
            wanted=f"one of: {', '.join(near)}" if near else "a task with a closed epoch",
            next_step="choose a task from the list" if near else "close an epoch, then publish",
            nearest=near,
        )

    def _read(self, path: Path) -> bytes:
        try:
            with path.open("rb") as file:
                content = file.read(_MAX_BYTES + 1)
        except OSError as error:
            raise InvalidInputError(
                f"{path.name} cannot be read: {error.strerror}",
                wanted="a file that whoever serves the dashboards may read",
                next_step="look at its permissions, or publish the task again",
            ) from error
        if len(content) > _MAX_BYTES:
            raise TooLargeError(
                f"{path.name} is larger than {_MAX_BYTES} bytes",
                wanted="a published leaderboard",
                next_step="publish the task again",
            )
        return content
