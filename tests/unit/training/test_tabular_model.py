"""Classifiers are defined for every coalition and predict what scikit-learn predicts."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from workbench.training.tabular_model import fit, uniform_model
from workbench.training.tabular_rows import Table, TabularParameters

RNG = np.random.default_rng(0)
LABELS = RNG.integers(0, 3, size=90)
FEATURES = RNG.normal(size=(90, 4)) + LABELS[:, None]
TABLE = Table(FEATURES, LABELS)
PARAMETERS = TabularParameters(classes=["a", "b", "c"])


def of_classes(*kept: int) -> Table:
    chosen = np.isin(LABELS, kept)
    return Table(FEATURES[chosen], LABELS[chosen])


@pytest.mark.parametrize(
    ("estimator", "reference"),
    [
        ("logistic-regression", make_pipeline(StandardScaler(), LogisticRegression())),
        ("gaussian-naive-bayes", GaussianNB()),
    ],
)
def test_it_predicts_what_scikit_learn_does_but_for_the_even_share(
    estimator: str, reference: LogisticRegression
) -> None:
    model = fit(TABLE, PARAMETERS.model_copy(update={"estimator": estimator}))
    expected = 0.99 * reference.fit(FEATURES, LABELS).predict_proba(FEATURES) + 0.01 / 3
    assert np.exp(model.log_probabilities(FEATURES)) == pytest.approx(expected, abs=1e-12)


def test_two_classes_are_predicted_as_scikit_learn_does() -> None:
    table = of_classes(0, 2)
    reference = make_pipeline(StandardScaler(), LogisticRegression())
    expected = reference.fit(table.features, table.labels).predict_proba(FEATURES)
    found = np.exp(fit(table, PARAMETERS).log_probabilities(FEATURES))
    assert found[:, [0, 2]] == pytest.approx(0.99 * expected + 0.01 / 3)


def test_a_class_that_no_row_showed_keeps_its_even_share() -> None:
    found = fit(of_classes(0, 2), PARAMETERS).log_probabilities(FEATURES)
    assert np.exp(found[:, 1]) == pytest.approx(0.01 / 3)
    assert np.exp(found).sum(axis=1) == pytest.approx(1)


def test_rows_of_one_class_give_smoothed_frequencies() -> None:
    table = Table(FEATURES[:4], np.full(4, 1))
    found = np.exp(fit(table, PARAMETERS).log_probabilities(FEATURES[:2]))
    assert found == pytest.approx(np.array([[1 / 7, 5 / 7, 1 / 7]] * 2))


def test_nobody_predicts_every_class_evenly() -> None:
    found = uniform_model(PARAMETERS).log_likelihoods(TABLE)
    assert found == pytest.approx(-np.log(3))


def test_no_loss_passes_the_bound() -> None:
    far = Table(np.full((1, 4), 1e6), np.zeros(1, dtype=np.int64))
    assert -fit(TABLE, PARAMETERS).log_likelihoods(far)[0] == pytest.approx(np.log(3 / 0.01))


def test_the_order_of_iterations_is_bounded_without_a_warning() -> None:
    fit(TABLE, PARAMETERS.model_copy(update={"iterations": 1}))
