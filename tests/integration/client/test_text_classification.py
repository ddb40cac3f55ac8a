"""Which language is it? Three owners, one of whom labels at random: the whole way."""

import itertools
import json
from typing import Any

import numpy as np
import pandas as pd
import pytest

from workbench.client.bench import Bench
from workbench.client.models import Model
from workbench.client.run import Run
from workbench.client.sizes import Sizes
from workbench.client.task import Task
from workbench.core.errors import InvalidInputError
from workbench.core.settings import Settings
from workbench.training.tiny_bert import tiny_bert
from workbench.training.tiny_gpt2 import tiny_gpt2

LICENSE = "CC-BY-4.0"
# Subjects, verbs and objects; the last ones of each are in the hidden test alone.
PHRASES: dict[str, tuple[list[str], list[str], list[str]]] = {
    "spanish": (
        ["la mujer", "mi hermano", "el perro", "nuestra abuela", "el maestro", "la vecina"],
        ["compra", "busca", "lleva", "encuentra", "vende", "prepara"],
        ["el pan caliente", "una casa grande", "las tortillas", "su libro", "agua fría",
         "muchas flores"],
    ),
    "nahuatl": (
        ["in siwatl", "nokniuh", "in itskuintli", "totonantsin", "in tlamachtiani", "in kalpoh"],
        ["kikowa", "kitemowa", "kitki", "kiahsi", "kinamaka", "kichiwa"],
        ["in totonki pantsin", "se weyi kalli", "in tlaxkalli", "iamox", "in sesek atl",
         "miyak xochitl"],
    ),
    "english": (
        ["the woman", "my brother", "the dog", "our grandmother", "the teacher", "the neighbour"],
        ["buys", "looks for", "carries", "finds", "sells", "prepares"],
        ["the warm bread", "a large house", "the tortillas", "her book", "cold water",
         "many flowers"],
    ),
}  # fmt: skip
CLASSES = sorted(PHRASES)
OWNERS = {"ana": 36, "ben": 24, "noise": 30}


def sentences(*, hidden: bool) -> list[tuple[str, str]]:
    """Return sentences and their languages in an order that says nothing."""
    found = []
    for language, (subjects, verbs, objects) in PHRASES.items():
        parts = [part[4:] if hidden else part[:4] for part in (subjects, verbs, objects)]
        found += [(" ".join(words), language) for words in itertools.product(*parts)]
    order = np.random.default_rng(0).permutation(len(found))
    return [found[place] for place in order]


def rows_of(owner: str) -> pd.DataFrame:
    """Return an owner's rows in columns of their own names; the noise's labels are shuffled."""
    first = sum(n for name, n in OWNERS.items() if name < owner)
    rows = sentences(hidden=False)[first : first + OWNERS[owner]]
    labels = np.array([language for _, language in rows])
    if owner == "noise":
        labels = np.random.default_rng(5).permutation(labels)
    texts = [text for text, _ in rows]
    return pd.DataFrame({"frase": texts, "lengua": labels, "document": owner})


COLUMNS = {"text": "frase", "label": "lengua"}


def opened(bench: Bench, task_id: str, **rules: Any) -> Task:
    hidden = [{"text": text, "label": language} for text, language in sentences(hidden=True)]
    task = bench.open_task(
        task_id,
        title="Which language is it?",
        kind="text-classification",
        test=hidden,
        licenses=[LICENSE],
        classes=CLASSES,
        sign=True,
        **rules,
    )
    for owner in OWNERS:
        person = bench.as_(owner)
        draft = person.task(task_id).contribute(
            rows_of(owner), license=LICENSE, columns=COLUMNS, sign=True
        )
        assert (draft.state, draft.n_rows) == ("accepted", OWNERS[owner])
    return task.refresh()


@pytest.fixture(scope="module")
def plain(bench: Bench) -> Task:
    """A task without a base model: n-grams."""
    return opened(bench, "which-language")


@pytest.fixture(scope="module")
def tuned(bench: Bench, lab: Settings) -> Task:
    """A task with a tiny encoder, which is tuned."""
    base = Model("tiny-bert", tiny_bert(lab.models_dir))
    recipe = {"features": "encoder", "steps": 8, "batch_rows": 8, "rank": 2, "max_tokens": 48}
    return opened(bench, "which-language-tuned", base=base, recipe=recipe)


@pytest.fixture(scope="module")
def plain_run(bench: Bench, plain: Task) -> Run:
    """A model of n-grams, of those who label as they should."""
    return bench.train(plain, owners=["ana", "ben"])


@pytest.fixture(scope="module")
def tuned_run(bench: Bench, tuned: Task) -> Run:
    """A tuned encoder."""
    return bench.train(tuned, "quick")


def test_ngrams_tell_the_languages_apart(plain_run: Run) -> None:
    metrics = plain_run.metrics
    assert metrics["base_loss"] == pytest.approx(np.log(3))
    assert metrics["accuracy"] > 0.9
    assert metrics["macro_f1"] > 0.9
    assert metrics["utility"] == -metrics["loss"]


def test_an_encoder_is_tuned_as_long_as_the_size_says(tuned_run: Run) -> None:
    assert list(tuned_run.curve["step"]) == list(range(1, 21))
    assert tuned_run.metrics["loss"] < tuned_run.metrics["base_loss"]
    files = set(tuned_run.view.details["artifacts"])
    assert files == {"model.safetensors", "adapter_model.safetensors", "adapter_config.json"}


@pytest.mark.parametrize("name", ["plain", "tuned"])
def test_shuffled_labels_are_worth_least(
    bench: Bench, name: str, request: pytest.FixtureRequest
) -> None:
    study = bench.value(request.getfixturevalue(name), method="exact")
    values = study.values.set_index("owner")["value"]
    assert values.idxmin() == "noise"
    assert values["ana"] > 0
    assert study.n_evaluations == 8
    assert bench.reproduce(study.id, all=True).outcome == "identical"


@pytest.mark.parametrize("name", ["plain_run", "tuned_run"])
def test_a_model_is_reproduced_to_the_bit(
    bench: Bench, name: str, request: pytest.FixtureRequest
) -> None:
    assert bench.reproduce(request.getfixturevalue(name)).outcome == "identical"


def test_models_of_any_make_are_compared_on_the_same_texts(
    bench: Bench, tuned: Task, tuned_run: Run
) -> None:
    by_ngrams = bench.train(tuned, features="ngrams")
    frozen = bench.train(tuned, features="embeddings", owners=["ana", "ben"])
    found = bench.compare("base", by_ngrams, frozen, tuned_run, on=tuned)
    losses = {row["model"]: row["loss"] for row in found.rows}
    assert losses["base"] == pytest.approx(np.log(3))
    for run in (by_ngrams, frozen, tuned_run):
        assert losses[str(run.model)] == pytest.approx(run.metrics["loss"], rel=1e-12)
    assert bench.reproduce(found.id).outcome == "identical"


def least_memory(bench: Bench, task: Task) -> int:
    """Return what the weights of the task's base take, in bytes."""
    assert bench.settings is not None
    card = bench.settings.models_dir / task.view.spec["base"]["digest"] / "workbench.json"
    return 4 * int(json.loads(card.read_bytes())["n_parameters"])


def fit_of(found: Sizes) -> dict[str, Any]:
    """Return what was measured, once the one line that follows from it is sound."""
    [line] = found.result["sizes"]
    assert (line["size"], line["steps"], line["fits"]) == ("any size", None, True)
    assert 0 < line["seconds_low"] < line["seconds"] < line["seconds_high"]
    measured: dict[str, Any] = found.result["measured"]
    assert line["memory_bytes"] >= measured["peak_bytes"] > 0
    assert all(seconds > 0 for seconds in measured["fit_seconds"] + measured["score_seconds"])
    assert "fits of " in repr(found)
    return measured


def test_any_size_of_ngrams_is_one_fit_and_less_is_left_once_it_was_made(
    bench: Bench, plain: Task
) -> None:
    # Nobody else in this module trains on ben's rows with so few n-grams.
    first = fit_of(bench.sizes(plain, owners=["ben"], n_features=64))
    n_test = len(sentences(hidden=True))
    assert first["sampled_rows"] == [6, 12]
    assert first["n_rows"] == OWNERS["ben"]
    assert first["uncached_texts"] == OWNERS["ben"] + n_test
    assert len(first["text_seconds"]) == 3
    bench.train(plain, owners=["ben"], n_features=64)
    again = fit_of(bench.sizes(plain, owners=["ben"], n_features=64))
    assert (again["uncached_texts"], again["text_seconds"]) == (0, [])


def test_any_size_of_embeddings_is_one_fit_above_the_base(bench: Bench, tuned: Task) -> None:
    found = bench.sizes(tuned, features="embeddings", max_tokens=32)
    measured = fit_of(found)
    assert measured["uncached_texts"] == sum(OWNERS.values()) + len(sentences(hidden=True))
    assert measured["peak_bytes"] > least_memory(bench, tuned)


def test_the_sizes_of_a_tuned_encoder_differ_by_their_steps(bench: Bench, tuned: Task) -> None:
    found = bench.sizes(tuned, max_tokens=40)
    lines = {line["size"]: line for line in found.result["sizes"]}
    assert {name: line["steps"] for name, line in lines.items()} == {
        "quick": 20, "standard": 60, "thorough": 240,
    }  # fmt: skip
    assert lines["quick"]["seconds"] < lines["standard"]["seconds"] < lines["thorough"]["seconds"]
    measured = found.result["measured"]
    assert len(measured["step_seconds"]) == 3
    assert all(seconds > 0 for seconds in [*measured["step_seconds"], *measured["cache_seconds"]])
    needed = measured["sizes"]["quick"]
    assert needed["uncached_tokens"] == needed["tokens"] > measured["read_tokens"] > 0
    assert lines["quick"]["memory_bytes"] >= measured["peak_bytes"] > least_memory(bench, tuned)
    assert found.tokens_per_second is not None
    assert found.tokens_per_second > 0
    [own] = bench.sizes(tuned, max_tokens=40, steps=7).result["sizes"]
    assert (own["size"], own["steps"]) == ("asked", 7)


def test_measuring_changes_no_model(bench: Bench, tuned: Task) -> None:
    before = bench.train(tuned, "quick", rank=3, owners=["ana"])
    bench.sizes(tuned, rank=3, owners=["ana"])
    assert bench.reproduce(before).outcome == "identical"


def test_a_copy_under_another_label_is_a_duplicate(bench: Bench, plain: Task) -> None:
    copied = rows_of("ana")[:5].assign(lengua="english")
    copied.loc[5] = ["the baker finds a coin", "english", "zoe"]
    draft = bench.as_("zoe").task(plain.id).contribute(copied, license=LICENSE, columns=COLUMNS)
    assert draft.n_rows == 1
    [found] = [one for one in draft.view.findings if one.gate == "duplicates-in-task"]
    assert found.n_rows == 5


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        (pd.DataFrame({"text": ["", " "], "label": ["english", "nahuatl"]}), "without text"),
        (pd.DataFrame({"text": ["a b c d"], "label": ["klingon"]}), "klingon"),
    ],
)
def test_rows_that_are_no_labelled_texts_of_the_task_leave_nothing(
    bench: Bench, plain: Task, rows: pd.DataFrame, found: str
) -> None:
    draft = bench.as_("zoe").task(plain.id).contribute(rows, license=LICENSE)
    assert draft.n_rows == 0
    assert [one.outcome for one in draft.view.findings] == ["dropped", "refused"]
    assert "Nothing can be signed" in repr(draft)
    assert found in draft.view.findings[0].message


@pytest.mark.parametrize(
    ("rows", "missing"),
    [
        (pd.DataFrame({"text": ["se atl", "se kalli"]}), "label"),
        (pd.DataFrame({"label": ["english"] * 2, "number": [1, 2]}), "text"),
    ],
)
def test_a_missing_column_is_named(
    bench: Bench, plain: Task, rows: pd.DataFrame, missing: str
) -> None:
    with pytest.raises(InvalidInputError, match=f"a column named {missing}"):
        bench.as_("zoe").task(plain.id).contribute(rows, license=LICENSE)


def test_one_language_alone_trains_no_model_and_has_no_size(bench: Bench, plain: Task) -> None:
    rows = pd.DataFrame({"text": [f"se weyi kalli {i}" for i in range(8)], "label": "nahuatl"})
    bench.as_("uno").task(plain.id).contribute(rows, license=LICENSE, sign=True)
    with pytest.raises(InvalidInputError, match="all 8 rows are labelled 'nahuatl'"):
        bench.train(plain, owners=["uno"])
    with pytest.raises(InvalidInputError, match="all 8 rows are labelled 'nahuatl'"):
        bench.sizes(plain, owners=["uno"])


def test_a_model_that_writes_classifies_nothing_and_an_encoder_writes_nothing(
    bench: Bench, lab: Settings
) -> None:
    about: dict[str, Any] = {"title": "Wrong", "licenses": [LICENSE], "sign": True}
    writer = Model("tiny-gpt2", tiny_gpt2(lab.models_dir))
    encoder = Model("tiny-bert", tiny_bert(lab.models_dir))
    texts = [{"text": text, "label": language} for text, language in sentences(hidden=True)]
    with pytest.raises(InvalidInputError, match="is a GPT2LMHeadModel"):
        bench.open_task(
            "wrong", kind="text-classification", test=texts, classes=CLASSES, base=writer, **about
        )
    with pytest.raises(InvalidInputError, match="is a BertModel"):
        bench.open_task("wrong", kind="causal-lm", test=texts, base=encoder, **about)


def test_an_encoder_needs_a_base_model(bench: Bench, plain: Task) -> None:
    with pytest.raises(InvalidInputError, match="import a base model"):
        bench.train(plain, features="encoder")
