"""Finding wrong labels: 200 training rows of a public table, 20 % of them labelled wrongly.

Tables are prepared as OpenDataVal does: breast cancer with every column from 0 to 1, digits as
they are; a wrong label is any other class. Validation rows keep their labels.
Logistic regression standardises its columns itself.
"""

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import KMeans
from sklearn.datasets import load_breast_cancer, load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler, minmax_scale

from workbench.valuation import data_oob, knn_shapley

N_ROWS, N_WRONG, N_VALID = 200, 40, 300
LOADERS = {"breast_cancer": load_breast_cancer, "digits": load_digits}


def found_labels(dataset: str, seed: int, n_bags: int) -> dict[str, float]:
    """Return precision@40 and F1 of KNN-Shapley and, from n_bags above 0, of Data-OOB."""
    rng = np.random.default_rng([seed, *dataset.encode()])
    x, y = LOADERS[dataset](return_X_y=True)
    if dataset == "breast_cancer":
        x = minmax_scale(x)
    order = rng.permutation(len(x))
    train, valid = order[:N_ROWS], order[N_ROWS : N_ROWS + N_VALID]
    x_train, x_valid = x[train], x[valid]
    y_train, n_classes = y[train].copy(), int(y.max()) + 1
    wrong = rng.choice(N_ROWS, N_WRONG, replace=False)
    y_train[wrong] = (y_train[wrong] + rng.integers(1, n_classes, N_WRONG)) % n_classes
    is_wrong = np.isin(np.arange(N_ROWS), wrong)
    values = {
        "KNN-Shapley": knn_shapley(x_train, y_train, x_valid, y[valid]),
        "KNN-Shapley of 10 neighbours": knn_shapley(
            x_train, y_train, x_valid, y[valid], n_neighbors=10
        ),
    }
    if n_bags:
        values["Data-OOB"] = data_oob(
            x_train,
            y_train,
            lambda _: make_pipeline(StandardScaler(), LogisticRegression(max_iter=500)),
            n_bags=n_bags,
            seed=seed,
        )
    scores = {}
    for method, value in values.items():
        scores[f"{method} precision@40, {dataset}"] = float(is_wrong[np.argsort(value)[:40]].mean())
        scores[f"{method} F1, {dataset}"] = float(f1_score(is_wrong, _low_cluster(value)))
    return scores


def _low_cluster(value: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return which rows are in the lower of two clusters of values."""
    labels = KMeans(n_clusters=2, n_init=3, random_state=0).fit_predict(value[:, None])
    lower = min((0, 1), key=lambda label: value[labels == label].mean())
    return labels == lower
