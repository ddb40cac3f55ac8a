"""Games that people bring as files: JSON or CSV in, a table game out, errors that say where.

.. code-block:: text

    {"players": ["a", "b"], "utilities": {"": 0, "a": 1, "b": 1, "a,b": 3}}

    coalition,utility
    "",0
    a,1
    b,1
    "a,b",3
"""

import csv
import json
import re
from collections.abc import Iterator
from io import StringIO
from typing import Any, Final

from workbench.core.errors import InvalidInputError, TooLargeError, UnsupportedFormatError
from workbench.valuation.table_game import TableGame
from workbench.valuation.table_parts import (
    WANTED,
    Row,
    check_players,
    group_numbers,
    player_sizes,
    shown,
    twice_in,
    utilities_of,
)

MAX_BYTES: Final = 2**27
"""Of a file: twice what all coalitions of 20 players need."""

FORMATS: Final = ("json", "csv")

_FIELDS: Final = ("players", "utilities", "sizes", "same_data")
_HEADER: Final = ["coalition", "utility"]
_NUMBER: Final = re.compile(r"[+-]?((\d+\.?\d*|\.\d+)(e[+-]?\d+)?|nan|inf|infinity)", re.IGNORECASE)


def read_game(content: bytes | str, format_name: str) -> TableGame:
    r"""Return the game that a file holds.

    Parameters
    ----------
    content : the whole file, UTF-8; at most ``MAX_BYTES``.
    format_name : ``"json"``: an object with ``players`` and ``utilities``, whose coalitions are
        names joined by commas, and optionally ``sizes`` (rows by player) and ``same_data``
        (lists of players with identical rows). ``"csv"``: a coalition and its utility a line,
        names separated by commas or spaces in one cell; players are all names in sorted order.

    Raises
    ------
    TooLargeError
        The file is larger than ``MAX_BYTES``.
    UnsupportedFormatError
        The format is another one.
    InvalidInputError
        The file is empty, not UTF-8, broken, or contradicts itself; the error says where.

    Examples
    --------
    >>> game = read_game('"",0\na,1\nb,1\n"a,b",3', "csv")
    >>> game.players, game.utilities[b"\x03"]
    (('a', 'b'), 3.0)
    """
    if len(content) > MAX_BYTES:
        raise TooLargeError(
            f"the game has more than {MAX_BYTES:,} bytes",
            wanted=f"at most {MAX_BYTES:,}",
            next_step="shorten the players' names, or leave out coalitions and sample",
            limit=MAX_BYTES,
        )
    if format_name not in FORMATS:
        raise UnsupportedFormatError(
            f"a game cannot be read from {format_name!r}",
            wanted=f"one of: {', '.join(FORMATS)}",
            next_step="save the game as JSON or CSV, and name the file so",
        )
    text = _decode(content) if isinstance(content, bytes) else content
    if not text.strip():
        raise InvalidInputError("the game is empty", wanted=WANTED, next_step="fill the file")
    return _read_json(text) if format_name == "json" else _read_csv(text)


def _decode(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise InvalidInputError(
            f"line {line} is not UTF-8: byte {error.object[error.start]:#04x}",
            wanted="a text file in UTF-8",
            next_step="save the file as UTF-8",
            line=line,
        ) from error


def _read_json(text: str) -> TableGame:
    found = _parse(text)
    if not isinstance(found, dict) or not {"players", "utilities"} <= found.keys():
        raise InvalidInputError(
            "the JSON has no players and utilities", wanted=WANTED, next_step="add both"
        )
    if unknown := sorted(found.keys() - set(_FIELDS)):
        raise InvalidInputError(
            f"the game has an unknown field {shown(unknown[0])}",
            wanted=f"only {', '.join(_FIELDS)}",
            next_step="correct or remove it",
        )
    players = check_players(found["players"])
    if not isinstance(found["utilities"], dict):
        raise InvalidInputError(
            "utilities is no object", wanted=WANTED, next_step="name each coalition by its players"
        )
    rows = (
        Row(shown(key), [name.strip() for name in key.split(",")] if key.strip() else [], utility)
        for key, utility in found["utilities"].items()
    )
    return TableGame(
        players,
        utilities_of(players, rows),
        player_sizes(found["sizes"], players) if "sizes" in found else None,
        group_numbers(found["same_data"], players) if "same_data" in found else (),
    )


def _parse(text: str) -> Any:
    try:
        # Whole numbers become floats at once: a thousand digits are infinite, not an exception.
        return json.loads(text, object_pairs_hook=_distinct, parse_int=float)
    except json.JSONDecodeError as error:
        raise InvalidInputError(
            f"line {error.lineno}, column {error.colno} is no JSON: {error.msg}",
            wanted="one JSON object",
            next_step="mend that line",
            line=error.lineno,
        ) from error
    except RecursionError as error:
        raise InvalidInputError(
            "the JSON is nested too deeply", wanted=WANTED, next_step="write the game like this"
        ) from error


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise InvalidInputError(
            f"the JSON holds {shown(twice_in(key for key, _ in pairs))} twice in one object",
            wanted="each name and each coalition once",
            next_step="remove one of them",
        )
    return found


def _read_csv(text: str) -> TableGame:
    rows = []
    for position, (line, cells) in enumerate(_lines(text)):
        if position == 0 and [cell.strip().lower() for cell in cells] == _HEADER:
            continue
        if len(cells) != 2:
            raise InvalidInputError(
                f"line {line} has {len(cells)} cell{'s' if len(cells) > 1 else ''}",
                wanted="a coalition and its utility",
                next_step='put the coalition in quotes, such as "a,b",3',
                line=line,
            )
        said = cells[1].strip()
        utility = float(said) if _NUMBER.fullmatch(said) else said
        rows.append(Row(f"line {line}", cells[0].replace(",", " ").split(), utility))
    players = check_players(sorted({name for row in rows for name in row.names}))
    return TableGame(players, utilities_of(players, rows))


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the number and the cells of each line that is not blank."""
    reader = csv.reader(StringIO(text, newline=""), strict=True)
    try:
        yield from ((reader.line_num, cells) for cells in reader if any(map(str.strip, cells)))
    except csv.Error as error:
        raise InvalidInputError(
            f"line {reader.line_num} is no CSV: {error}",
            wanted='lines such as "a,b",3',
            next_step="close every quote",
            line=reader.line_num,
        ) from error
