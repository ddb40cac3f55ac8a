"""HTTP/1.1 read by a parser in C, with the limit that the one in Python has."""

from typing import Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

# h11's own; what is a body is limited elsewhere.
MAX_HEAD_BYTES: Final = 64 * 2**10


class HttpProtocol(HttpToolsProtocol):
    """Uvicorn's, which lets a request's head, or what follows a body, grow without end."""

    _n_bytes = 0

    def data_received(self, data: bytes) -> None:
        """Read on, and hang up when too much has come that is neither a whole head nor a body."""
        self._n_bytes += len(data)
        super().data_received(data)
        if self._n_bytes > MAX_HEAD_BYTES and not self.transport.is_closing():
            self.send_400_response("The head of the request is too long.")

    def on_headers_complete(self) -> None:
        """Start to answer; called by the parser."""
        self._n_bytes = 0
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Hand on a part of the body; called by the parser."""
        self._n_bytes = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Let the next request come; called by the parser."""
        self._n_bytes = 0
        super().on_message_complete()
