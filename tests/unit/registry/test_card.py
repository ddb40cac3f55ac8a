"""The model card, also where contributors' words try to be more than words."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
import yaml
from markdown_it import MarkdownIt

from workbench.registry.card import CardData, CardFacts, model_card

FACTS = CardFacts(
    run="ab" * 32,
    model="cd" * 32,
    task="speak-nahuatl",
    title="Speak Nahuatl",
    kind="causal-lm",
    base={
        "name": "SmolLM2-135M",
        "digest": "ef" * 32,
        "architecture": "LlamaForCausalLM",
        "n_parameters": "134515008",
        "license": "Apache-2.0",
    },
    data=[
        CardData("puebla", 200, "CC-BY-4.0", "11" * 32),
        CardData("otomi", 180, "", "22" * 32),
        CardData("puebla", 20, "MPL-2.0", "33" * 32),
    ],
    metrics={"base_loss": 4.25, "loss": 3.5, "utility": -3.5},
    n_test_rows=96,
    recipe="causal-lm",
    parameters={"steps": 60, "prompts": ["Auh in"], "dtype": "float32"},
    seed="9007199254740993",
    environment={"torch": "2.13.0", "cpu": "a fast one"},
    version="0.1.0",
    environment_sha256="44" * 32,
    files=["adapter_config.json", "adapter_model.safetensors"],
    trained_at=datetime(2026, 11, 25, 10, tzinfo=UTC),
)
HOSTILE = [
    "<img src=x onerror=alert(1)>",
    "[free credits](javascript:alert(1))",
    "![](https://evil.example/pixel.png)",
    "a | b\n\n# Verified by everybody\n",
    '"\n---\nbase_model: mine\n---\n# x',
    "`` ` `` <!-- ",
    "${{x}} *b* _i_ ~~s~~ https://evil.example www.evil.example",
    "\x00\x85\u2028\u202e\ufeff\uffff\ud800",
    ": {a: [b, &c *d !!python/object:os.system x",
]


def front_matter(card: str) -> Any:
    _, front, _ = card.split("---\n", 2)
    return yaml.safe_load(front)


def rendered(card: str) -> str:
    body = card.split("---\n", 2)[2]
    # With HTML let through, as a careless reader would.
    return str(
        MarkdownIt("commonmark", {"html": True, "linkify": False}).enable("table").render(body)
    )


def test_a_card_says_what_from_whom_how_good_and_how_again() -> None:
    card = model_card(FACTS)

    assert front_matter(card) == {
        "base_model": "SmolLM2-135M",
        "language": ["und"],
        "library_name": "peft",
        "license": ["Apache-2.0", "CC-BY-4.0", "MPL-2.0"],
        "pipeline_tag": "text-generation",
        "tags": ["merit-workbench", "speak-nahuatl"],
    }
    for line in (
        "# Speak Nahuatl",
        "400 rows of 2 owners, each named by the SHA-256 of its canonical rows.",
        f"| puebla | 200 | CC-BY-4.0 | `{'11' * 32}` |",
        f"| otomi | 180 | not recorded | `{'22' * 32}` |",
        "| loss | 4.25 | 3.5 |",
        "| utility |  | -3.5 |",
        "| seed | 9007199254740993 |",
        "| environment: torch | 2.13.0 |",
        "| merit-workbench | 0.1.0 |",
        f"$ workbench reproduce {FACTS.run}",
        f"$ workbench verify {FACTS.run}",
    ):
        assert line in card.splitlines()
    assert "hidden test of 96 rows" in card
    assert "SmolLM2-135M; digest `" in card
    assert model_card(FACTS) == card


def test_a_card_names_the_most_restrictive_licence_or_why_there_is_none() -> None:
    def licence(*texts: str) -> str:
        data = [replace(FACTS.data[0], license=text) for text in texts]
        card = model_card(replace(FACTS, data=data, base={}))
        return card.split("## Licence\n\n")[1].split("\n")[0]

    assert licence("CC0-1.0", "CC-BY-SA-4.0").startswith("CC-BY-SA-4.0: share alike.")
    clash = licence("CC-BY-NC-SA-4.0", "CC-BY-SA-4.0")
    assert clash.startswith(
        "No licence fits: CC-BY-NC-SA-4.0 of the data of puebla and CC-BY-SA-4.0 of the data of "
        "puebla cannot be met together: each wants"
    )
    assert "ask their owners" in licence("MIT", "")
    assert licence("").startswith("No licence can be named: no licence is recorded.")


def test_the_licence_of_the_base_counts_like_that_of_its_data() -> None:
    def card(base: str, *data: str) -> str:
        about = {**FACTS.base, "license": base}
        given = [replace(FACTS.data[0], license=text) for text in data]
        return model_card(replace(FACTS, data=given, base=about))

    assert "## Licence\n\nGPL-3.0-only: share alike." in card("GPL-3.0-only", "CC-BY-4.0")
    clash = card("CC-BY-NC-4.0", "CC-BY-SA-4.0")
    assert (
        "CC-BY-NC-4.0 of the base model SmolLM2-135M and CC-BY-SA-4.0 of the data of puebla cannot "
        "be met together: one forbids commercial use"
    ) in clash
    unknown = card("NOASSERTION", "CC-BY-4.0")
    assert "Its licence is unknown: nobody named it when it was imported." in unknown
    assert "## Licence\n\nUnknown (NOASSERTION): nobody has named the licence of the" in unknown
    assert "Its data come under CC-BY-4.0." in unknown
    assert front_matter(unknown)["license"] == ["CC-BY-4.0", "unknown"]


def test_a_model_without_a_base_or_adapter_does_not_speak_of_one() -> None:
    card = model_card(
        replace(FACTS, base={}, kind="tabular-classification", files=["model.safetensors"])
    )

    assert front_matter(card)["pipeline_tag"] == "tabular-classification"
    assert "base_model" not in front_matter(card)
    assert "It has no base model." in card
    assert "| metric | uniform guess | this model |" in card
    assert "peft" not in card


def test_what_an_older_run_did_not_record_is_left_out() -> None:
    card = model_card(replace(FACTS, version="", environment_sha256=""))

    assert "environment.txt" not in card
    assert "| merit-workbench |" not in card


@pytest.mark.parametrize("text", HOSTILE)
def test_words_of_contributors_stay_words(text: str) -> None:
    hostile = replace(
        FACTS,
        title=text,
        task=text,
        base=dict.fromkeys(("name", "digest", "architecture", "n_parameters", "license"), text),
        data=[CardData(text, 200, text, text)],
        parameters={text: text, "prompts": [text]},
        environment={text: text},
        metrics={text: 1.0},
        seed=text,
        version=text,
    )
    card = model_card(hostile)

    front = front_matter(card)
    assert set(front) == set(front_matter(model_card(FACTS)))
    assert all(isinstance(item, str) for item in [front["base_model"], *front["license"]])
    html, plain = rendered(card), rendered(model_card(FACTS))
    for sign in ("<h1>", "<h2>", "<table>", "<tr>", "<pre>"):
        expected = plain.count(sign)
        if sign == "<tr>":
            # Fewer contributions and parameters in this one.
            expected += (1 - 3) + (2 - 3) + (1 - 2) + (1 - 2)
        assert html.count(sign) == expected, sign
    for sign in ("<a", "<img", "<script", "<!--", "<em>", "<strong>", "onerror=alert(1)>"):
        assert sign not in html, sign
