"""Labelled texts are valued by n-grams that are computed once, as scikit-learn would."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from tests.integration.training.conftest import Jobs
from workbench.core.errors import InvalidInputError
from workbench.training import text_classification_utility, text_features

WORDS = {
    "nahuatl": ["atl", "tepetl", "siwatl", "tlakatl", "nochi", "kalli"],
    "spanish": ["agua", "cerro", "mujer", "hombre", "todo", "casa"],
}
CLASSES = sorted(WORDS)
PLAYERS = [
    {"position": place, "owner": owner, "rows": [f"rows:{owner}:0"]}
    for place, owner in enumerate(("ana", "ben", "eva"))
]
N_FEATURES = 64


def texts(seed: int, n_rows: int, mixed: float = 0.3) -> list[dict[str, Any]]:
    """Rows of two languages; some words are the other one's."""
    rng = np.random.default_rng(seed)
    rows = []
    for _ in range(n_rows):
        label = CLASSES[rng.integers(2)]
        other = CLASSES[1 - CLASSES.index(label)]
        words = [
            rng.choice(WORDS[other if rng.random() < mixed else label])
            for _ in range(rng.integers(2, 6))
        ]
        rows.append({"text": " ".join(words), "label": label})
    return rows


def tables(jobs: Jobs) -> dict[str, Path]:
    return {
        "rows:ana:0": jobs.rows(texts(1, 30)),
        "rows:ben:0": jobs.rows(texts(2, 20)),
        "rows:eva:0": jobs.rows(texts(3, 25, mixed=0.9)),
        "test": jobs.rows(texts(9, 64)),
    }


def evaluate(jobs: Jobs, coalitions: list[int], **changes: Any) -> dict[int, dict[str, Any]]:
    names = [str(coalition) for coalition in coalitions]
    given = {"classes": CLASSES, "players": PLAYERS, "coalitions": names, "n_features": N_FEATURES}
    result = text_classification_utility.run(jobs.context(given | changes, tables(jobs)))
    return {int(found["coalition"]): found for found in result["evaluations"]}


@pytest.mark.parametrize("head", ["ridge", "logistic"])
def test_utilities_are_those_of_scikit_learn_on_the_union(jobs: Jobs, head: str) -> None:
    found = evaluate(jobs, [5], head=head, metric="accuracy", inverse_regularisation=0.1)[5]
    rows, test = texts(1, 30) + texts(3, 25, mixed=0.9), texts(9, 64)
    hashed = HashingVectorizer(analyzer="char_wb", ngram_range=(1, 4), n_features=N_FEATURES)
    features = hashed.transform([row["text"] for row in rows]).toarray()
    labels = np.array([CLASSES.index(row["label"]) for row in rows])
    test_features = hashed.transform([row["text"] for row in test]).toarray()
    if head == "ridge":
        model = make_pipeline(StandardScaler(), Ridge(10.0)).fit(features, np.eye(2)[labels])
        guesses = model.predict(test_features).argmax(axis=1)
    else:
        model = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, tol=1e-8))
        guesses = model.fit(features, labels).predict(test_features)
    expected = np.mean([CLASSES[k] == row["label"] for k, row in zip(guesses, test, strict=True)])
    assert found["utility"] == pytest.approx(expected)


@pytest.mark.parametrize("head", ["ridge", "logistic"])
def test_more_of_the_right_labels_is_worth_more(jobs: Jobs, head: str) -> None:
    found = evaluate(jobs, list(range(8)), head=head)
    assert found[0]["utility"] == pytest.approx(-np.log(2))
    assert found[3]["utility"] > found[0]["utility"] > found[4]["utility"]


@pytest.mark.parametrize("head", ["ridge", "logistic"])
def test_cached_and_uncached_utilities_have_the_same_bits_in_any_batch(
    jobs: Jobs, head: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    uncached = evaluate(jobs, list(range(8)), head=head)
    # From here on nothing may be computed from texts.
    monkeypatch.delattr(text_features, "HashingVectorizer")
    cached: dict[int, Any] = {}
    for coalition in reversed(range(8)):
        cached |= evaluate(jobs, [coalition], head=head)
    assert cached == uncached


def test_nothing_that_is_kept_can_be_executed(jobs: Jobs) -> None:
    evaluate(jobs, [7])
    kept = [path for path in jobs.cache.rglob("*") if path.is_file()]
    assert len(kept) == 4
    assert {path.suffix for path in kept} == {".safetensors"}


def test_a_table_is_no_text(jobs: Jobs) -> None:
    rows = jobs.rows([{"features": [1.0], "label": "nahuatl"}])
    given = {"classes": CLASSES, "players": PLAYERS, "coalitions": ["0"]}
    with pytest.raises(InvalidInputError, match="without a text"):
        text_classification_utility.run(jobs.context(given, tables(jobs) | {"rows:ana:0": rows}))
