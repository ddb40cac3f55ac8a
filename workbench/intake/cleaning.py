"""Texts and labels as rows keep them, and what is wrong with those that are no such thing."""

import math
import re
from dataclasses import dataclass
from typing import Final

from workbench.intake.codes import shown

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


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a row is no row of this task: a code of the table, and what was seen there."""

    code: str
    example: str = ""


def has_invisible(text: str) -> bool:
    """Return whether a text holds characters that nobody sees."""
    return bool(_INVISIBLE.search(text))


def clean_text(value: object) -> str | Fault:
    """Return a text with its line breaks as one kind and without space around it."""
    if value is None:
        return Fault("empty-row")
    if not isinstance(value, str):
        return Fault("not-text", shown(value))
    if fault := _unclean(value):
        return fault
    text = _BREAKS.sub("\n", value).strip()
    return text if _INVISIBLE.sub("", text).strip() else Fault("empty-row")


def clean_source(value: object) -> str | Fault:
    """Return the name of a document on one line, cut where it is endless; empty for none."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if value is not None and not isinstance(value, str):
        return Fault("not-text", shown(value))
    if value and (fault := _unclean(value)):
        return fault
    return " ".join(str(value or "").split())[:_MAX_SOURCE_CHARS]


def clean_label(value: object, classes: tuple[str, ...]) -> str | Fault:
    """Return a label as text, one of the classes where there are any."""
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
    if classes and label not in classes:
        return Fault("unknown-label", shown(label, 30))
    return label


def _unclean(text: str) -> Fault | None:
    if _SURROGATES.search(text):
        return Fault("not-unicode")
    if control := _CONTROLS.search(text):
        return Fault("control-characters", f"U+{ord(control[0]):04X}")
    return None
