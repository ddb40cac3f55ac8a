"""Text: UTF-8 checked to the byte, lines within their limit."""

import io

import pytest

from workbench.core.errors import InvalidInputError, TooLargeError
from workbench.intake.formats.text import Lines, check_text, open_text, plain_rows


@pytest.mark.parametrize("text", ["", "hola", "ñ🦊\n" * 700_000, "\ufeffa"])
def test_utf8_passes_wherever_chunks_are_cut(text: str) -> None:
    stream = io.BytesIO(text.encode())
    check_text(stream, "a")
    assert stream.tell() == 0


@pytest.mark.parametrize(
    ("content", "reason", "offset", "line"),
    [
        (b"ab\xff", "bad-utf8", 2, 1),
        (b"a\nb\n\xe9t\xe9", "bad-utf8", 4, 3),
        (b"\xed\xa0\x80", "bad-utf8", 0, 1),
        (b"\xc0\xaf", "bad-utf8", 0, 1),
        (b"\xf4\x90\x80\x80", "bad-utf8", 0, 1),
        (b"ok \xc3", "bad-utf8", 3, 1),
        (b"a\n\x00", "nul-byte", 2, 2),
        (b"\x00\xff", "nul-byte", 0, 1),
        (b"\xff\x00", "bad-utf8", 0, 1),
        (b"\xc3\x00", "bad-utf8", 0, 1),
        ("ñ".encode() * 2**19 + b"\n\xff", "bad-utf8", 2**20 + 1, 2),
        (b"x" + "ñ".encode() * 2**19 + b"\n\x00", "nul-byte", 2**20 + 2, 2),
    ],
)
def test_the_first_bad_byte_is_named(content: bytes, reason: str, offset: int, line: int) -> None:
    with pytest.raises(InvalidInputError) as caught:
        check_text(io.BytesIO(content), "a")
    facts = caught.value.facts
    assert (facts["reason"], facts["byte_offset"], facts["line"]) == (reason, offset, line)


def test_a_byte_order_mark_is_no_text() -> None:
    with open_text(io.BytesIO(b"\xef\xbb\xbfhola\r\n")) as text:
        assert text.read() == "hola\r\n"


def test_a_stream_can_be_read_again() -> None:
    stream = io.BytesIO(b"a\nb\n")
    assert list(plain_rows(stream, 10)) == list(plain_rows(stream, 10))


def test_plain_text_has_a_row_for_each_line_that_is_not_blank() -> None:
    rows = plain_rows(io.BytesIO(b"\n hola \r\n\t\nadios\rfin"), 20)
    assert list(rows) == [(2, {"text": "hola"}), (4, {"text": "adios"}), (5, {"text": "fin"})]


def test_a_line_beyond_the_limit_is_refused_with_its_row() -> None:
    assert len(list(plain_rows(io.BytesIO(b"12345\n"), 6))) == 1
    with pytest.raises(TooLargeError) as caught:
        list(plain_rows(io.BytesIO(b"a\n123456\n"), 6))
    assert caught.value.facts["row"] == 2


def test_a_record_of_many_lines_is_bounded_as_one() -> None:
    with open_text(io.BytesIO(b"12\n34\n56\n")) as text:
        lines = Lines(text, 6)
        lines.next_record()
        assert [next(lines), next(lines)] == ["12\n", "34\n"]
        with pytest.raises(TooLargeError):
            next(lines)
