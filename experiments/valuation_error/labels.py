"""Finding wrong labels: 200 training rows of a public table, 20 % of them labelled wrongly."""

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import KMeans
from sklearn.datasets import load_breast_cancer, load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.preprocessing import StandardScaler

from workbench.valuation import data_oob, knn_shapley

N_ROWS, N_WRONG = 200, 40
LOADERS = {"breast_cancer": load_breast_cancer, "digits": load_digits}


def found_labels(dataset: str, seed: int, n_bags: int) -> dict[str, float]:
    """Return precision@40 and F1 of KNN-Shapley and of Data-OOB, as OpenDataVal scores them."""
    rng = np.random.default_rng([seed, *dataset.encode()])
    x, y = LOADERS[dataset](return_X_y=True)
    order = rng.permutation(len(x))
    train, valid = order[:N_ROWS], order[N_ROWS : N_ROWS + 100]
    scaler = StandardScaler().fit(x[train])
    x_train, x_valid = scaler.transform(x[train]), scaler.transform(x[valid])
    y_train, n_classes = y[train].copy(), int(y.max()) + 1
    wrong = rng.choice(N_ROWS, N_WRONG, replace=False)
    y_train[wrong] = (y_train[wrong] + rng.integers(1, n_classes, N_WRONG)) % n_classes
    is_wrong = np.isin(np.arange(N_ROWS), wrong)
    values = {
        "KNN-Shapley": knn_shapley(x_train, y_train, x_valid, y[valid]),
        "Data-OOB": data_oob(
            x_train,
            y_train,
            lambda _: LogisticRegression(max_iter=500),
            n_bags=n_bags,
            seed=seed,
        ),
    }
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
