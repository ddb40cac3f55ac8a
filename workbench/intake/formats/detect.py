"""What a file is: by its name and by its content, and the two must agree."""

import json
import re
import unicodedata
from typing import BinaryIO, Final

from workbench.core.errors import WorkbenchError
from workbench.intake.codes import refusal, shown
from workbench.intake.formats.table import Format

_HEAD_BYTES: Final = 64 * 2**10
GZIP_MAGIC: Final = b"\x1f\x8b"
_GZIP: Final = "a gzip file"
_BOM: Final = b"\xef\xbb\xbf"

ENDINGS: Final = {
    ".csv": Format.CSV,
    ".tsv": Format.TSV,
    ".json": Format.JSON,
    ".jsonl": Format.JSONL,
    ".ndjson": Format.JSONL,
    ".parquet": Format.PARQUET,
    ".txt": Format.TXT,
}

# What else people, and attackers, send: named so that the refusal helps.
_MAGIC: Final = (
    (b"PAR1", Format.PARQUET.value),
    (b"PARE", Format.PARQUET.value),
    (GZIP_MAGIC, _GZIP),
    (b"PK\x03\x04", "a ZIP archive (Excel, Word and PyTorch files are such archives)"),
    (b"PK\x05\x06", "an empty ZIP archive"),
    (b"\xd0\xcf\x11\xe0", "an old Excel or Word document"),
    (b"%PDF", "a PDF document"),
    (b"{\\rtf", "an RTF document"),
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"BZh", "a bzip2 file"),
    (b"\xfd7zXZ\x00", "an xz file"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard file"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"SQLite format 3\x00", "an SQLite database"),
    (b"ARROW1", "an Arrow file"),
    (b"FEA1", "a Feather file"),
    (b"ORC", "an ORC file"),
    (b"Obj\x01", "an Avro file"),
    (b"\x89HDF", "an HDF5 file"),
    (b"\x93NUMPY", "a NumPy array"),
    (b"\x80\x02", "a Python pickle"),
    (b"\x80\x03", "a Python pickle"),
    (b"\x80\x04\x95", "a Python pickle"),
    (b"\x80\x05\x95", "a Python pickle"),
    (b"GGUF", "a GGUF model"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90\x00", "a program"),
    (b"\xff\xfe\x00\x00", "UTF-32 text"),
    (b"\x00\x00\xfe\xff", "UTF-32 text"),
    (b"\xff\xfe", "UTF-16 text"),
    (b"\xfe\xff", "UTF-16 text"),
)
_AT: Final = ((8, b"DUCK", "a DuckDB database"), (257, b"ustar", "a tar archive"))
_HTML: Final = re.compile(rb"<(!doctype html|html|head|body)\b", re.IGNORECASE)
_ARRAY: Final = re.compile(rb'\[\s*(\{\s*["}]|\]\s*\Z)')
_OBJECT: Final = re.compile(rb'\{\s*("[^"\n]*"\s*:|\})')


def named_format(name: str) -> tuple[Format, bool]:
    """Return the format a file name claims, and whether it says that the file is gzipped.

    Raises
    ------
    InvalidInputError
        Not a plain name; the name is never opened, but people read it in findings.
    UnsupportedFormatError
        No ending that intake knows.
    """
    unsafe = any(c in "/\\*?" or unicodedata.category(c)[0] == "C" for c in name)
    if unsafe or not name.strip(". ") or ".." in name or len(name) > 255:
        raise refusal("unsafe-name", name=shown(name))
    lowered = name.lower()
    gzipped = lowered.endswith(".gz")
    stem = lowered.removesuffix(".gz")
    for ending, claimed in ENDINGS.items():
        if stem.endswith(ending):
            return claimed, gzipped
    raise refusal("unknown-ending", name=shown(name), endings=", ".join(ENDINGS))


def check_content(stream: BinaryIO, name: str, claimed: Format) -> None:
    """Refuse a file that is not what its name says; the stream is left at its start.

    Raises
    ------
    UnsupportedFormatError
        The content is recognised as something else; both are named.
    InvalidInputError
        Nothing but white space.
    """
    head = stream.read(_HEAD_BYTES)
    stream.seek(0)
    content = _known_content(head)
    if claimed is Format.PARQUET or content is not None:
        if content != claimed.value:
            hint = _gzip_hint(name) if content == _GZIP else ""
            raise _mismatch(name, claimed, content or "something that is not Parquet", hint)
        return
    if not head.removeprefix(_BOM).strip():
        raise refusal("empty-file", name=shown(name))
    content, hint = _text_content(head, claimed)
    if content != claimed.value:
        raise _mismatch(name, claimed, content, hint)


def _gzip_hint(name: str) -> str:
    if name.lower().endswith(".gz"):
        return "it was compressed twice: unpack it once"
    return "give the file the ending .gz after its own"


def _known_content(head: bytes) -> str | None:
    for magic, content in _MAGIC:
        if head.startswith(magic):
            return content
    for offset, magic, content in _AT:
        if head[offset:].startswith(magic):
            return content
    return None


def _text_content(head: bytes, claimed: Format) -> tuple[str, str]:
    """Return what a text file holds, and what to do about it.

    CSV, TSV and plain text cannot be told apart for certain; they count as what they are named
    unless they are plainly something else.
    """
    start = head.removeprefix(_BOM).lstrip()
    rename = "give the file the ending {}"
    if _HTML.match(start):
        return "an HTML page", "download the data itself, not the page about it"
    if start.startswith(b"<?xml"):
        return "an XML document", "convert it to CSV or JSON Lines"
    if _ARRAY.match(start):
        return Format.JSON.value, rename.format(".json")
    if _OBJECT.match(start):
        return _object_content(start, claimed, rename.format(".jsonl"))
    if claimed in {Format.JSON, Format.JSONL}:
        return "text that is no JSON object or array", "convert it, or correct the ending"
    return _delimited_content(start, claimed, rename)


def _object_content(start: bytes, claimed: Format, hint: str) -> tuple[str, str]:
    lines = start.splitlines()
    # A first line cut off by the end of the head is judged by the reader, with its row number.
    if claimed is Format.JSONL or (len(lines) == 1 and len(start) >= _HEAD_BYTES // 2):
        return Format.JSONL.value, hint
    try:
        json.loads(lines[0])
    except (ValueError, RecursionError):
        return "one JSON object", "put the rows in an array: [{…}, {…}]"
    return Format.JSONL.value, hint


def _delimited_content(start: bytes, claimed: Format, rename: str) -> tuple[str, str]:
    header = start.split(b"\n", 1)[0]
    if claimed is Format.CSV and b"," not in header:
        if b"\t" in header:
            return Format.TSV.value, rename.format(".tsv")
        if b";" in header:
            return "fields separated by semicolons", "save it with commas as the separator"
    if claimed is Format.TSV and b"\t" not in header and b"," in header:
        return Format.CSV.value, rename.format(".csv")
    return claimed.value, ""


def _mismatch(name: str, claimed: Format, content: str, hint: str = "") -> WorkbenchError:
    return refusal(
        "content-mismatch",
        name=shown(name),
        named=claimed.value,
        content=content,
        hint=hint or f"convert it to {claimed.value}, or correct the ending",
    )
