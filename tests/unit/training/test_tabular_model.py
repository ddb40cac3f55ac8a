"""Classifiers are defined for every coalition and predict what scikit-learn predicts."""

from pathlib import Path

import numpy as np
import pytest
from sklearn.base import ClassifierMixin
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from workbench.core.errors import InvalidInputError
from workbench.training.class_scores import EVEN_SHARE
from workbench.training.parameters import read_parameters
from workbench.training.tabular_estimators import LEARN, SHARES
from workbench.training.tabular_model import TabularModel, check_classes, fit, uniform_model
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
        (
            "linear-discriminant-analysis",
            make_pipeline(
                StandardScaler(), LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto")
            ),
        ),
        ("k-nearest-neighbours", make_pipeline(StandardScaler(), KNeighborsClassifier())),
        ("random-forest", RandomForestClassifier(random_state=0)),
    ],
)
def test_it_predicts_what_scikit_learn_does_but_for_the_even_share(
    estimator: str, reference: ClassifierMixin
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


def test_a_forest_predicts_the_very_bits_of_scikit_learn() -> None:
    model = fit(TABLE, PARAMETERS.model_copy(update={"estimator": "random-forest"}), seed=7)
    unseen = RNG.normal(size=(500, 4))
    expected = RandomForestClassifier(random_state=7).fit(FEATURES, LABELS).predict_proba(unseen)
    assert np.array_equal(SHARES["forest"](model.arrays, unseen), expected)


def test_nearest_neighbours_predict_the_very_bits_of_scikit_learn() -> None:
    update = {"estimator": "k-nearest-neighbours", "n_neighbours": 3}
    model = fit(TABLE, PARAMETERS.model_copy(update=update))
    unseen = RNG.normal(size=(500, 4))
    reference = make_pipeline(StandardScaler(), KNeighborsClassifier(3, algorithm="brute"))
    expected = reference.fit(FEATURES, LABELS).predict_proba(unseen)
    assert np.array_equal(SHARES["neighbours"](model.arrays, unseen), expected)


def test_fewer_rows_than_neighbours_all_vote() -> None:
    few = Table(FEATURES[:3], np.array([0, 0, 2]))
    model = fit(few, PARAMETERS.model_copy(update={"estimator": "k-nearest-neighbours"}))
    expected = np.array([2 / 3, 0, 1 / 3]) * (1 - EVEN_SHARE) + EVEN_SHARE / 3
    assert np.exp(model.log_probabilities(FEATURES[:1]))[0] == pytest.approx(expected)


def test_ridge_is_the_softmax_of_scores_of_all_classes() -> None:
    model = fit(of_classes(0, 2), PARAMETERS.model_copy(update={"estimator": "ridge"}))
    table = of_classes(0, 2)
    reference = make_pipeline(StandardScaler(), Ridge(1.0))
    scores = reference.fit(table.features, np.eye(3)[table.labels]).predict(FEATURES)
    shares = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    found = np.exp(model.log_probabilities(FEATURES))
    assert found == pytest.approx((1 - EVEN_SHARE) * shares + EVEN_SHARE / 3)


@pytest.mark.parametrize("estimator", LEARN)
@pytest.mark.parametrize("table", [TABLE, of_classes(1, 2), Table(FEATURES[:2], np.array([0, 2]))])
def test_a_model_read_back_predicts_the_same_bits(
    estimator: str, table: Table, tmp_path: Path
) -> None:
    model = fit(table, PARAMETERS.model_copy(update={"estimator": estimator}), seed=3)
    again = TabularModel.load(model.save(tmp_path))
    expected = model.log_probabilities(FEATURES)
    assert np.array_equal(again.log_probabilities(FEATURES), expected)
    assert np.exp(expected).sum(axis=1) == pytest.approx(1)


@pytest.mark.parametrize("estimator", LEARN)
def test_other_features_than_the_model_learnt_are_refused(estimator: str) -> None:
    model = fit(TABLE, PARAMETERS.model_copy(update={"estimator": estimator}))
    with pytest.raises(InvalidInputError, match="5 features"):
        model.log_probabilities(np.zeros((2, 5)))


def test_the_seed_decides_a_forest_and_nothing_else() -> None:
    for estimator in LEARN:
        parameters = PARAMETERS.model_copy(update={"estimator": estimator})
        one, other = (fit(TABLE, parameters, seed).log_probabilities(FEATURES) for seed in (1, 2))
        assert np.array_equal(one, other) is (estimator != "random-forest")


def test_a_name_outside_the_allow_list_is_refused_with_the_list() -> None:
    given = {"classes": ["a", "b"], "estimator": "sklearn.svm.SVC"}
    with pytest.raises(InvalidInputError) as caught:
        read_parameters(TabularParameters, given)
    assert all(name in str(caught.value) for name in LEARN)


def test_rows_of_one_class_are_no_rows_to_train_a_tasks_model_on() -> None:
    check_classes(TABLE, PARAMETERS.classes)
    with pytest.raises(InvalidInputError, match="all 4 rows are labelled 'b'"):
        check_classes(Table(FEATURES[:4], np.full(4, 1)), PARAMETERS.classes)
