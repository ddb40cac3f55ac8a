"""Files that people send by mistake, and files that somebody built to hurt.

Each must end in a WorkbenchError that says what to do, or in findings: never in a crash, never
with another file opened, never with something left in the output.
"""

import bz2
import gzip
import io
import json
import lzma
import os
import pickle
import struct
import sys
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from workbench.core.errors import DiskFullError, WorkbenchError

Intake = Callable[..., Any]


def parquet(columns: dict[str, Any], **options: Any) -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.table(columns), sink, **options)
    return sink.getvalue()


def zipped(*names: str) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        for name in names:
            archive.writestr(name, "text\nhola\n")
    return sink.getvalue()


def tarred(name: str) -> bytes:
    sink = io.BytesIO()
    with tarfile.open(fileobj=sink, mode="w") as archive:
        info = tarfile.TarInfo(name)
        info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(info)
    return sink.getvalue()


def gzip_named(inner: str, content: bytes) -> bytes:
    sink = io.BytesIO()
    with gzip.GzipFile(inner, "wb", fileobj=sink) as stream:
        stream.write(content)
    return sink.getvalue()


def bomb(n_bytes: int) -> bytes:
    packer = zlib.compressobj(9, wbits=31)
    block = b"text\n" + b"a" * (2**20 - 5)
    return b"".join(packer.compress(block) for _ in range(n_bytes // 2**20)) + packer.flush()


CSV = b"text,source\nhola,a\nadios,b\n"
PACKED = gzip.compress(CSV)
PARQUET = parquet({"text": ["hola", "adios"]})


class Exploit:
    def __reduce__(self) -> tuple[Any, ...]:
        return (os.system, ("touch /tmp/owned",))


# name of the file, content, reason code
REFUSED: dict[str, tuple[str, bytes, str]] = {
    # names
    "path upwards": ("../../etc/rows.csv", CSV, "unsafe-name"),
    "absolute path": ("/etc/rows.csv", CSV, "unsafe-name"),
    "glob": ("*.csv", CSV, "unsafe-name"),
    "windows path": ("..\\rows.csv", CSV, "unsafe-name"),
    "name with NUL": ("rows.csv\x00.txt", CSV, "unsafe-name"),
    "right-to-left name": ("rows\u202etxt.csv", CSV, "unsafe-name"),
    "no ending": ("rows", CSV, "unknown-ending"),
    "spreadsheet": ("rows.xlsx", zipped("xl/workbook.xml"), "unknown-ending"),
    "archive": ("rows.csv.zip", zipped("rows.csv"), "unknown-ending"),
    # not what the name says
    "renamed spreadsheet": ("rows.csv", zipped("xl/workbook.xml"), "content-mismatch"),
    "zip slip": ("rows.txt", zipped("../../.bashrc", "/etc/passwd"), "content-mismatch"),
    "tar with a link": ("rows.csv", tarred("../link"), "content-mismatch"),
    "tar.gz named csv.gz": ("rows.csv.gz", gzip.compress(tarred("x")), "content-mismatch"),
    "bzip2": ("rows.csv", bz2.compress(CSV), "content-mismatch"),
    "xz": ("rows.csv", lzma.compress(CSV), "content-mismatch"),
    "pickle": ("rows.csv", pickle.dumps(Exploit(), 4), "content-mismatch"),
    "pickle named parquet": ("rows.parquet", pickle.dumps(Exploit()), "content-mismatch"),
    "gzip named csv": ("rows.csv", PACKED, "content-mismatch"),
    "csv named gzip": ("rows.csv.gz", CSV, "content-mismatch"),
    "gzip in gzip": ("rows.csv.gz", gzip.compress(PACKED), "content-mismatch"),
    "parquet named csv": ("rows.csv", PARQUET, "content-mismatch"),
    "csv named parquet": ("rows.parquet", CSV, "content-mismatch"),
    "csv named json": ("rows.json", CSV, "content-mismatch"),
    "html": ("rows.csv", b"<!doctype html><html><script>", "content-mismatch"),
    "xml bomb": ("rows.txt", b'<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY', "content-mismatch"),
    "utf-16": ("rows.csv", "text\nhola\n".encode("utf-16"), "content-mismatch"),
    "semicolons": ("rows.csv", b"text;source\na;b\n", "content-mismatch"),
    # empty
    "0 bytes": ("rows.csv", b"", "empty-file"),
    "only spaces": ("rows.jsonl", b" \n\n\t", "empty-file"),
    "only a byte order mark": ("rows.txt", b"\xef\xbb\xbf", "empty-file"),
    "only a header": ("rows.csv", b"text,source\n", "no-rows"),
    "empty array": ("rows.json", b"[]", "no-rows"),
    "empty gzip": ("rows.csv.gz", gzip.compress(b""), "empty-file"),
    "parquet without rows": ("rows.parquet", parquet({"text": pa.array([], "string")}), "no-rows"),
    # archives
    "gzip bomb": ("rows.csv.gz", bomb(2**26), "gzip-bomb"),
    "gzip cut short": ("rows.csv.gz", PACKED[:-5], "broken-gzip"),
    "gzip with another checksum": ("rows.csv.gz", PACKED[:-8] + b"\0" * 8, "broken-gzip"),
    "gzip with a tail": ("rows.csv.gz", PACKED + b"tail", "broken-gzip"),
    "gzip header alone": ("rows.csv.gz", PACKED[:10], "broken-gzip"),
    "gzip of nothing but members": ("rows.csv.gz", gzip.compress(b"") * 70_000, "gzip-members"),
    # encodings
    "latin-1": ("rows.csv", "text\nmañana\n".encode("latin-1"), "bad-utf8"),
    "latin-1 in gzip": ("rows.csv.gz", gzip.compress(b"text\nma\xf1ana\n"), "bad-utf8"),
    "overlong": ("rows.csv", b"text\n\xc0\x80\n", "bad-utf8"),
    "encoded surrogates": ("rows.csv", b"text\n\xed\xa0\xbd\xed\xb8\x80\n", "bad-utf8"),
    "utf-8 cut short": ("rows.txt", "mañ".encode()[:-1], "bad-utf8"),
    "NUL": ("rows.csv", b"text\nho\x00la\n", "nul-byte"),
    "utf-16 without mark": ("rows.txt", "hola".encode("utf-16-le"), "nul-byte"),
    # CSV
    "ragged": ("rows.csv", b"text,source\na,b\na,b,c\n", "ragged-row"),
    "open quote": ("rows.csv", b'text\n"hola\nadios\n', "broken-csv"),
    "text after a quote": ("rows.csv", b'text\n"hola" dijo\n', "broken-csv"),
    "huge field": ("rows.csv", b"text\n" + b"x" * 200_000 + b"\n", "broken-csv"),
    "huge line": ("rows.csv", b"text\n" + b"x" * 2**21, "line-too-long"),
    "many columns": ("rows.csv", b"c," * 3_000 + b"c\n1\n", "too-many-columns"),
    "same column twice": ("rows.csv", b"text,text\na,b\n", "duplicate-column"),
    "no text column": ("rows.csv", b"a,b\nx,y\n", "missing-columns"),
    "terminal codes in a column": ("rows.csv", b"\x1b]0;owned\x07,b\nx,y\n", "missing-columns"),
    # JSON
    "nested arrays": ("rows.jsonl", b'{"a":' + b"[" * 500_000, "too-deep"),
    "nested objects": ("rows.json", b'[{"a":' + b'{"a":' * 100_000, "too-deep"),
    "NaN": ("rows.jsonl", b'{"text": NaN}', "not-finite-json"),
    "integer of 10,000 digits": ("rows.jsonl", b'{"x":' + b"9" * 10_000 + b"}", "huge-number"),
    "key twice": ("rows.jsonl", b'{"text":"a","text":"b"}', "duplicate-key"),
    "no object": ("rows.json", b'[{"text":"a"}, 5]', "not-an-object"),
    "cut short": ("rows.json", b'[{"text":"a"}, {"te', "broken-json"),
    "single quotes": ("rows.jsonl", b'{"text":"a"}\n{\'text\':\'a\'}', "broken-json"),
    "array of a megabyte": ("rows.json", b'[{"text":"' + b"x" * 2**21 + b'"}]', "line-too-long"),
    # Parquet
    "parquet cut short": ("rows.parquet", PARQUET[:-6], "broken-parquet"),
    "parquet magic alone": ("rows.parquet", b"PAR1" * 4, "broken-parquet"),
    "footer beyond the file": (
        "rows.parquet", PARQUET[:-8] + struct.pack("<I", 2**31 - 1) + b"PAR1", "broken-parquet",
    ),
    "encrypted parquet": ("rows.parquet", PARQUET[:-4] + b"PARE", "encrypted-parquet"),
    "nested parquet": ("rows.parquet", parquet({"text": [["a"], ["b"]]}), "column-type"),
    "binary parquet": ("rows.parquet", parquet({"text": [b"\xff", b"b"]}), "column-type"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_a_file_that_cannot_be_read_is_refused_and_leaves_nothing(
    intake: Intake, output: Path, case: str
) -> None:
    name, content, reason = REFUSED[case]
    columns = {"text": "text"} if reason == "column-type" else {}
    with pytest.raises(WorkbenchError) as caught:
        intake(content, name, columns=columns)
    error = caught.value
    assert error.facts["reason"] == reason
    assert error.wanted
    assert error.next_step
    assert str(error).isprintable()
    assert json.dumps(error.to_problem(), allow_nan=False).encode()
    assert not list(output.iterdir())


LIMITED: dict[str, tuple[str, bytes, dict[str, int], str]] = {
    "file": ("rows.csv", CSV, {"max_file_bytes": 10}, "file-too-large"),
    "rows": ("rows.csv", CSV, {"max_rows": 1}, "too-many-rows"),
    "lines": ("rows.txt", b"a\nb\n", {"max_rows": 1}, "too-many-rows"),
    "unpacked": (
        "rows.csv.gz", gzip.compress(os.urandom(1_000).hex().encode()),
        {"max_file_bytes": 1_900}, "gzip-too-large",
    ),
    "array": ("rows.json", b'[{"text":"hola"}]', {"max_json_bytes": 5}, "json-too-large"),
    "parquet rows": ("rows.parquet", parquet({"text": ["a"] * 99}), {"max_rows": 98},
                     "too-many-rows"),
    "parquet bytes": (
        "rows.parquet",
        parquet({"text": [f"{'x' * 500}{i}" for i in range(2_000)]}, compression="zstd"),
        {"max_file_bytes": 500_000}, "parquet-too-large",
    ),
    "text": (
        "rows.parquet", parquet({"text": ["x" * 1_000] * 1_000}), {"max_file_bytes": 500_000},
        "too-much-text",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", LIMITED)
def test_what_exceeds_a_limit_is_refused_with_the_limit(
    intake: Intake, output: Path, case: str
) -> None:
    name, content, limits, reason = LIMITED[case]
    with pytest.raises(WorkbenchError) as caught:
        intake(content, name, limits=limits)
    assert caught.value.facts["reason"] == reason
    assert str(next(iter(limits.values()))) in str(caught.value)
    assert caught.value.status == 413
    assert not list(output.iterdir())


# Strange rows in good files: dropped or noted, and the rest goes on.
ROWS: dict[str, tuple[str, bytes, list[str], list[str]]] = {
    "formulas": ("rows.csv", b"text\n=cmd|'/C calc'!A0\n@x\n", ["=cmd|'/C calc'!A0", "@x"], []),
    "markup": ("rows.txt", b"<script>alert(1)</script>\n", ["<script>alert(1)</script>"], []),
    "format strings": ("rows.txt", b"{0.__class__} %s ${HOME}\n", ["{0.__class__} %s ${HOME}"], []),
    "lone surrogate": ("rows.jsonl", b'{"text":"\\ud800"}\n{"text":"b"}', ["b"], ["not-unicode"]),
    "paired surrogates": ("rows.jsonl", b'{"text":"\\ud83e\\udd8a"}', ["🦊"], []),
    "escaped NUL": ("rows.jsonl", b'{"text":"a\\u0000"}\n{"text":"b"}', ["b"],
                    ["control-characters"]),
    "terminal codes": ("rows.txt", b"\x1b[2Jowned\nb\n", ["b"], ["control-characters"]),
    "bidi overrides": ("rows.txt", "a\u202eb\n".encode(), ["a\u202eb"], ["invisible-characters"]),
    "tag characters": ("rows.txt", "a\U000e0041\n".encode(), ["a\U000e0041"],
                       ["invisible-characters"]),
    "zero width alone": ("rows.txt", "\u200b\nb\n".encode(), ["b"],
                         ["empty-row"]),
    "wide letters are the same": ("rows.txt", "ＨＯＬＡ\nhola\n".encode(), ["ＨＯＬＡ"],
                                  ["duplicate-in-file"]),
    "mixed types": ("rows.jsonl", b'{"text":"a"}\n{"text":1}\n{"text":["x"]}\n{}', ["a"],
                    ["empty-row", "not-text"]),
    "byte order mark": ("rows.csv", b"\xef\xbb\xbftext\nhola\n", ["hola"], []),
    "old line ends": ("rows.csv", b"text\rhola\radios\r", ["hola", "adios"], []),
    "members of gzip": ("rows.csv.gz", gzip.compress(b"text\nho") + gzip.compress(b"la\n"),
                        ["hola"], []),
    "path inside gzip": ("rows.csv.gz", gzip_named("../../etc/passwd", b"text\nhola\n"), ["hola"],
                         []),
    "gzipped parquet": ("rows.parquet.gz", gzip.compress(PARQUET), ["hola", "adios"], []),
    "nested column not wanted": ("rows.jsonl", b'{"text":"a","meta":{"x":[1,2]}}', ["a"], []),
    "a path as a row": ("rows.txt", b"/etc/passwd\n../../*.csv\nfile:///etc/passwd\n",
                        ["/etc/passwd", "../../*.csv", "file:///etc/passwd"], []),
}  # fmt: skip


@pytest.mark.parametrize("case", ROWS)
def test_strange_rows_are_data_or_findings(intake: Intake, case: str) -> None:
    name, content, texts, codes = ROWS[case]
    result = intake(content, name)
    assert [row["text"] for row in result.rows] == texts
    assert result.codes == codes
    assert json.dumps(result.answer, allow_nan=False).encode()
    assert all(found["message"].isprintable() for found in result.answer["findings"])


@pytest.fixture
def opened() -> Iterator[list[str]]:
    """The paths that Python opens while a test runs."""
    paths: list[str] = []
    listening = [True]

    def listen(event: str, arguments: tuple[Any, ...]) -> None:
        if listening[0] and event == "open" and isinstance(arguments[0], str | bytes | os.PathLike):
            paths.append(os.fsdecode(arguments[0]))

    sys.addaudithook(listen)
    yield paths
    listening[0] = False


@pytest.mark.parametrize(
    "case", ["path upwards", "glob", "zip slip", "tar with a link", "pickle", "xml bomb"]
)
def test_no_other_file_is_opened(
    intake: Intake, tmp_path: Path, opened: list[str], case: str
) -> None:
    name, content, _ = REFUSED[case]
    with pytest.raises(WorkbenchError):
        intake(content, name)
    intake(gzip_named("../../etc/passwd", b"text\n/etc/passwd\n*\n"), "rows.csv.gz")
    packages = (sys.prefix, sys.base_prefix, str(Path(__file__).parents[3]))
    foreign = [path for path in opened if not path.startswith((str(tmp_path), *packages))]
    assert foreign == []
    assert not Path("/tmp/owned").exists()


def test_a_pipe_a_folder_and_a_missing_file_are_refused(tmp_path: Path) -> None:
    from workbench.intake.readers import read_rows

    os.mkfifo(tmp_path / "pipe")
    for path, reason in [
        (tmp_path / "pipe", "not-a-file"),
        (tmp_path, "not-a-file"),
        (Path("/dev/zero"), "not-a-file"),
        (tmp_path / "missing", "no-such-file"),
    ]:
        with pytest.raises(WorkbenchError) as caught:
            read_rows(path, "rows.csv", "causal-lm")
        assert caught.value.facts["reason"] == reason


@pytest.mark.usefixtures("little_space")
@pytest.mark.parametrize("name", ["rows.csv", "rows.csv.gz"])
def test_a_full_disk_is_said_and_leaves_nothing(intake: Intake, output: Path, name: str) -> None:
    content = b"text\n" + b"".join(b"%d\n" % i for i in range(600))
    if name.endswith(".gz"):
        content = gzip.compress(content * 2)
    with pytest.raises(DiskFullError) as caught:
        intake(content, name)
    assert ("unpack" in caught.value.found) == name.endswith(".gz")
    assert not list(output.iterdir())
