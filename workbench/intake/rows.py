"""Canonical rows: the one form in which a task's rows are stored, hashed and trained on."""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from workbench.core.canonical import canonical_bytes, sha256_hex
from workbench.intake.codes import shown
from workbench.intake.columns import Columns, Schema
from workbench.intake.digests import TEXT_KIND, text_digest

_MAX_SOURCE_CHARS: Final = 500
_MAX_LABEL_CHARS: Final = 100
_BREAKS: Final = re.compile("\r\n?|[\x0b\x0c]")
_CONTROLS: Final = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f]")
_SURROGATES: Final = re.compile("[\ud800-\udfff]")
# Marks that change direction, join, hide or carry text that nobody sees (Unicode TR 36).
_INVISIBLE: Final = re.compile(
    "[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e0fff]"
)
_NUMBER: Final = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_NOT_FINITE: Final = re.compile(r"[+-]?(nan|inf|infinity)", re.ASCII | re.IGNORECASE)
_MAX_NUMBER_CHARS: Final = 64


@dataclass(frozen=True, slots=True)
class Row:
    """One row that passed the schema.

    Attributes
    ----------
    number : where people find it in their file, from 1.
    line : canonical JSON (RFC 8785), without a line break.
    digest : SHA-256 under which the same row is the same, 64 hexadecimal digits.
    n_chars : characters of its texts.
    has_invisible : whether it holds characters nobody sees.
    """

    number: int
    line: bytes
    digest: str
    n_chars: int
    has_invisible: bool = False


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a row is no row of this task: a code of the table, and what was seen there."""

    code: str
    example: str = ""


def row_maker(
    schema: Schema, columns: Columns
) -> Callable[[int, Mapping[str, object]], Row | Fault]:
    """Return the function from a row as read to its canonical form, or what is wrong with it."""
    values_of = _text_values if schema.kind == TEXT_KIND else _tabular_values

    def make(number: int, raw: Mapping[str, object]) -> Row | Fault:
        values = values_of(raw, schema, columns.by_role)
        if isinstance(values, Fault):
            return values
        text, source = str(values.get("text", "")), str(values.get("source", ""))
        line = canonical_bytes(values)
        # A tabular row's line is what its digest is defined over: not encoded a second time.
        digest = text_digest(text) if schema.kind == TEXT_KIND else sha256_hex(line)
        return Row(
            number,
            line,
            digest,
            len(text) + len(source),
            bool(_INVISIBLE.search(text) or _INVISIBLE.search(source)),
        )

    return make


def _text_values(
    raw: Mapping[str, object], _schema: Schema, by_role: Mapping[str, str]
) -> dict[str, Any] | Fault:
    text = raw.get(by_role["text"])
    source = raw.get(by_role["source"]) if "source" in by_role else ""
    if text is None:
        return Fault("empty-row")
    if isinstance(source, int) and not isinstance(source, bool):
        source = str(source)
    for value in (text, source):
        if value is not None and not isinstance(value, str):
            return Fault("not-text", shown(value))
        if value and (fault := _unclean(value)):
            return fault
    text = _BREAKS.sub("\n", str(text)).strip()
    if not _INVISIBLE.sub("", text).strip():
        return Fault("empty-row")
    source = " ".join(str(source or "").split())[:_MAX_SOURCE_CHARS]
    return {"source": source, "text": text}


def _tabular_values(
    raw: Mapping[str, object], schema: Schema, by_role: Mapping[str, str]
) -> dict[str, Any] | Fault:
    features = _features(raw, schema, by_role)
    if isinstance(features, Fault):
        return features
    label = _label(raw.get(by_role["label"]))
    if isinstance(label, Fault):
        return label
    if schema.classes and label not in schema.classes:
        return Fault("unknown-label", shown(label, 30))
    return {"features": features, "label": label}


def _features(
    raw: Mapping[str, object], schema: Schema, by_role: Mapping[str, str]
) -> list[float] | Fault:
    if "features" in by_role:
        values = raw.get(by_role["features"])
        if values is None:
            return Fault("missing-value", "features")
        if not isinstance(values, list) or len(values) != len(schema.features):
            found = f"{len(values)} features" if isinstance(values, list) else shown(values)
            return Fault("wrong-feature-count", found)
    else:
        values = [raw.get(by_role[name]) for name in schema.features]
    features = []
    for name, value in zip(schema.features, values, strict=True):
        number = _number(value, name)
        if isinstance(number, Fault):
            return number
        features.append(number)
    return features


def _number(value: object, name: str) -> float | Fault:
    text = value.strip() if isinstance(value, str) else value
    if text is None or text == "":
        return Fault("missing-value", shown(name))
    if isinstance(text, str):
        if _NOT_FINITE.fullmatch(text):
            return Fault("not-finite", shown(text))
        if len(text) > _MAX_NUMBER_CHARS or not _NUMBER.fullmatch(text):
            return Fault("not-a-number", shown(text, 30))
    elif isinstance(text, bool) or not isinstance(text, int | float):
        return Fault("not-a-number", shown(text, 30))
    try:
        number = float(text)
    except OverflowError:
        return Fault("not-finite", f"an integer beyond every float, in {shown(name)}")
    # Adding 0.0 turns -0.0 into 0.0: equal numbers have equal digests.
    return number + 0.0 if math.isfinite(number) else Fault("not-finite", shown(text))


def _label(value: object) -> str | Fault:
    if isinstance(value, float) and value.is_integer():
        value = int(value)  # pandas turns integer labels into floats where one is missing
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if value is None or value == "" or (isinstance(value, float) and math.isnan(value)):
        return Fault("missing-value", "the label")
    if not isinstance(value, str):
        return Fault("unknown-label", shown(value, 30))
    if fault := _unclean(value):
        return fault
    label = value.strip()
    if not label or len(label) > _MAX_LABEL_CHARS:
        return Fault("unknown-label", shown(label, 30))
    return label


def _unclean(text: str) -> Fault | None:
    if _SURROGATES.search(text):
        return Fault("not-unicode")
    if control := _CONTROLS.search(text):
        return Fault("control-characters", f"U+{ord(control[0]):04X}")
    return None
