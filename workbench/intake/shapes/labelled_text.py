"""Rows of text with a label."""

from collections.abc import Mapping
from typing import Any, Final

from workbench.intake.cleaning import Fault, clean_label
from workbench.intake.column_names import (
    LABEL_NAMES,
    SOURCE_NAMES,
    TEXT_NAMES,
    guess_named,
    guess_text,
    missing_columns,
    noted,
)
from workbench.intake.schema import Columns, Schema
from workbench.intake.shapes.shape import Shape
from workbench.intake.shapes.text import digest_of_text, text_values, texts_of


def _roles(_schema: Schema) -> list[str]:
    return ["text", "label", "source"]


def _columns(_schema: Schema, found: Mapping[str, bool], named: Mapping[str, str]) -> Columns:
    by_role = dict(named)
    if not guess_named(by_role, "label", LABEL_NAMES, found):
        raise missing_columns(found, ["label"], "a column named label")
    guess_named(by_role, "source", SOURCE_NAMES, found)
    if "text" not in by_role:
        guess_text(by_role, "text", TEXT_NAMES, found)
    return noted(by_role, named)


def _values(
    raw: Mapping[str, object], schema: Schema, by_role: Mapping[str, str]
) -> dict[str, Any] | Fault:
    values = text_values(raw, schema, by_role)
    if isinstance(values, Fault):
        return values
    label = clean_label(raw.get(by_role["label"]), schema.classes)
    if isinstance(label, Fault):
        return label
    return values | {"label": label}


# The text alone: a copy under another label is still a copy.
LABELLED_TEXT: Final = Shape(_roles, _columns, _values, digest_of_text, texts_of)
