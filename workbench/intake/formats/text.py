"""Text in UTF-8: checked byte by byte first, then read line by line within limits."""

import codecs
import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, Final

from workbench.intake.codes import refusal, shown

_CHUNK_BYTES: Final = 2**20


def check_text(stream: BinaryIO, name: str) -> None:
    """Refuse what is not UTF-8 or holds NUL bytes; the stream is left at its start.

    Offsets are in bytes from 0, lines from 1; of a gzip file, in what it unpacks to.

    Raises
    ------
    InvalidInputError
        With the first bad byte's offset and line in the facts.
    """
    n_checked = 0
    line = 1
    pending = b""
    while True:
        chunk = stream.read(_CHUNK_BYTES)
        block = pending + chunk
        code, bad = _first_bad(block, final=not chunk)
        if code:
            raise refusal(
                code,
                name=shown(name),
                byte_offset=n_checked + bad,
                line=line + block.count(b"\n", 0, bad),
            )
        if not chunk:
            break
        line += block.count(b"\n", 0, bad)
        n_checked += bad
        pending = block[bad:]
    stream.seek(0)


def _first_bad(block: bytes, *, final: bool) -> tuple[str, int]:
    """Return the reason and place of the first bad byte, or ``""`` and how much is good."""
    nul = block.find(0)
    try:
        _, n_good = codecs.utf_8_decode(block if nul < 0 else block[:nul], "strict", final)
    except UnicodeDecodeError as error:
        return "bad-utf8", error.start
    if nul < 0:
        return "", n_good
    # Something cut short just before the NUL is the earlier fault.
    return ("nul-byte", nul) if n_good == nul else ("bad-utf8", n_good)


@contextmanager
def open_text(stream: BinaryIO) -> Iterator[io.TextIOWrapper]:
    """Decode a stream from its start, byte order mark dropped, line endings kept."""
    stream.seek(0)
    text = io.TextIOWrapper(stream, encoding="utf-8-sig", newline="")
    try:
        yield text
    finally:
        # Detached, or closing the wrapper would close the file for the next reading. A reading
        # given up halfway may end after its file was closed.
        if not stream.closed:
            text.detach()


class Lines:
    """The lines of a text, never longer than the limit, counted.

    A record of several lines, as CSV's quotes allow, is bounded as one: its reader calls
    ``next_record`` at the start of each.

    Attributes
    ----------
    n_lines : lines read so far.
    row : number of the row being read, for messages.
    """

    def __init__(self, text: io.TextIOWrapper, limit: int) -> None:
        self.n_lines = 0
        self.row = 0
        self._text = text
        self._limit = limit
        self._left = limit

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._text.readline(self._left + 1)
        if not line:
            raise StopIteration
        self._left -= len(line)
        if self._left < 0:
            raise refusal("line-too-long", row=self.row or self.n_lines + 1, limit=self._limit)
        self.n_lines += 1
        return line

    def next_record(self) -> None:
        """Start the next row: the limit counts anew."""
        self.row += 1
        self._left = self._limit


def plain_rows(stream: BinaryIO, max_line_chars: int) -> Iterator[tuple[int, dict[str, object]]]:
    """Yield each line of plain text as a row with the one column ``text``, blank ones left out."""
    with open_text(stream) as text:
        lines = Lines(text, max_line_chars)
        lines.next_record()
        for line in lines:
            if content := line.strip():
                yield lines.row, {"text": content}
            lines.next_record()
