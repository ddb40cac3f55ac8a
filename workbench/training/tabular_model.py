"""Classifiers of scikit-learn, kept as plain arrays."""

import json
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file
from scipy.special import log_softmax
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.preprocessing import StandardScaler

from workbench.core.canonical import canonical_bytes
from workbench.core.errors import InvalidInputError, UnsupportedFormatError
from workbench.training.class_scores import EVEN_SHARE
from workbench.training.tabular_rows import Table, TabularParameters

MODEL_FILE: Final = "model.safetensors"
_HEADER: Final = "workbench"


@dataclass(frozen=True)
class TabularModel:
    """A trained classifier.

    Attributes
    ----------
    classes : the task's labels.
    estimator : ``uniform``, ``frequencies``, ``linear`` or ``gaussian``.
    arrays : what it learnt, float64; ``present`` holds the classes its rows showed, int64.
    """

    classes: tuple[str, ...]
    estimator: str
    arrays: dict[str, NDArray[Any]]

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
        if a["mean"].shape[-1] != features.shape[1]:
            raise InvalidInputError(
                f"the rows have {features.shape[1]} features",
                wanted=f"{a['mean'].shape[-1]}, as the model learnt",
            )
        if self.estimator == "linear":
            scores = ((features - a["mean"]) / a["scale"]) @ a["coefficients"].T + a["intercepts"]
        else:
            squares = (features[:, None] - a["mean"]) ** 2 / a["variance"]
            scores = a["log_prior"] - (squares + np.log(a["variance"])).sum(axis=2) / 2
        shares = np.full((len(features), n_classes), EVEN_SHARE / n_classes)
        shares[:, a["present"]] += (1 - EVEN_SHARE) * np.exp(log_softmax(scores, axis=1))
        return np.asarray(np.log(shares), dtype=np.float64)

    def save(self, folder: Path) -> Path:
        """Write the model as safetensors and return the path."""
        header = canonical_bytes({"estimator": self.estimator, "classes": list(self.classes)})
        # One entry only: safetensors writes several in an order that changes by process.
        save_file(self.arrays, folder / MODEL_FILE, {_HEADER: header.decode()})
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
        if not all(np.isfinite(array).all() for array in arrays.values()):
            raise _no_model("the model holds NaN or infinity")
        return cls(tuple(header["classes"]), header["estimator"], arrays)


def uniform_model(parameters: TabularParameters) -> TabularModel:
    """Return the model that has seen nothing: every class of the task is as likely."""
    return TabularModel(tuple(parameters.classes), "uniform", {})


def fit(table: Table, parameters: TabularParameters) -> TabularModel:
    """Train a classifier; equal rows in equal order give equal arrays.

    Rows of one class only have nothing to separate: their model is the class frequencies,
    each count raised by one.
    """
    classes = tuple(parameters.classes)
    present = np.unique(table.labels)
    if len(present) == 1:
        counts = np.bincount(table.labels, minlength=len(classes)) + 1.0
        return TabularModel(classes, "frequencies", {"frequencies": counts / counts.sum()})
    if parameters.estimator == "gaussian-naive-bayes":
        bayes = GaussianNB().fit(table.features, table.labels)
        learnt = {"mean": bayes.theta_, "variance": bayes.var_}
        learnt["log_prior"] = np.log(bayes.class_prior_)
        return TabularModel(classes, "gaussian", learnt | {"present": present})
    return TabularModel(classes, "linear", _logistic(table, parameters) | {"present": present})


def _logistic(table: Table, parameters: TabularParameters) -> dict[str, NDArray[Any]]:
    scaler = StandardScaler().fit(table.features)
    estimator = LogisticRegression(
        C=parameters.inverse_regularisation, max_iter=parameters.iterations
    )
    with warnings.catch_warnings():
        # A bounded number of iterations is the recipe, converged or not.
        warnings.simplefilter("ignore", ConvergenceWarning)
        estimator.fit(scaler.transform(table.features), table.labels)
    coefficients, intercepts = estimator.coef_, estimator.intercept_
    if len(coefficients) == 1:
        # Two classes share one score; the first class's is 0.
        coefficients = np.vstack([np.zeros_like(coefficients), coefficients])
        intercepts = np.concatenate([[0.0], intercepts])
    return {
        "mean": scaler.mean_,
        "scale": scaler.scale_,
        "coefficients": coefficients,
        "intercepts": intercepts,
    }


def _no_model(found: str) -> UnsupportedFormatError:
    return UnsupportedFormatError(found, wanted="a model that the recipe tabular wrote")
