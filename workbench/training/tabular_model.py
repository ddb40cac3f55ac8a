"""Classifiers, kept as plain arrays."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from workbench.core.canonical import canonical_bytes
from workbench.core.errors import InvalidInputError, UnsupportedFormatError
from workbench.training.class_scores import EVEN_SHARE
from workbench.training.tabular_estimators import ARRAYS, LEARN, SHARES, n_features
from workbench.training.tabular_rows import Table, TabularParameters

MODEL_FILE: Final = "model.safetensors"
_HEADER: Final = "workbench"


@dataclass(frozen=True)
class TabularModel:
    """A trained classifier.

    Attributes
    ----------
    classes : the task's labels.
    estimator : ``uniform``, ``frequencies``, or a form of ``tabular_estimators.SHARES``.
    arrays : what it learnt; ``present`` holds the classes its rows showed, int64.
    texts : how texts became features; empty for tables.
    """

    classes: tuple[str, ...]
    estimator: str
    arrays: dict[str, NDArray[Any]]
    texts: Mapping[str, Any] = field(default_factory=dict)

    def log_likelihoods(self, table: Table) -> NDArray[np.float64]:
        """Return the log-probability of each row's own label, in nats, shape (n_rows,)."""
        found = self.log_probabilities(table.features)
        return np.take_along_axis(found, table.labels[:, None], axis=1)[:, 0]

    def log_probabilities(self, features: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the log-probability of each class, in nats, shape (n_rows, n_classes).

        Raises
        ------
        InvalidInputError
            The rows have another number of features than the model learnt.
        """
        n_classes, a = len(self.classes), self.arrays
        if self.estimator == "uniform":
            return np.full((len(features), n_classes), -np.log(n_classes))
        if self.estimator == "frequencies":
            return np.tile(np.log(a["frequencies"]), (len(features), 1))
        if n_features(a) != features.shape[1]:
            raise InvalidInputError(
                f"the rows have {features.shape[1]} features",
                wanted=f"{n_features(a)}, as the model learnt",
            )
        shares = np.full((len(features), n_classes), EVEN_SHARE / n_classes)
        shares[:, a["present"]] += (1 - EVEN_SHARE) * SHARES[self.estimator](a, features)
        return np.asarray(np.log(shares), dtype=np.float64)

    def save(self, folder: Path) -> Path:
        """Write the model as safetensors and return the path."""
        header: dict[str, Any] = {"estimator": self.estimator, "classes": list(self.classes)}
        if self.texts:
            header["texts"] = dict(self.texts)
        # One entry only: safetensors writes several in an order that changes by process.
        save_file(self.arrays, folder / MODEL_FILE, {_HEADER: canonical_bytes(header).decode()})
        return folder / MODEL_FILE

    @classmethod
    def load(cls, path: Path) -> "TabularModel":
        """Read what ``save`` wrote.

        Raises
        ------
        UnsupportedFormatError
            The file is no such model, or a number in it is not finite.
        """
        try:
            with safe_open(path, framework="np") as file:
                header = json.loads((file.metadata() or {}).get(_HEADER, "{}"))
                arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        except SafetensorError as error:
            raise _no_model(f"the model is no safetensors file: {error}") from error
        if not {"estimator", "classes"} <= header.keys():
            raise _no_model("the model's header does not say what it is")
        if ARRAYS.get(header["estimator"]) != arrays.keys():
            raise _no_model(f"the model holds no arrays of the form {header['estimator']!r:.40}")
        if not all(np.isfinite(array).all() for array in arrays.values()):
            raise _no_model("the model holds NaN or infinity")
        return cls(
            tuple(header["classes"]), header["estimator"], arrays, dict(header.get("texts", {}))
        )


def load_model_of(path: Path, classes: Sequence[str]) -> TabularModel:
    """Return a model of a task with these classes.

    Raises
    ------
    InvalidInputError
        It knows other classes.
    """
    model = TabularModel.load(path)
    if list(model.classes) != list(classes):
        raise InvalidInputError(
            f"a model knows the classes {', '.join(model.classes)}",
            wanted=f"the task's: {', '.join(classes)}",
            next_step="compare models of one task",
        )
    return model


def uniform_model(parameters: TabularParameters) -> TabularModel:
    """Return the model that has seen nothing: every class of the task is as likely."""
    return TabularModel(tuple(parameters.classes), "uniform", {})


def fit(table: Table, parameters: TabularParameters, seed: int = 0) -> TabularModel:
    """Train a classifier; equal rows in equal order and an equal seed give equal arrays.

    Rows of one class only have nothing to separate: their model is the class frequencies,
    each count raised by one. Only a random forest draws anything.
    """
    classes = tuple(parameters.classes)
    present = np.unique(table.labels)
    if len(present) == 1:
        counts = np.bincount(table.labels, minlength=len(classes)) + 1.0
        return TabularModel(classes, "frequencies", {"frequencies": counts / counts.sum()})
    form, learn = LEARN[parameters.estimator]
    return TabularModel(classes, form, {"present": present} | learn(table, parameters, seed))


def check_classes(table: Table, classes: list[str]) -> None:
    """Refuse to train a task's model on rows of one class only.

    Raises
    ------
    InvalidInputError
        With the class.
    """
    present = np.unique(table.labels)
    if len(present) == 1:
        raise InvalidInputError(
            f"all {len(table):,} rows are labelled {classes[present[0]]!r}",
            wanted=f"rows of two classes at least, among {', '.join(classes[:20])}",
            next_step="accept rows with other labels, or train on more owners",
            label=classes[present[0]],
        )


def _no_model(found: str) -> UnsupportedFormatError:
    return UnsupportedFormatError(
        found, wanted="a model that the recipe tabular or text-classification wrote"
    )
