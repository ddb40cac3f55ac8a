"""Rows of numbers with a label."""

import math
import re
from collections.abc import Mapping
from typing import Any, Final

from workbench.core.canonical import sha256_hex
from workbench.intake.cleaning import Fault, clean_label
from workbench.intake.codes import refusal, shown, shown_list
from workbench.intake.column_names import LABEL_NAMES, first_named, missing_columns, noted
from workbench.intake.schema import Columns, Schema
from workbench.intake.shapes.shape import Shape

_NUMBERED_FEATURE: Final = re.compile(r"f\d+", re.ASCII)
_NUMBER: Final = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_NOT_FINITE: Final = re.compile(r"[+-]?(nan|inf|infinity)", re.ASCII | re.IGNORECASE)
_MAX_NUMBER_CHARS: Final = 64


def _roles(schema: Schema) -> list[str]:
    return ["label", *schema.features, "features"]


def _columns(schema: Schema, found: Mapping[str, bool], named: Mapping[str, str]) -> Columns:
    by_role = dict(named)
    free = [name for name in found if name not in named.values()]
    if "label" not in by_role:
        label = first_named(LABEL_NAMES, [name for name in free if name not in schema.features])
        if label is None:
            raise missing_columns(found, ["label"], "a column named label")
        by_role["label"] = label
    by_role |= {name: name for name in schema.features if name in free and name not in by_role}
    missing = [name for name in schema.features if name not in by_role]
    if len(missing) == len(schema.features) and ("features" in by_role or "features" in free):
        by_role.setdefault("features", "features")
        return noted(by_role, named)
    if missing:
        raise missing_columns(found, missing, f"the {len(schema.features)} features of the task")
    surplus = [name for name in free if _NUMBERED_FEATURE.fullmatch(name) and name not in by_role]
    # f30 beside f0 … f29 says that these rows were made for another task.
    if surplus and all(map(_NUMBERED_FEATURE.fullmatch, schema.features)):
        raise refusal(
            "surplus-features",
            columns=shown_list(surplus),
            n_features=len(schema.features),
            first=schema.features[0],
            last=schema.features[-1],
        )
    return noted(by_role, named)


def _values(
    raw: Mapping[str, object], schema: Schema, by_role: Mapping[str, str]
) -> dict[str, Any] | Fault:
    features = _features(raw, schema, by_role)
    if isinstance(features, Fault):
        return features
    label = clean_label(raw.get(by_role["label"]), schema.classes)
    if isinstance(label, Fault):
        return label
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


def _digest(_row: Mapping[str, Any], line: bytes) -> str:
    return sha256_hex(line)


def _texts(_row: Mapping[str, Any]) -> list[str]:
    return []


TABLE: Final = Shape(_roles, _columns, _values, _digest, _texts)
