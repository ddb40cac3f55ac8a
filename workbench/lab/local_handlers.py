"""``/workbench/me`` and ``/workbench/uploads/ID/from-path``: what only this machine knows."""

import json
from typing import Any

from jupyter_server.utils import ensure_async
from tornado import web

from workbench.core.errors import ConflictError, ForbiddenError, InvalidInputError
from workbench.lab.handler import Handler
from workbench.lab.local_files import check_unchanged, local_file, root_of
from workbench.lab.server import Server
from workbench.lab.uploads import Uploads


class MeHandler(Handler):
    """Says whose key signs."""

    def initialize(self, identity: str) -> None:
        """Keep the name."""
        super().initialize()
        self._identity = identity

    @web.authenticated
    async def get(self) -> None:
        """Answer with the identity of the settings."""
        self.answer({"identity": self._identity})


class FromPathHandler(Handler):
    """Takes a file from the folder of the Jupyter server instead of from the browser."""

    @web.authenticated
    async def post(self, id: str) -> None:
        """Store the file that a page names, and answer as the last piece of an upload."""
        allowed = self.authorizer.is_authorized(self, self.current_user, "read", "contents")
        if not await ensure_async(allowed):
            raise ForbiddenError("this Jupyter server does not let you read its files")
        uploads: Uploads = self.settings["workbench_uploads"]
        server: Server = self.settings["workbench_server"]
        path = local_file(root_of(self.settings["contents_manager"]), self._path())
        before = path.stat()
        uploads.check_size(before.st_size)
        blob, sha256 = await server.store(path)
        check_unchanged(path, before)
        if blob["sha256"] != sha256:
            raise ConflictError(
                "the server stored other bytes than were read",
                wanted="the same file on both sides",
                next_step="try again",
                reason="changed",
            )
        uploads.finish(id, blob)
        self.answer(blob | {"name": path.name})

    def _path(self) -> str:
        try:
            message: Any = json.loads(self.request.body)
        except (ValueError, RecursionError):
            message = None
        match message:
            case {"path": str(path), **rest} if not rest:
                return path
        raise InvalidInputError("this names no file", wanted='{"path": "folder/file.csv"}')
