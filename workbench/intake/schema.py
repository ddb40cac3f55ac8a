"""What a task's rows consist of, and the columns of a file they are read from."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from workbench.core.errors import InvalidInputError
from workbench.core.kinds import KINDS
from workbench.core.wire import Finding
from workbench.intake.codes import refusal, shown


@dataclass(frozen=True)
class Schema:
    """What a task's rows consist of.

    Attributes
    ----------
    kind : of the task.
    features : names of the features, in the order the model gets them; tables only.
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
        kind = str(parameters.get("kind"))
        if kind not in KINDS:
            raise refusal("unknown-kind", kind=shown(kind), kinds=" or ".join(KINDS))
        features = parameters.get("features") or parameters.get("n_features") or ()
        if isinstance(features, int):
            features = [f"f{i}" for i in range(features)]
        if KINDS[kind].rows == "table" and not features:
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
    by_role : role → column.
    findings : a note where a column was guessed.
    """

    by_role: dict[str, str]
    findings: tuple[Finding, ...] = ()
