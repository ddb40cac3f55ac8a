"""Conversations and translations through a real server: contributed, trained, compared, asked."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import datasets
import pandas as pd
import pytest

from workbench.client.bench import Bench
from workbench.client.models import Model
from workbench.client.run import Run
from workbench.client.task import Task
from workbench.core.errors import InvalidInputError
from workbench.core.settings import Settings
from workbench.training.tiny_gpt2 import tiny_gpt2

LICENSE = "CC-BY-4.0"
WORDS = {
    "agua": "atl", "casa": "kalli", "persona": "tlakatl", "mujer": "siwatl", "todo": "nochi",
    "monte": "tepetl", "luna": "metstli", "gato": "mistli", "uno": "se", "dos": "ome",
}  # fmt: skip
RECIPE = {
    "steps": 40, "batch_rows": 6, "learning_rate": 0.03, "rank": 4, "last_blocks": 2,
    "max_tokens": 64, "dtype": "float32",
}  # fmt: skip


def pairs(first: int, n_pairs: int = 8) -> list[tuple[str, str]]:
    """Return two words and their translations; others for every place."""
    words = list(WORDS)
    chosen = [
        words[n % 10] + " " + words[(3 * n + n // 10) % 10] for n in range(first, first + n_pairs)
    ]
    return [(text, " ".join(WORDS[word] for word in text.split())) for text in chosen]


def messages(text: str, translation: str) -> dict[str, Any]:
    return {
        "messages": [
            {"role": "user", "content": text},
            {"role": "assistant", "content": translation},
        ]
    }


@pytest.fixture(scope="module")
def base(lab: Settings, bench: Bench) -> Model:
    bench.tasks()  # starts the server, which makes the folders
    return Model("tiny", tiny_gpt2(lab.models_dir, n_layers=2, width=32))


@pytest.fixture(scope="module")
def chats(bench: Bench, base: Model, tmp_path_factory: pytest.TempPathFactory) -> Task:
    """A task of conversations; each owner brings them in another form."""
    task = bench.open_task(
        "answer", title="Answer", kind="causal-lm", licenses=[LICENSE], base=base,
        test=[messages(*pair) for pair in pairs(40, 16)],
        recipe=RECIPE | {"prompts": ["agua"], "new_tokens": 4}, sign=True,
    )  # fmt: skip
    folder = tmp_path_factory.mktemp("chats")
    lines, table = folder / "rows.jsonl", folder / "rows.csv"
    lines.write_text("".join(json.dumps(messages(*pair)) + "\n" for pair in pairs(0)))
    frame = pd.DataFrame(pairs(8), columns=["question", "answer"])
    frame.to_csv(table, index=False)
    parquet = folder / "rows.parquet"
    pd.DataFrame([messages(*pair) for pair in pairs(16)]).to_parquet(parquet)
    made = datasets.Dataset.from_list([messages(*pair) for pair in pairs(24)])
    sources: dict[str, object] = {"ana": lines, "ben": table, "eva": parquet, "fia": made}
    for owner, source in sources.items():
        given = bench.as_(owner).task(task.id).contribute(source, license=LICENSE, sign=True)
        assert (given.state, given.n_rows) == ("accepted", 8), given.findings
    return task.refresh()


@pytest.fixture(scope="module")
def answered(bench: Bench, chats: Task) -> Run:
    return bench.train(chats, size="standard")


def test_training_on_conversations_learns_the_answers(answered: Run) -> None:
    metrics, details = answered.metrics, answered.view.details
    assert metrics["loss"] < metrics["base_loss"] - 0.1
    assert (details["row_shapes"], details["n_rows_left_out"]) == (["chat"], 0)
    assert (details["n_rows"], details["n_test_rows"]) == (32, 16)
    assert [sample["prompt"] for sample in details["samples"]] == ["agua"]


def test_models_are_compared_by_the_loss_of_the_answers(bench: Bench, answered: Run) -> None:
    found = bench.compare("base", answered)
    metrics = answered.metrics
    assert [row["loss"] for row in found.rows] == pytest.approx(
        [metrics["base_loss"], metrics["loss"]]
    )


def test_a_model_of_conversations_is_asked_unless_told_otherwise(
    bench: Bench, answered: Run
) -> None:
    def written(**options: Any) -> Sequence[str]:
        return bench.generate(answered, ["agua casa"], new_tokens=8, **options).texts

    asked = bench.generate(answered, "User: agua casa\nAssistant:", new_tokens=8, as_chat=False)
    assert written() == written(as_chat=True) == asked.texts
    assert written() != written(as_chat=False)


def test_conversations_are_valued(bench: Bench, chats: Task) -> None:
    study = bench.value(chats, method="leave_one_out")
    assert set(study.frame["owner"]) == {"ana", "ben", "eva", "fia"}


def test_a_leaked_conversation_is_found_in_any_form(bench: Bench, chats: Task) -> None:
    text, translation = pairs(40, 1)[0]
    leaked = [
        {"prompt": text.upper(), "completion": translation},
        {"prompt": "x", "completion": "y"},
    ]
    draft = bench.as_("gil").task(chats.id).contribute(leaked, license=LICENSE)
    assert "hidden-test-leak" in set(draft.findings["code"])
    assert "quarantined" in set(draft.findings["outcome"])


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ([{"prompt": "a", "answer": ""}, {"prompt": "b", "answer": None}], "missing-value"),
        ([{"messages": [{"role": "user", "content": "a"}]}], "bad-conversation"),
        ([{"messages": [{"role": "gpt", "content": "a"}]}], "bad-conversation"),
    ],
)
def test_rows_that_are_no_conversations_are_named(
    chats: Task, rows: list[dict[str, Any]], code: str
) -> None:
    findings = chats.contribute(rows, license=LICENSE).findings
    assert list(findings["code"]) == [code, "no-rows-left"]
    assert list(findings["outcome"]) == ["dropped", "refused"]


def test_prompts_without_answers_are_refused(chats: Task) -> None:
    with pytest.raises(InvalidInputError, match="but not 'answer'") as caught:
        chats.contribute([{"prompt": "a", "note": "b"}], license=LICENSE)
    assert "answer, response, completion or output" in str(caught.value.wanted)


TEMPLATE = "{text} = "


@pytest.fixture(scope="module")
def translations(bench: Bench, base: Model) -> Task:
    rows = [{"text": text, "translation": said} for text, said in pairs(40, 16)]
    recipe = RECIPE | {
        "template": TEMPLATE, "n_translated": 16, "new_tokens": 12,
        "prompts": ["agua casa"], "references": ["atl kalli"],
    }  # fmt: skip
    task = bench.open_task(
        "translate", title="Translate", kind="translation", licenses=[LICENSE], base=base,
        test=rows, recipe=recipe, sign=True,
    )  # fmt: skip
    for place, owner in enumerate(("ana", "ben")):
        frame = pd.DataFrame(pairs(12 * place, 12), columns=["es", "translation"])
        given = bench.as_(owner).task(task.id).contribute(frame, license=LICENSE, sign=True)
        assert (given.state, given.n_rows) == ("accepted", 12), given.findings
    return task.refresh()


@pytest.fixture(scope="module")
def translated(bench: Bench, translations: Task) -> Run:
    return bench.train(translations, size="standard")


def test_a_translation_is_trained_and_scored(translated: Run) -> None:
    metrics, details = translated.metrics, translated.view.details
    assert metrics["loss"] < metrics["base_loss"] - 0.1
    assert 0 <= metrics["base_chrf"] < metrics["chrf"] <= 100
    assert metrics["n_translated"] == 16
    [sample] = details["samples"]
    assert (sample["prompt"], sample["reference"]) == ("agua casa", "atl kalli")
    assert sample["base"] != sample["tuned"]


def test_no_text_of_the_hidden_test_is_told(translated: Run) -> None:
    told = json.dumps(translated.view.details)
    assert not any(said in told for pair in pairs(40, 16) for said in pair)


def test_translations_are_compared_and_valued(
    bench: Bench, translations: Task, translated: Run
) -> None:
    found = bench.compare("base", translated)
    metrics = translated.metrics
    assert [row["loss"] for row in found.rows] == pytest.approx(
        [metrics["base_loss"], metrics["loss"]]
    )
    # The hidden test is small enough for every text to be translated by every model.
    chrf = found.frame.query("metric == 'chrf'").set_index("model")["score"]
    assert list(chrf) == pytest.approx([metrics["base_chrf"], metrics["chrf"]])
    study = bench.value(translations, method="exact")
    assert set(study.frame["owner"]) == {"ana", "ben"}


def test_a_model_of_translations_translates_unless_told_otherwise(
    bench: Bench, translated: Run
) -> None:
    def written(prompt: str, **options: Any) -> Sequence[str]:
        return bench.generate(translated, prompt, new_tokens=8, **options).texts

    assert written("agua casa") == written(TEMPLATE.format(text="agua casa"), as_chat=False)


@pytest.mark.parametrize("template", ["Translate:", "{text.__class__}", "{0}"])
def test_a_template_without_its_text_opens_no_task(
    bench: Bench, base: Model, template: str
) -> None:
    with pytest.raises(InvalidInputError, match="the recipe's template") as caught:
        bench.open_task(
            "bad", title="Bad", kind="translation", licenses=[LICENSE], base=base,
            test=[{"text": "a", "translation": "b"}], recipe={"template": template}, sign=True,
        )  # fmt: skip
    assert "{text}" in str(caught.value.wanted)


def test_a_translation_that_is_empty_is_named(translations: Task, tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("text,translation\nagua,\ncasa,\n")
    draft = translations.contribute(path, license=LICENSE)
    assert list(draft.findings["code"]) == ["missing-value", "no-rows-left"]
    assert "the translation" in draft.findings["message"].iloc[0]
