"""JSON: an array of objects, or one object a line."""

import json
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import Any, BinaryIO, Final

from workbench.core.errors import WorkbenchError
from workbench.intake.codes import refusal, shown
from workbench.intake.formats.table import Format, RawRow, Table
from workbench.intake.formats.text import Lines, open_text
from workbench.intake.limits import Limits

_N_SAMPLED: Final = 1_000
_SPACE: Final = " \t\r\n"


def open_json_lines(stream: BinaryIO, limits: Limits) -> Table:
    """Return the table of a checked JSON Lines file; blank lines count and are left out."""

    def rows(_wanted: object) -> Iterator[RawRow]:
        parser = _Parser(limits)
        with open_text(stream) as text:
            lines = Lines(text, limits.max_line_chars)
            lines.next_record()
            for line in lines:
                if content := line.strip(_SPACE):
                    yield lines.row, parser.parse_line(content, lines.row, lines.n_lines)
                lines.next_record()

    return Table(Format.JSONL, _columns(rows(()), limits), rows)


def open_json_array(stream: BinaryIO, limits: Limits) -> Table:
    """Return the table of a checked JSON file that holds one array of objects."""
    size = stream.seek(0, 2)
    if size > limits.max_json_bytes:
        raise refusal("json-too-large", size=size, limit=limits.max_json_bytes)
    with open_text(stream) as text:
        content = text.read()

    def rows(_wanted: object) -> Iterator[RawRow]:
        return enumerate(_Parser(limits).parse_array(content), start=1)

    return Table(Format.JSON, _columns(rows(()), limits), rows)


def _columns(rows: Iterator[RawRow], limits: Limits) -> dict[str, bool]:
    """Return the keys of the first objects, in order, and which of them hold texts."""
    are_texts: dict[str, bool] = {}
    for _, values in islice(rows, _N_SAMPLED):
        for key, value in values.items():
            are_texts[key] = are_texts.get(key, False) or isinstance(value, str)
        if len(are_texts) > limits.max_columns:
            raise refusal("too-many-columns", limit=limits.max_columns)
    if not are_texts:
        raise refusal("no-rows")
    return are_texts


class _Parser:
    """A strict decoder: no NaN, no repeated keys, no numbers or nesting without bound."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._row = 0
        self._decoder = json.JSONDecoder(
            object_pairs_hook=self._object,
            parse_constant=self._constant,
            parse_int=self._integer,
            parse_float=self._float,
        )

    def parse_line(self, line: str, row: int, n_line: int) -> dict[str, object]:
        """Return the object that a line holds."""
        value, end = self._decode(line, 0, row, n_line)
        if end != len(line):
            why = f"something follows the object at character {end + 1}"
            raise refusal("broken-json", row=row, line=n_line, why=why)
        return value

    def parse_array(self, text: str) -> Iterator[dict[str, object]]:
        """Yield the objects of an array one by one, so that each is bounded by itself."""
        at = _skip(text, 0)
        row = n_line = 1
        counted = 0
        if text[at : at + 1] != "[":
            raise refusal("broken-json", row=1, line=1, why="the file does not start with [")
        at = _skip(text, at + 1)
        while text[at : at + 1] != "]" or row > 1:
            n_line += text.count("\n", counted, at)
            counted = at
            value, at = self._decode(text, at, row, n_line)
            yield value
            at = _skip(text, at)
            if text[at : at + 1] == "]":
                break
            if text[at : at + 1] != ",":
                why = "a comma or the end of the array is missing after this row"
                raise refusal("broken-json", row=row, line=n_line, why=why)
            at = _skip(text, at + 1)
            row += 1
        if _skip(text, at + 1) != len(text):
            why = "something follows the end of the array"
            raise refusal("broken-json", row=row, line=n_line, why=why)

    def _decode(self, text: str, at: int, row: int, n_line: int) -> tuple[dict[str, object], int]:
        self._row = row
        if text[at : at + 1] not in {"{", ""}:
            what = _CALLED.get(text[at : at + 1], "a number or a word")
            raise refusal("not-an-object", row=row, line=n_line, what=what)
        try:
            value, end = self._decoder.raw_decode(text, at)
        except json.JSONDecodeError as error:
            line = n_line + text.count("\n", at, error.pos)
            why = f"{error.msg} at character {error.colno}"
            raise refusal("broken-json", row=row, line=line, why=why) from error
        except RecursionError as error:
            raise self._too_deep() from error
        if end - at > self._limits.max_line_chars:
            raise refusal("line-too-long", row=row, limit=self._limits.max_line_chars)
        self._check_depth(value)
        return value, end

    def _check_depth(self, value: dict[str, object]) -> None:
        level: list[object] = [value]
        for _ in range(self._limits.max_json_depth):
            level = [inner for outer in level for inner in _inside(outer)]
            if not level:
                return
        raise self._too_deep()

    def _too_deep(self) -> WorkbenchError:
        return refusal("too-deep", row=self._row, limit=self._limits.max_json_depth)

    def _object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len(pairs) > self._limits.max_columns:
            raise refusal("too-many-columns", limit=self._limits.max_columns)
        value = dict(pairs)
        if len(value) < len(pairs):
            counts = Counter(key for key, _ in pairs)
            raise refusal("duplicate-key", row=self._row, key=shown(counts.most_common(1)[0][0]))
        return value

    def _constant(self, constant: str) -> None:
        raise refusal("not-finite-json", row=self._row, constant=constant)

    def _integer(self, digits: str) -> int:
        return int(self._bounded(digits))

    def _float(self, digits: str) -> float:
        return float(self._bounded(digits))

    def _bounded(self, digits: str) -> str:
        limit = self._limits.max_number_digits
        if len(digits) > limit:
            raise refusal("huge-number", row=self._row, n_digits=len(digits), limit=limit)
        return digits


_CALLED: Final = {
    "[": "an array",
    '"': "a text",
    "t": "true",
    "f": "false",
    "n": "null",
    "]": "missing",
}


def _inside(value: object) -> list[object]:
    """Return the objects and arrays directly inside a JSON value."""
    inner: list[object] = []
    if isinstance(value, dict):
        inner = list(value.values())
    elif isinstance(value, list):
        inner = value
    return [item for item in inner if isinstance(item, dict | list)]


def _skip(text: str, at: int) -> int:
    while text[at : at + 1] and text[at] in _SPACE:
        at += 1
    return at
