"""A language model's proposal: its recipe is trained again, and judged by loss a token."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.proposals.conftest import Place, settings_in
from tests.integration.workflows.conftest import SPEECH_RECIPE, WORDS, make_texts
from workbench.training.tiny_gpt2 import tiny_gpt2
from workbench.workflows import tasks
from workbench.workflows.home import Home
from workbench.workflows.judging import losses_of
from workbench.workflows.proposal_diff import get_diff

# Enough words that hidden and training rows are not almost the same.
SYLLABLES = tuple(f"{a}{b}" for a in ("tla", "ka", "mo", "xi", "pa", "ne") for b in WORDS)


@pytest.fixture
def speech(tmp_path: Path) -> Iterator[Place]:
    place = Place(Home.open(settings_in(tmp_path)))
    base = tiny_gpt2(place.home.settings.models_dir, n_layers=2, width=32)
    # Two rows of each source: a gate draws both or none.
    lines = [json.loads(line) for line in make_texts(99, 160, words=SYLLABLES).splitlines()]
    named = [row | {"source": f"book {k // 2}"} for k, row in enumerate(lines[:150])]
    rows = "".join(json.dumps(row, sort_keys=True) + "\n" for row in named)
    hidden, _ = place.home.blobs.put([rows.encode()])
    body = {
        "id": "clouds", "title": "Speech", "kind": "causal-lm",
        "metric": "negative loss per token", "licenses": ["CC-BY-4.0"],
        "hidden_test_sha256": hidden, "base": {"name": "tiny", "digest": base},
        "recipe": SPEECH_RECIPE, "merge": {"tau": 500_000, "gate_items": 60, "documents": "source"},
    }  # fmt: skip
    tasks.open_task(place.home, place.sign("sponsor", "task", body))
    place.sign("rita", "note", {})
    place.contribute("ana", make_texts(1, 40, words=SYLLABLES))
    place.contribute("eva", make_texts(3, words=("qqxx", "zzzz", "wwkk", "jjqq")))
    yield place
    place.home.close()


def test_a_recipe_of_a_language_model_is_trained_and_merged(speech: Place) -> None:
    before = speech.train("eva", steps=1)
    found = speech.propose(
        "ana", recipe={"steps": 60}, contributions=speech.ids_of("ana"), base=before
    )
    assert found.state == "evaluated", found.verdicts
    losses = losses_of(speech.home, found.id)
    # Whole documents were drawn, and each item counts its tokens.
    assert losses.by_document.shape == (60, 3)
    assert losses.challenger.shape == (1, 120)
    assert losses.parts.max() > 1
    assert "paired bootstrap over 60 documents" in found.verdicts[0].conditions[0].found
    diff = get_diff(speech.home, found.id)
    assert {one["model"] for one in diff.generations} == {found.base, found.model}
    assert any("lora_A" in str(one["group"]) for one in diff.groups)
    assert {one.change for one in diff.data} == {"added", "removed"}
    speech.say("rita", found, "approve")
    assert speech.merge(found).state == "merged"
    assert speech.champion() == found.model
