"""Formats: the name and the content must agree."""

import io

import pytest

from workbench.core.errors import InvalidInputError, UnsupportedFormatError, WorkbenchError
from workbench.intake.formats.detect import check_content, named_format
from workbench.intake.formats.table import Format


@pytest.mark.parametrize(
    ("name", "claimed"),
    [
        ("a.csv", (Format.CSV, False)),
        ("A.CSV", (Format.CSV, False)),
        ("mis datos ñ (1).tsv", (Format.TSV, False)),
        ("a.json.gz", (Format.JSON, True)),
        ("a.ndjson", (Format.JSONL, False)),
        ("a.b.parquet", (Format.PARQUET, False)),
        ("a.TXT.GZ", (Format.TXT, True)),
    ],
)
def test_a_name_says_the_format(name: str, claimed: tuple[Format, bool]) -> None:
    assert named_format(name) == claimed


@pytest.mark.parametrize(
    "name",
    ["../a.csv", "/etc/a.csv", "a/b.csv", "a\\b.csv", "..csv", "*.csv", "a?.csv", "a\x00.csv",
     "a\n.csv", "a\u202evsc.csv", "\ud800.csv", "", ".", "  ", "x" * 252 + ".csv"],
)  # fmt: skip
def test_an_unsafe_name_is_refused(name: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        named_format(name)
    assert caught.value.facts["reason"] == "unsafe-name"
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("name", ["a", "a.xlsx", "a.csv.zip", "a.csv.exe", "a.gz", "csv", "a.pkl"])
def test_an_unknown_ending_is_refused_with_the_known_ones(name: str) -> None:
    with pytest.raises(UnsupportedFormatError) as caught:
        named_format(name)
    assert ".parquet" in caught.value.wanted


@pytest.mark.parametrize(
    ("head", "content"),
    [
        (b"PK\x03\x04...", "ZIP"),
        (b"%PDF-1.7", "PDF"),
        (b"\xd0\xcf\x11\xe0\xa1", "old Excel"),
        (b"\x1f\x8b\x08", "gzip"),
        (b"PAR1....PAR1", "Parquet"),
        (b"SQLite format 3\x00", "SQLite"),
        (b"\0" * 8 + b"DUCK", "DuckDB"),
        (b"a" * 257 + b"ustar", "tar"),
        (b"\x80\x04\x95\x10", "pickle"),
        (b"\xff\xfeh\x00", "UTF-16"),
        (b"\x7fELF", "program"),
        (b"<!DOCTYPE html><html>", "HTML"),
        (b"<?xml version='1.0'?>", "XML"),
        (b'[{"text": 1}]', "array"),
        (b'{"text": 1}\n{"text": 2}', "JSON Lines"),
        (b'{\n "text": 1\n}', "one JSON object"),
        (b"text\tsource\na\tb", "TSV"),
        (b"text;source\na;b", "semicolons"),
    ],
)
def test_content_that_is_no_csv_is_named(head: bytes, content: str) -> None:
    with pytest.raises(UnsupportedFormatError) as caught:
        check_content(io.BytesIO(head), "rows.csv", Format.CSV)
    assert content in caught.value.facts["content"]
    assert "CSV" in caught.value.found
    assert "'rows.csv'" in caught.value.found
    assert caught.value.next_step


@pytest.mark.parametrize(
    ("head", "claimed"),
    [
        (b"text,source\na,b", Format.CSV),
        (b"text\na;b", Format.CSV),
        (b"\xef\xbb\xbftext\tx\n", Format.TSV),
        (b'\xef\xbb\xbf [ {"a":1}]', Format.JSON),
        (b'{"text":"a"}', Format.JSONL),
        (b'{"text":"' + b"a" * 70_000, Format.JSONL),
        (b"hola, mundo; adios\t!", Format.TXT),
        (b"[ ] una tarea", Format.TXT),
        (b"[1] una nota", Format.TXT),
        (b"{llaves} y <angulos>", Format.TXT),
        (b'"quoted"', Format.TXT),
    ],
)
def test_content_that_fits_passes_and_the_stream_is_at_its_start(
    head: bytes, claimed: Format
) -> None:
    stream = io.BytesIO(head)
    check_content(stream, "rows", claimed)
    assert stream.tell() == 0


@pytest.mark.parametrize(
    ("head", "claimed"),
    [
        (b"text,source\na,b", Format.JSON),
        (b"text,source\na,b", Format.JSONL),
        (b"text,source\na,b", Format.PARQUET),
        (b"text,source\na,b", Format.TSV),
        (b'{"a":1}\n{"a":2}', Format.JSON),
        (b'[{"a":1}]', Format.JSONL),
        (b'{"a":1}\n{"a":2}', Format.TXT),
        (b" \n\t ", Format.TXT),
        (b"\xef\xbb\xbf", Format.CSV),
    ],
)
def test_content_that_does_not_fit_is_refused(head: bytes, claimed: Format) -> None:
    with pytest.raises(WorkbenchError):
        check_content(io.BytesIO(head), "rows", claimed)


@pytest.mark.parametrize(
    ("name", "hint"), [("rows.csv", "the ending .gz"), ("rows.csv.gz", "compressed twice")]
)
def test_gzip_where_rows_should_be_says_what_to_do(name: str, hint: str) -> None:
    for claimed in (Format.CSV, Format.PARQUET):
        with pytest.raises(UnsupportedFormatError, match="holds a gzip file") as caught:
            check_content(io.BytesIO(b"\x1f\x8b\x08"), name, claimed)
        assert hint in caught.value.next_step
