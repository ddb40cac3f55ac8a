"""The allow list of scikit-learn's classifiers, and what each learns as plain arrays.

Nothing of scikit-learn is stored: a model is arrays that its formula needs, so that loading one
runs no code of whoever made it.
"""

import warnings
from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_softmax
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import RandomForestClassifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import StandardScaler

from workbench.training.tabular_rows import Estimator, Table, TabularParameters

Arrays = dict[str, NDArray[Any]]
Floats = NDArray[np.float64]
Learn = Callable[[Table, TabularParameters, int], Arrays]

_SEEDS: Final = 2**32
_LEAF: Final = -1


def _logistic(table: Table, parameters: TabularParameters, _seed: int) -> Arrays:
    scaler = StandardScaler().fit(table.features)
    estimator = LogisticRegression(
        C=parameters.inverse_regularisation, max_iter=parameters.iterations
    )
    with warnings.catch_warnings():
        # A bounded number of iterations is the recipe, converged or not.
        warnings.simplefilter("ignore", ConvergenceWarning)
        estimator.fit(scaler.transform(table.features), table.labels)
    return _linear(scaler, estimator.coef_, estimator.intercept_)


def _ridge(table: Table, parameters: TabularParameters, _seed: int) -> Arrays:
    """One regression a class on 0 and 1; the softmax of their scores, as ``RidgeLearner``."""
    scaler = StandardScaler().fit(table.features)
    one_hot = np.eye(len(parameters.classes))[table.labels]
    # The default solver may choose by the shape of the rows; Cholesky's is exact for all.
    estimator = Ridge(1 / parameters.inverse_regularisation, solver="cholesky")
    estimator.fit(scaler.transform(table.features), one_hot)
    learnt = _linear(scaler, estimator.coef_, estimator.intercept_)
    return learnt | {"present": np.arange(len(parameters.classes))}


def _discriminant(table: Table, _parameters: TabularParameters, _seed: int) -> Arrays:
    """Shrunk as Ledoit and Wolf (2004) do: more features than rows are no trouble."""
    if len(table) == len(np.unique(table.labels)):
        # scikit-learn refuses one row a class; the same rows twice say nothing else.
        table = Table.joined([table, table])
    scaler = StandardScaler().fit(table.features)
    estimator = LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto")
    estimator.fit(scaler.transform(table.features), table.labels)
    return _linear(scaler, estimator.coef_, estimator.intercept_)


def _linear(scaler: StandardScaler, coefficients: Floats, intercepts: Floats) -> Arrays:
    if len(coefficients) == 1:
        # Two classes share one score; the first class's is 0.
        coefficients = np.vstack([np.zeros_like(coefficients), coefficients])
        intercepts = np.concatenate([[0.0], intercepts])
    return {
        "mean": scaler.mean_,
        "scale": scaler.scale_,
        "coefficients": np.ascontiguousarray(coefficients),
        "intercepts": intercepts,
    }


def _gaussian(table: Table, _parameters: TabularParameters, _seed: int) -> Arrays:
    bayes = GaussianNB().fit(table.features, table.labels)
    learnt = {"mean": bayes.theta_, "variance": bayes.var_}
    return learnt | {"log_prior": np.log(bayes.class_prior_)}


def _neighbours(table: Table, parameters: TabularParameters, _seed: int) -> Arrays:
    scaler = StandardScaler().fit(table.features)
    return {
        "mean": scaler.mean_,
        "scale": scaler.scale_,
        "rows": scaler.transform(table.features),
        "labels": table.labels,
        "n_neighbours": np.array([min(parameters.n_neighbours, len(table))]),
    }


def _forest(table: Table, parameters: TabularParameters, seed: int) -> Arrays:
    forest = RandomForestClassifier(parameters.n_trees, random_state=seed % _SEEDS)
    forest.fit(table.features, table.labels)
    trees = [estimator.tree_ for estimator in forest.estimators_]
    return {
        "first_node": np.cumsum([0, *(tree.node_count for tree in trees)]),
        "left": np.concatenate([tree.children_left for tree in trees]),
        "right": np.concatenate([tree.children_right for tree in trees]),
        "feature": np.concatenate([tree.feature for tree in trees]),
        "threshold": np.concatenate([tree.threshold for tree in trees]),
        "shares": np.concatenate([tree.value[:, 0] for tree in trees]),
        "n_features": np.array([table.features.shape[1]]),
    }


def _linear_shares(a: Mapping[str, NDArray[Any]], features: Floats) -> Floats:
    scores = ((features - a["mean"]) / a["scale"]) @ a["coefficients"].T + a["intercepts"]
    return np.asarray(np.exp(log_softmax(scores, axis=1)))


def _gaussian_shares(a: Mapping[str, NDArray[Any]], features: Floats) -> Floats:
    squares = (features[:, None] - a["mean"]) ** 2 / a["variance"]
    scores = a["log_prior"] - (squares + np.log(a["variance"])).sum(axis=2) / 2
    return np.asarray(np.exp(log_softmax(scores, axis=1)))


def _neighbour_shares(a: Mapping[str, NDArray[Any]], features: Floats) -> Floats:
    # Fitting stores the rows and computes nothing.
    found = KNeighborsClassifier(int(a["n_neighbours"][0]), algorithm="brute")
    found.fit(a["rows"], a["labels"])
    return np.asarray(found.predict_proba((features - a["mean"]) / a["scale"]))


def _forest_shares(a: Mapping[str, NDArray[Any]], features: Floats) -> Floats:
    # scikit-learn's trees compare in single precision.
    single, rows = features.astype(np.float32), np.arange(len(features))
    total = np.zeros((len(features), a["shares"].shape[1]))
    for first in a["first_node"][:-1]:
        node = np.full(len(features), first)
        while (inner := a["left"][node] != _LEAF).any():
            goes_left = single[rows, a["feature"][node]] <= a["threshold"][node]
            child = first + np.where(goes_left, a["left"][node], a["right"][node])
            node = np.where(inner, child, node)
        total += a["shares"][node]
    return np.asarray(total / (len(a["first_node"]) - 1))


LEARN: Final[Mapping[Estimator, tuple[str, Learn]]] = {
    "logistic-regression": ("linear", _logistic),
    "ridge": ("linear", _ridge),
    "linear-discriminant-analysis": ("linear", _discriminant),
    "gaussian-naive-bayes": ("gaussian", _gaussian),
    "k-nearest-neighbours": ("neighbours", _neighbours),
    "random-forest": ("forest", _forest),
}
"""Estimator → the form its arrays have, and how they are learnt from rows, with a seed."""

SHARES: Final[Mapping[str, Callable[[Mapping[str, NDArray[Any]], Floats], Floats]]] = {
    "linear": _linear_shares,
    "gaussian": _gaussian_shares,
    "neighbours": _neighbour_shares,
    "forest": _forest_shares,
}
"""Form → probabilities of the classes that the rows showed, shape (n_rows, n_present)."""

ARRAYS: Final[Mapping[str, frozenset[str]]] = {
    "uniform": frozenset(),
    "frequencies": frozenset({"frequencies"}),
    "linear": frozenset({"present", "mean", "scale", "coefficients", "intercepts"}),
    "gaussian": frozenset({"present", "mean", "variance", "log_prior"}),
    "neighbours": frozenset({"present", "mean", "scale", "rows", "labels", "n_neighbours"}),
    "forest": frozenset(
        {"present", "first_node", "left", "right", "feature", "threshold", "shares", "n_features"}
    ),
}
"""Form → the arrays that a model of it has, no more and no less."""


def n_features(arrays: Mapping[str, NDArray[Any]]) -> int:
    """Return how many features the rows had that a model with these arrays learnt from."""
    return int(arrays["n_features"][0]) if "n_features" in arrays else arrays["mean"].shape[-1]
