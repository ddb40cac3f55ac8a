"""Batched logistic regressions are those that scikit-learn fits on the union."""

import numpy as np
import pytest
from scipy.special import softmax
from sklearn.datasets import load_breast_cancer, load_wine
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from workbench.training.linear_game import LinearGame, utilities
from workbench.training.logistic import LogisticLearner
from workbench.training.tabular_model import fit
from workbench.training.tabular_rows import Table, TabularParameters

N_OWNERS = 6


def owners_and_test(name: str) -> tuple[list[Table], Table, int]:
    features, labels = {"breast cancer": load_breast_cancer, "wine": load_wine}[name](
        return_X_y=True
    )
    order = np.random.default_rng(0).permutation(len(labels))
    table = Table(features[order], labels[order])
    half = len(table) // 2
    owners = [Table(table.features[k:half:6], table.labels[k:half:6]) for k in range(N_OWNERS)]
    test = Table(table.features[half:], table.labels[half:])
    return owners, test, int(labels.max()) + 1


MEMBERS = (np.arange(1, 64, 6)[:, None] >> np.arange(N_OWNERS) & 1).astype(bool)


def union(owners: list[Table], members: np.ndarray) -> Table:
    return Table.joined([o for o, is_in in zip(owners, members, strict=True) if is_in])


@pytest.mark.parametrize("name", ["breast cancer", "wine"])
@pytest.mark.parametrize("c", [0.1, 1.0, 10.0])
def test_probabilities_are_those_of_scikit_learn(name: str, c: float) -> None:
    owners, test, n_classes = owners_and_test(name)
    learner = LogisticLearner(LinearGame.of(owners, test, n_classes, "accuracy"), c)
    scores = learner.scores(MEMBERS, np.arange(n_classes))
    for members, found in zip(MEMBERS, scores, strict=True):
        rows = union(owners, members)
        model = make_pipeline(StandardScaler(), LogisticRegression(C=c, tol=1e-10, max_iter=10_000))
        expected = model.fit(rows.features, rows.labels).predict_proba(test.features)
        assert np.abs(softmax(found, axis=0).T - expected).max() < 1e-4


@pytest.mark.parametrize("name", ["breast cancer", "wine"])
@pytest.mark.parametrize(("metric", "tolerance"), [("accuracy", 0.005), ("log-likelihood", 0.002)])
def test_utilities_are_those_of_the_tabular_recipe(
    name: str, metric: str, tolerance: float
) -> None:
    owners, test, n_classes = owners_and_test(name)
    parameters = TabularParameters.model_validate(
        {"classes": [str(k) for k in range(n_classes)], "metric": metric}
    )
    game = LinearGame.of(owners, test, n_classes, parameters.metric)
    found, _ = utilities(LogisticLearner(game), MEMBERS)
    for members, utility in zip(MEMBERS, found, strict=True):
        model = fit(union(owners, members), parameters)
        log_shares = model.log_probabilities(test.features)
        expected = (
            (log_shares.argmax(axis=1) == test.labels).mean()
            if metric == "accuracy"
            else model.log_likelihoods(test).mean()
        )
        assert abs(utility - expected) <= tolerance


@pytest.mark.parametrize("kept", [[0], [1], [0, 2], [0, 1, 2]])
def test_the_classes_are_those_that_the_rows_show(kept: list[int]) -> None:
    owners, test, n_classes = owners_and_test("wine")
    rows = union(owners, np.ones(N_OWNERS, bool))
    chosen = np.isin(rows.labels, kept)
    owner = Table(rows.features[chosen], rows.labels[chosen])
    game = LinearGame.of([owner, *owners], test, n_classes, "log-likelihood")
    members = np.zeros((2, N_OWNERS + 1), bool)
    members[0, 0] = members[1, 1:] = True
    [found, _], _ = utilities(LogisticLearner(game), members)
    parameters = TabularParameters(classes=["a", "b", "c"])
    expected = fit(owner, parameters).log_likelihoods(test).mean()
    assert found == pytest.approx(expected, abs=0.002)
