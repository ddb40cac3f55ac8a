"""The tutorials: copied to where the file browser shows them, never over what is there."""

import json
from pathlib import Path
from typing import Any, Final

from jupyter_server.utils import ensure_async
from tornado import web

from workbench.core.errors import ConflictError, ForbiddenError, NotFoundError
from workbench.lab.handler import Handler

FOLDER: Final = "tutorials"
_PACKAGE: Final = Path(__file__).parent


def tutorials_dir() -> Path:
    """Return the folder of the tutorials: in the wheel, else in the source tree.

    Raises
    ------
    NotFoundError
        They are in neither.
    """
    for folder in (_PACKAGE / "notebooks", _PACKAGE.parents[1] / "notebooks" / FOLDER):
        if (folder / "first_look.ipynb").is_file():
            return folder
    raise NotFoundError(
        "the tutorials are not installed",
        wanted="first_look.ipynb in workbench/lab/notebooks",
        next_step="install merit-workbench again",
    )


async def copy_missing(contents: Any, source: Path) -> list[str]:
    """Copy the notebooks of a folder that ``tutorials`` lacks, and return the names of all.

    Parameters
    ----------
    contents : what Jupyter stores files with, on a disk or elsewhere.
    source : the folder of the notebooks.

    Raises
    ------
    ConflictError
        There is a file of the folder's name.
    """
    found = sorted(source.glob("*.ipynb"))
    if await ensure_async(contents.file_exists(FOLDER)):
        raise ConflictError(
            f"there is a file {FOLDER!r} where the folder of the tutorials belongs",
            wanted=f"no file, or a folder, of the name {FOLDER!r}",
            next_step="rename the file in the file browser, then try again",
        )
    if not await ensure_async(contents.dir_exists(FOLDER)):
        await ensure_async(contents.save({"type": "directory"}, FOLDER))
    for path in found:
        name = f"{FOLDER}/{path.name}"
        if not await ensure_async(contents.file_exists(name)):
            notebook = json.loads(path.read_bytes())
            model = {"type": "notebook", "format": "json", "content": notebook}
            await ensure_async(contents.save(model, name))
    return [path.name for path in found]


class TutorialsHandler(Handler):
    """Brings the tutorials to where the person works."""

    @web.authenticated
    async def post(self) -> None:
        """Copy what is missing, and say where the tutorials are and which there are."""
        allowed = self.authorizer.is_authorized(self, self.current_user, "write", "contents")
        if not await ensure_async(allowed):
            raise ForbiddenError("this Jupyter server does not let you write its files")
        try:
            names = await copy_missing(self.settings["contents_manager"], tutorials_dir())
        except web.HTTPError as error:
            raise ForbiddenError(
                f"the tutorials cannot be copied into this folder: {error.log_message}",
                wanted="a folder that Jupyter may write to",
                next_step="start Jupyter in a folder of yours",
            ) from error
        self.answer({"folder": FOLDER, "names": names})
