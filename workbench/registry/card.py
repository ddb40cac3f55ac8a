"""The model card: what a model is, from whose data, how good, and how to make it again.

It is written when the run is logged and sealed with it, so it says nothing that changes later:
not whether the seal holds, not who was paid.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from workbench.core.licence import NOASSERTION
from workbench.core.markdown import escaped, one_line
from workbench.registry.model_licence import explained_clashes, model_licence

CARD_FILE: Final = "model_card.md"
"""The card's name beside the model's files."""

ADAPTER_FILE: Final = "adapter_model.safetensors"

_BASE: Final = "base_"
_PIPELINES: Final[Mapping[str, str]] = {"causal-lm": "text-generation"}
_UNITS: Final = (
    "Losses are nats per token (of tables: per row), lower is better; `utility` is minus the "
    "loss. Where there is a `…_full`, it takes the softmax over all the model's tokens, and its "
    "namesake over the tokens of the task's own data."
)


@dataclass(frozen=True)
class CardData:
    """One contribution that the model has learned from.

    Attributes
    ----------
    owner : owner group.
    n_rows : rows that were read.
    license : SPDX expression; empty where none was recorded.
    sha256 : of the canonical rows.
    """

    owner: str
    n_rows: int
    license: str
    sha256: str


@dataclass(frozen=True)
class CardFacts:
    """What a card tells; all texts may be other people's.

    Attributes
    ----------
    run, model : ids, 64 hexadecimal digits.
    task, title, kind : of the task.
    base : ``name``, ``digest``, ``license`` (``NOASSERTION`` where nobody has named it) and,
        where known, ``architecture`` and ``n_parameters``; empty for a model without a base.
    data : what it has learned from.
    metrics : name → number; the base's carry the prefix ``base_``.
    n_test_rows : rows of the hidden test.
    recipe : name of what trained it.
    parameters : its parameters, JSON.
    seed : of the run.
    environment : fingerprint.
    version : ours; empty where it was not recorded.
    environment_sha256 : of the environment lock; empty where it was not recorded.
    files : names of the model's files.
    trained_at : UTC.
    """

    run: str
    model: str
    task: str
    title: str
    kind: str
    base: Mapping[str, str]
    data: Sequence[CardData]
    metrics: Mapping[str, float]
    n_test_rows: int
    recipe: str
    parameters: Mapping[str, Any]
    seed: str
    environment: Mapping[str, str]
    version: str
    environment_sha256: str
    files: Sequence[str]
    trained_at: datetime


def model_card(facts: CardFacts) -> str:
    """Return the card as Markdown with YAML front matter, as model hubs read it.

    Equal facts give equal bytes. Names and licences are contributors' words: nothing in them
    is taken for Markdown, HTML or YAML.
    """
    parts = [
        _front_matter(facts),
        f"# {escaped(facts.title)}\n\n{_about(facts)}",
        f"## Data\n\n{_data(facts)}",
        f"## Licence\n\n{_licence(facts)}",
        f"## Results\n\n{_results(facts)}",
        f"## Intended use and limits\n\n{_limits(facts)}",
        f"## Training\n\n{_training(facts)}",
        f"## Reproduce and verify\n\n{_reproduce(facts)}",
    ]
    if ADAPTER_FILE in facts.files:
        parts.insert(-1, f"## Load\n\n{_LOAD}")
    return "\n\n".join(parts) + "\n"


_LOAD: Final = """\
The files are plain ones: safetensors and JSON, no pickle. With the base model's folder at hand:

```python
from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoTokenizer

base = AutoModelForCausalLM.from_pretrained("BASE_FOLDER")
model = PeftModel.from_pretrained(base, "model")  # this run's artifacts
tokenizer = AutoTokenizer.from_pretrained("model")
```"""


def _front_matter(facts: CardFacts) -> str:
    fields: dict[str, Any] = {}
    if facts.base:
        fields["base_model"] = one_line(facts.base["name"])
        # Undetermined, in ISO 639: nobody has said which languages the rows are in.
        fields["language"] = ["und"]
    if ADAPTER_FILE in facts.files:
        fields["library_name"] = "peft"
    licences = {item.license for item in facts.data} | {facts.base.get("license", "")}
    # "unknown" is the hubs' word.
    named = {"unknown" if one == NOASSERTION else one_line(one) for one in licences if one}
    fields["license"] = sorted(named)
    fields["pipeline_tag"] = _PIPELINES.get(facts.kind, facts.kind)
    fields["tags"] = ["merit-workbench", one_line(facts.task)]
    # JSON is YAML: no text can leave its quotes.
    lines = [f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in fields.items()]
    return "\n".join(["---", *lines, "---"])


def _about(facts: CardFacts) -> str:
    what = f"Model `{facts.model}`, trained for the task {escaped(facts.task)}"
    when = f"({escaped(facts.kind)}) on {facts.trained_at:%Y-%m-%d %H:%M:%S} UTC."
    if not facts.base:
        return f"{what} {when} It has no base model."
    base = facts.base
    known = [
        f"digest `{escaped(base['digest'])}`",
        escaped(base.get("architecture", "")),
        f"{escaped(base['n_parameters'])} parameters" if base.get("n_parameters") else "",
    ]
    return (
        f"{what} {when}\n\nBase model: {escaped(base['name'])}; {'; '.join(filter(None, known))}. "
        f"{_licence_of_base(base['license'])}"
    )


def _licence_of_base(license: str) -> str:
    if license == NOASSERTION:
        return "Its licence is unknown: nobody named it when it was imported."
    return f"It comes under {escaped(license)}."


def _data(facts: CardFacts) -> str:
    rows = [
        [
            escaped(item.owner),
            str(item.n_rows),
            escaped(item.license) or "not recorded",
            f"`{escaped(item.sha256)}`",
        ]
        for item in facts.data
    ]
    total = sum(item.n_rows for item in facts.data)
    owners = len({item.owner for item in facts.data})
    said = f"{total} rows of {owners} owners, each named by the SHA-256 of its canonical rows."
    return f"{said}\n\n{_table(['owner', 'rows', 'licence', 'SHA-256'], rows)}"


def _licence(facts: CardFacts) -> str:
    recorded = [item.license for item in facts.data if item.license]
    works = [(f"the data of {escaped(item.owner)}", item.license) for item in facts.data]
    if facts.base:
        works.insert(0, (f"the base model {escaped(facts.base['name'])}", facts.base["license"]))
    found = model_licence(license for _, license in works if license)
    also = ""
    if len(recorded) < len(facts.data):
        also += " Of some of the data no licence is recorded: ask their owners."
    if found.clashes:
        pairs = "; ".join(explained_clashes(works))
        return (
            f"No licence fits: {pairs}. So this model cannot be passed on with the base and the "
            f"data as they are.{also}"
        )
    if found.expression == NOASSERTION:
        data = model_licence(recorded).expression
        known = f" Its data come under {escaped(data)}." if data else ""
        return (
            f"Unknown ({NOASSERTION}): nobody has named the licence of the base model "
            f"{escaped(facts.base['name'])}. Ask whose it is before this model is passed on."
            f"{known}{also}"
        )
    if not found.expression:
        said = found.terms.words if found.licences else "no licence is recorded"
        return f"No licence can be named: {said}.{also}"
    return (
        f"{escaped(found.expression)}: {found.terms.words}. Of all the licences of its base "
        "and data the most restrictive wins, taking the model for an adaptation of them, and "
        "whoever is to be named by one of the others still is. This is a rule of the workbench, "
        f"not legal advice.{also}"
    )


def _results(facts: CardFacts) -> str:
    own = {name: value for name, value in facts.metrics.items() if not name.startswith(_BASE)}
    rows = [
        [escaped(name), _number(facts.metrics.get(f"{_BASE}{name}")), _number(own[name])]
        for name in sorted(own)
    ]
    base = "base" if facts.base else "uniform guess"
    said = f"On the task's hidden test of {facts.n_test_rows} rows. {_UNITS}"
    return f"{said}\n\n{_table(['metric', base, 'this model'], rows)}"


def _limits(facts: CardFacts) -> str:
    return (
        f"Made for the task {escaped(facts.task)} and measured on {facts.n_test_rows} hidden rows "
        "of it, and on nothing else. With so few rows small differences may be chance. Nobody "
        "has examined it for bias, safety, memorised personal data or other uses; what is wrong "
        "in the data or the base is wrong in the model."
    )


def _training(facts: CardFacts) -> str:
    rows = [["recipe", escaped(facts.recipe)]]
    rows += [
        [escaped(name), escaped(value if isinstance(value, str) else json.dumps(value))]
        for name, value in sorted(facts.parameters.items())
    ]
    rows += [["seed", escaped(facts.seed)]]
    rows += [
        [f"environment: {escaped(name)}", escaped(value)]
        for name, value in sorted(facts.environment.items())
    ]
    if facts.version:
        rows += [["merit-workbench", escaped(facts.version)]]
    if facts.environment_sha256:
        rows += [["environment.txt", f"`{escaped(facts.environment_sha256)}`"]]
    return _table(["what", "value"], rows)


def _reproduce(facts: CardFacts) -> str:
    return (
        f"```console\n$ workbench reproduce {facts.run}\n$ workbench verify {facts.run}\n```\n\n"
        "The first does the run again from its recorded inputs and compares; the second says "
        "whether MLflow still shows it, this card included, as the server sealed it."
    )


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.6g}"
