"""Rows of a text and its translation."""

from collections.abc import Mapping
from typing import Any, Final

from workbench.intake.cleaning import Fault, clean_text
from workbench.intake.column_names import (
    SOURCE_NAMES,
    TEXT_NAMES,
    first_named,
    guess_named,
    guess_text,
    noted,
)
from workbench.intake.digests import text_digest
from workbench.intake.schema import Columns, Schema
from workbench.intake.shapes.shape import Shape
from workbench.intake.shapes.text import text_values, texts_of

_FIRST_NAMES: Final = (*TEXT_NAMES, "source_text", "source_sentence", "src")
_SECOND_NAMES: Final = ("translation", "target", "target_text", "target_sentence", "tgt")


def _roles(_schema: Schema) -> list[str]:
    return ["text", "translation", "source"]


def _columns(_schema: Schema, found: Mapping[str, bool], named: Mapping[str, str]) -> Columns:
    by_role = dict(named)
    # Beside a target, and with no other text, a source is the text and no document.
    is_text = first_named(_FIRST_NAMES, list(found)) or "text" in by_role
    if is_text or not first_named(("target",), list(found)):
        guess_named(by_role, "source", SOURCE_NAMES, found)
    guess_named(by_role, "translation", _SECOND_NAMES, found)
    if "text" not in by_role:
        names = _FIRST_NAMES if is_text else (*_FIRST_NAMES, "source")
        guess_text(by_role, "text", names, found)
    if "translation" not in by_role:
        guess_text(by_role, "translation", _SECOND_NAMES, found)
    guess_named(by_role, "source", SOURCE_NAMES, found)
    return noted(by_role, named)


def _values(
    raw: Mapping[str, object], schema: Schema, by_role: Mapping[str, str]
) -> dict[str, Any] | Fault:
    values = text_values(raw, schema, by_role)
    if isinstance(values, Fault):
        return values
    translation = clean_text(raw.get(by_role["translation"]))
    if isinstance(translation, Fault):
        is_empty = translation.code == "empty-row"
        return Fault("missing-value", "the translation") if is_empty else translation
    return values | {"translation": translation}


def _digest(row: Mapping[str, Any], _line: bytes) -> str:
    return text_digest(f"{row['text']}\n{row['translation']}")


def _texts(row: Mapping[str, Any]) -> list[str]:
    return [*texts_of(row), row["translation"]]


TRANSLATION: Final = Shape(_roles, _columns, _values, _digest, _texts)
