"""Named queries: every statement the workbench runs, read once from ``queries/*.sql``."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

_NAME: Final = re.compile(r"^-- name: *(\S*) *$", re.MULTILINE)
_COMMENT_OR_STRING: Final = re.compile(r"--[^\n]*|'(?:[^']|'')*'")
_SELECTS: Final = re.compile(r"\s*(?:select|with|from)\b", re.IGNORECASE)
_CHANGES: Final = re.compile(r"\b(?:insert|update|delete|merge)\b", re.IGNORECASE)
_RETURNS: Final = re.compile(r"\breturning\b", re.IGNORECASE)


@dataclass(frozen=True)
class Query:
    """One named statement.

    Attributes
    ----------
    name : unique over all files.
    sql : the statement, without its closing semicolon; parameters are ``$name``.
    has_effects : it inserts, updates or deletes.
    has_rows : it answers with rows.
    """

    name: str
    sql: str
    has_effects: bool
    has_rows: bool


def load_queries(paths: Iterable[Path]) -> dict[str, Query]:
    """Read the ``-- name: x`` blocks of SQL files.

    Raises
    ------
    ValueError
        A name twice, a name that is no identifier, an empty block, two statements in one
        block, or SQL before the first name: a mistake in our own files, so it ends the start.
    """
    found: dict[str, Query] = {}
    for path in sorted(paths):
        before, *blocks = _NAME.split(path.read_text(encoding="utf-8"))
        if _without_comments(before):
            raise ValueError(f"{path.name} has SQL before its first '-- name:' line")
        for name, text in zip(blocks[::2], blocks[1::2], strict=True):
            if name in found:
                raise ValueError(f"{path.name}: two queries are named {name!r}")
            found[name] = _parse(path.name, name, text)
    return found


def _parse(file_name: str, name: str, text: str) -> Query:
    if not name.isidentifier():
        raise ValueError(f"{file_name}: {name!r} is no query name")
    # Comments are for readers; those above the next name are the next one's anyway.
    sql = _without_comments(text).removesuffix(";").rstrip()
    bare = _COMMENT_OR_STRING.sub("''", sql)
    if not bare:
        raise ValueError(f"{file_name}: query {name!r} is empty")
    if ";" in bare:
        raise ValueError(f"{file_name}: query {name!r} holds more than one statement")
    has_effects = _CHANGES.search(bare) is not None
    has_rows = _SELECTS.match(bare) is not None and not has_effects
    return Query(name, sql, has_effects, has_rows or _RETURNS.search(bare) is not None)


def _without_comments(text: str) -> str:
    kept = _COMMENT_OR_STRING.sub(lambda found: "" if found[0][0] == "-" else found[0], text)
    return kept.strip()


QUERIES: Final = MappingProxyType(load_queries((Path(__file__).parent / "queries").glob("*.sql")))
"""Every named query of the workbench."""
