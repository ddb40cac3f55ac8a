"""Which column plays which role: named by the contributor, or guessed and said so."""

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from workbench.core.errors import InvalidInputError, WorkbenchError
from workbench.core.wire import Finding
from workbench.intake.codes import finding, refusal, shown, shown_list
from workbench.intake.digests import TABULAR_KIND, TEXT_KIND

_TEXT_NAMES: Final = ("text", "sentence", "content", "utterance", "body")
_SOURCE_NAMES: Final = ("source", "document", "doc")
_LABEL_NAMES: Final = ("label", "class", "target")
_NUMBERED_FEATURE: Final = re.compile(r"f\d+", re.ASCII)


@dataclass(frozen=True)
class Schema:
    """What a task's rows consist of.

    Attributes
    ----------
    kind : of the task.
    features : names of the features, in the order the model gets them; tabular tasks only.
    classes : labels; empty when any label may come.
    """

    kind: str
    features: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()

    @classmethod
    def from_parameters(cls, parameters: Mapping[str, Any]) -> "Schema":
        """Read ``kind``, ``features`` (names, or how many), ``n_features`` and ``classes``.

        Raises
        ------
        InvalidInputError
            An unknown kind, or a tabular task that does not say its features.
        """
        kind = parameters.get("kind")
        if kind not in {TEXT_KIND, TABULAR_KIND}:
            raise refusal("unknown-kind", kind=shown(kind), kinds=f"{TEXT_KIND} or {TABULAR_KIND}")
        features = parameters.get("features") or parameters.get("n_features") or ()
        if isinstance(features, int):
            features = [f"f{i}" for i in range(features)]
        if kind == TABULAR_KIND and not features:
            raise InvalidInputError(
                "the task does not say its features",
                wanted="features (names) or n_features (how many)",
            )
        return cls(kind, tuple(features), tuple(parameters.get("classes") or ()))


@dataclass(frozen=True)
class Columns:
    """The columns a file is read from.

    Attributes
    ----------
    by_role : role → column. Roles of texts are ``text`` and ``source``; of tabular rows
        ``label`` and either each feature's name or ``features``, a list in one column (JSON).
    findings : a note where a column was guessed.
    """

    by_role: dict[str, str]
    findings: tuple[Finding, ...] = ()


def choose_columns(schema: Schema, found: Mapping[str, bool], named: Mapping[str, str]) -> Columns:
    """Return the column of each role.

    Parameters
    ----------
    schema
        Of the task.
    found
        The file's columns: name → whether it holds texts.
    named
        Role → column, where the contributor says so.

    Raises
    ------
    InvalidInputError
        An unknown role, a column that is not there, or one that cannot be guessed; with the
        columns found, those wanted and the nearest names.
    """
    roles = ["text", "source"] if schema.kind == TEXT_KIND else ["label", *schema.features]
    if schema.kind == TABULAR_KIND:
        roles.append("features")
    _check_named(named, roles, found)
    if schema.kind == TEXT_KIND:
        return _text_columns(found, named)
    return _tabular_columns(schema, found, named)


def _check_named(named: Mapping[str, str], roles: Sequence[str], found: Mapping[str, bool]) -> None:
    for role, column in named.items():
        if role not in roles:
            near = difflib.get_close_matches(role, roles, 1)
            raise refusal(
                "unknown-role",
                role=shown(role),
                roles=shown_list(roles),
                hint=f"did you mean {near[0]!r}?" if near else "use one of these roles",
            )
        if column not in found:
            raise _missing(found, [column], f"the column you named for {role}")
        if list(named.values()).count(column) > 1:
            raise refusal("same-column", column=shown(column))


def _text_columns(found: Mapping[str, bool], named: Mapping[str, str]) -> Columns:
    free = [name for name in found if name not in named.values()]
    by_role = dict(named)
    if "source" not in by_role and (source := _first_named(_SOURCE_NAMES, free)):
        by_role["source"] = source
        free.remove(source)
    if "text" not in by_role:
        texts = [name for name in free if found[name]]
        guess = _first_named(_TEXT_NAMES, free) or (texts[0] if len(texts) == 1 else None)
        if guess is None:
            raise _missing(
                found, ["text"], "a column named text, or the only column that holds texts"
            )
        by_role["text"] = guess
    return _noted(by_role, named)


def _tabular_columns(
    schema: Schema, found: Mapping[str, bool], named: Mapping[str, str]
) -> Columns:
    by_role = dict(named)
    free = [name for name in found if name not in named.values()]
    if "label" not in by_role:
        label = _first_named(_LABEL_NAMES, [name for name in free if name not in schema.features])
        if label is None:
            raise _missing(found, ["label"], "a column named label")
        by_role["label"] = label
    by_role |= {name: name for name in schema.features if name in free and name not in by_role}
    missing = [name for name in schema.features if name not in by_role]
    if len(missing) == len(schema.features) and ("features" in by_role or "features" in free):
        by_role.setdefault("features", "features")
        return _noted(by_role, named)
    if missing:
        raise _missing(found, missing, f"the {len(schema.features)} features of the task")
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
    return _noted(by_role, named)


def _first_named(names: Sequence[str], columns: Sequence[str]) -> str | None:
    for name in names:
        for column in sorted(columns, key=lambda column: column != name):
            if column.strip().casefold() == name:
                return column
    return None


def _noted(by_role: dict[str, str], named: Mapping[str, str]) -> Columns:
    guessed = [
        (role, column) for role, column in by_role.items() if role not in named and column != role
    ]
    if not guessed:
        return Columns(by_role)
    roles = ", ".join(f"{role} is read from the column {shown(name)}" for role, name in guessed)
    return Columns(by_role, (finding("columns-guessed", roles=roles, role=guessed[0][0]),))


def _missing(found: Mapping[str, bool], missing: Sequence[str], wanted: str) -> WorkbenchError:
    near = [
        match
        for name in missing[:5]
        for match in difflib.get_close_matches(name[:100], [c[:100] for c in found], 1, 0.6)
    ]
    texts = [name for name, holds_text in found.items() if holds_text]
    if near:
        hint = f"did you mean {shown_list(near)}?"
    elif missing == ["text"] and texts:
        hint = f"say which column holds the text, such as columns={{'text': {shown(texts[0])}}}"
    else:
        hint = "rename the columns, or say which is which with columns={role: column}"
    return refusal(
        "missing-columns",
        columns=shown_list(list(found)),
        missing=shown_list(missing),
        needed=wanted,
        hint=hint,
        nearest=[shown(name) for name in near],
    )
