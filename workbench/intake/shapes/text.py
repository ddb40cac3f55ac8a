"""Rows of text, each from a document."""

from collections.abc import Mapping
from typing import Any

from workbench.intake.cleaning import Fault, clean_source, clean_text
from workbench.intake.column_names import SOURCE_NAMES, TEXT_NAMES, guess_named, guess_text, noted
from workbench.intake.digests import text_digest
from workbench.intake.schema import Columns, Schema


def _roles(_schema: Schema) -> list[str]:
    return ["text", "source"]


def _columns(_schema: Schema, found: Mapping[str, bool], named: Mapping[str, str]) -> Columns:
    by_role = dict(named)
    guess_named(by_role, "source", SOURCE_NAMES, found)
    if "text" not in by_role:
        guess_text(by_role, "text", TEXT_NAMES, found)
    return noted(by_role, named)


def text_values(
    raw: Mapping[str, object], _schema: Schema, by_role: Mapping[str, str]
) -> dict[str, Any] | Fault:
    """Return the members ``source`` and ``text`` of a row, or what is wrong with it."""
    text = clean_text(raw.get(by_role["text"]))
    if isinstance(text, Fault):
        return text
    source = clean_source(raw.get(by_role["source"]) if "source" in by_role else "")
    if isinstance(source, Fault):
        return source
    return {"source": source, "text": text}


def digest_of_text(row: Mapping[str, Any], _line: bytes) -> str:
    """Return the digest of a row's text: the same sentence of two documents is one row."""
    return text_digest(row["text"])


def texts_of(row: Mapping[str, Any]) -> list[str]:
    """Return what people read of a row."""
    return [row["text"], row["source"]]
