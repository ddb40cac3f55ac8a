"""``/workbench/uploads/ID``: a file in pieces, each taken as it streams, resumed anywhere."""

import asyncio
import time
from typing import Any

from tornado import web
from tornado.ioloop import IOLoop

from workbench.core.errors import ConflictError, InvalidInputError, WorkbenchError
from workbench.lab.handler import StreamedHandler
from workbench.lab.receiving import Receiving
from workbench.lab.server import Server
from workbench.lab.uploads import Uploads

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
        self._silence_seconds: float = self.settings["workbench_upload_silence"]
        self._receiving: Receiving | None = None
        self._is_whole = False
        self._heard = 0.0
        if self.request.method == "PUT":
            self.max_body_bytes = self._uploads.max_bytes

    async def admit(self) -> None:
        """Take the file for this request alone, before its first byte."""
        if self.request.method != "PUT":
            return
        self._offset, self._size = self._number("offset"), self._number("size")
        self._uploads.check_size(self._size)
        self._digest()
        id = self.path_args[0]
        if self._uploads.stored(id) is None:
            self._receiving = await asyncio.to_thread(
                self._uploads.open, id, self._offset, self._size
            )
            self._heard = time.monotonic()
            self._listen()
        else:
            self._uploads.check_same(id, self._size)
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
                reason="changed",
            )
        await self._receiving.take(chunk)
        self._heard = time.monotonic()

    def refuse(self, error: WorkbenchError | web.HTTPError) -> None:
        """Let another sender have the file while the rest of the body passes by."""
        super().refuse(error)
        self._let_go()

    def on_connection_close(self) -> None:
        """Keep what has arrived, for whoever resumes."""
        super().on_connection_close()
        # A body that is whole is seen to without its page.
        if not self._is_whole:
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
        if (size := self._uploads.size(id)) is not None:
            self.set_header("Upload-Length", str(size))
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
        self._is_whole = True
        wanted = self._digest()
        blob = self._uploads.stored(id)
        if blob is None:
            if self._receiving is None:
                raise ConflictError(
                    "this connection was silent for too long",
                    next_step="ask with HEAD where to go on",
                    reason="busy",
                )
            await self._receiving.settle()
            self._receiving.check_here()
            if self._receiving.size < self._size:
                self.set_status(202)
                self.answer({"offset": self._receiving.size, "size": self._size})
                return
            blob = await self._store(id, self._receiving, wanted)
        self._check(id, blob["sha256"], wanted)
        self.answer(blob)

    async def _store(self, id: str, receiving: Receiving, wanted: str) -> dict[str, Any]:
        server: Server = self.settings["workbench_server"]
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
                next_step="the file changed while it was sent: begin a new upload, with a new id",
                reason="changed",
                sha256=found,
            )

    def _digest(self) -> str:
        text: str = self.get_query_argument("sha256", "")
        if text and (len(text) != 64 or not _HEX.issuperset(text)):
            raise InvalidInputError(
                f"sha256 is {text[:80]!r}", wanted="64 lower-case hexadecimal digits"
            )
        return text

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
            self._receiving = None

    def _listen(self) -> None:
        # A laptop that sleeps closes no connection: it would keep the file from its own page.
        if self._receiving is None or self._is_whole:
            return
        left = self._heard + self._silence_seconds - time.monotonic()
        if left > 0:
            IOLoop.current().call_later(left, self._listen)
            return
        self.log.info("an upload fell silent: its file is free for whoever goes on")
        self._let_go()
        connection: Any = self.request.connection
        connection.stream.close()
