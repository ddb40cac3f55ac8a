"""``/workbench/uploads/ID``: a file in pieces, each taken as it streams, resumed anywhere."""

import asyncio
from typing import Any

from tornado import web

from workbench.core.errors import ConflictError, InvalidInputError
from workbench.lab.handler import StreamedHandler
from workbench.lab.server import Server
from workbench.lab.uploads import Receiving, Uploads

_HEX = frozenset("0123456789abcdef")


@web.stream_request_body
class UploadHandler(StreamedHandler):
    """``PUT`` adds the bytes from an offset on, ``HEAD`` says which is next, ``DELETE`` cancels.

    When the last byte is here the file goes to the server, and the answer is its ``BlobView``;
    before that, it is the offset.
    """

    def initialize(self, *args: Any, **kwargs: Any) -> None:
        """Begin without a file."""
        super().initialize(*args, **kwargs)
        self._uploads: Uploads = self.settings["workbench_uploads"]
        self._receiving: Receiving | None = None
        self._is_storing = False
        if self.request.method == "PUT":
            self.max_body_bytes = self._uploads.max_bytes

    async def admit(self) -> None:
        """Take the file for this request alone, before its first byte."""
        if self.request.method != "PUT":
            return
        self._offset, self._size = self._number("offset"), self._number("size")
        self._uploads.check_size(self._size)
        id = self.path_args[0]
        if self._uploads.stored(id) is None:
            self._receiving = await asyncio.to_thread(
                self._uploads.open, id, self._offset, self._size
            )
        connection: Any = self.request.connection
        connection.set_max_body_size(self._uploads.max_bytes)

    async def take(self, chunk: bytes) -> None:
        """Write the next bytes; the connection waits for the disk, not this process."""
        if self._receiving is None:
            return
        if self._offset + self.n_received > self._size:
            raise InvalidInputError(
                f"more than the {self._size} bytes of ?size= arrived",
                wanted="the size of the whole file",
                next_step="the file grew while it was sent: cancel and begin a new upload",
            )
        await asyncio.to_thread(self._receiving.write, chunk)

    def on_connection_close(self) -> None:
        """Keep what has arrived, for whoever resumes."""
        super().on_connection_close()
        # A file that is whole goes on to the server without its page.
        if not self._is_storing:
            self._let_go()

    def on_finish(self) -> None:
        """Let another request go on with the file."""
        super().on_finish()
        self._let_go()

    @web.authenticated
    def head(self, id: str) -> None:
        """Say how many bytes are here, and whether the server has them all."""
        self.set_header("Upload-Offset", str(self._uploads.offset(id)))
        self.set_header("Upload-Complete", "?1" if self._uploads.stored(id) else "?0")
        self.finish()

    @web.authenticated
    def delete(self, id: str) -> None:
        """Forget the upload."""
        self._uploads.cancel(id)
        self.set_status(204)
        self.finish()

    @web.authenticated
    async def put(self, id: str) -> None:
        """Say what is next, or hand the whole file to the server."""
        wanted = self.get_query_argument("sha256", "")
        if wanted and (len(wanted) != 64 or not _HEX.issuperset(wanted)):
            raise InvalidInputError(
                f"sha256 is {wanted[:80]!r}", wanted="64 lower-case hexadecimal digits"
            )
        blob = self._uploads.stored(id)
        if blob is None:
            assert self._receiving is not None  # noqa: S101 - prepare has opened it
            self._receiving.check_here()
            if self._receiving.size < self._size:
                self.set_status(202)
                self.answer({"offset": self._receiving.size, "size": self._size})
                return
            blob = await self._store(id, self._receiving, wanted)
        self._check(id, blob["sha256"], wanted)
        if blob["size"] != self._size:
            raise ConflictError(
                f"this upload was of a file of {blob['size']} bytes",
                wanted="an id of its own for each file",
                next_step="begin a new upload",
            )
        self.answer(blob)

    async def _store(self, id: str, receiving: Receiving, wanted: str) -> dict[str, Any]:
        server: Server = self.settings["workbench_server"]
        self._is_storing = True
        blob, sha256 = await server.store(receiving.path)
        self._check(id, sha256, blob["sha256"])
        self._check(id, sha256, wanted)
        receiving.check_here()
        await asyncio.to_thread(self._uploads.finish, id, blob)
        return blob

    def _check(self, id: str, found: str, wanted: str) -> None:
        if wanted and found != wanted:
            self._uploads.cancel(id)
            raise ConflictError(
                f"what arrived has the SHA-256 {found}",
                wanted=wanted,
                next_step="the file changed while it was sent: begin a new upload",
                sha256=found,
            )

    def _number(self, name: str) -> int:
        text = self.get_query_argument(name, "")
        if not (text.isascii() and text.isdigit()) or len(text) > 16:
            raise InvalidInputError(
                f"{name} is {text[:40]!r}",
                wanted="a whole number: ?offset= of the first byte, ?size= of the whole file",
            )
        return int(text)

    def _let_go(self) -> None:
        if self._receiving is not None:
            self._receiving.close()
