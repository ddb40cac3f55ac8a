"""What a file costs without us: a tornado handler that only writes what arrives to the disk."""

import asyncio
import sys
from pathlib import Path
from typing import IO

from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler, stream_request_body

FOLDER = Path(sys.argv[1])
MAX_BYTES = 2**30


@stream_request_body
class Put(RequestHandler):
    """Adds a body to a file, in tornado's own chunks."""

    def get(self) -> None:
        """Give a browser a page to send from."""
        self.write("<!doctype html><title>bare</title>")

    def prepare(self) -> None:
        """Open the file."""
        if self.request.method == "PUT":
            self._stream: IO[bytes] = (FOLDER / "bare").open("ab")

    def data_received(self, chunk: bytes) -> None:
        """Write the next bytes."""
        self._stream.write(chunk)

    def put(self) -> None:
        """Say that they are there."""
        self._stream.close()
        self.write({"size": (FOLDER / "bare").stat().st_size})


async def main() -> None:
    """Serve until killed; the port is the first line."""
    server = HTTPServer(Application([("/", Put)]), max_body_size=MAX_BYTES)
    (listening,) = bind_sockets(0, "127.0.0.1")
    server.add_socket(listening)
    print(listening.getsockname()[1], flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
