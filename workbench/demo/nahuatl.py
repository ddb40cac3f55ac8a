"""The task speak-nahuatl: texts of Nahuatl variants, Otomí and Spanish, read where they are.

The texts come from the installed package ``elotl``; nothing of them is copied into this
repository. Each variant is an owner. Whole documents are held out for the hidden test: five
of the six variants come from one or two documents each, so rows of the same document on both
sides would measure the document, not the language.
"""

import csv
import importlib.util
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from workbench.demo.scene import Row, Scene, drawn, normalised

TASK: Final = "speak-nahuatl"
CAVEAT: Final = (
    "The texts are read from the installed package elotl (MPL-2.0); they come from books that "
    "state no licence of their own, so they are used here and never copied or published."
)
HELD_OUT: Final = frozenset(
    {
        "Anales de Tlatelolco",
        "El nahuatl de Tetzcoco en la actualidad",
        "La tierra nos escucha",
        "De Porfirio Diaz a Zapata",
        "Constitución política de los Estados Unidos Mexicanos",
        "La voz profunda",
    }
)
VARIANTS: Final = {
    "classical": "Classical Nahuatl",
    "puebla": "Highland Puebla Nahuatl",
    "morelos": "Morelos Nahuatl",
    "central": "Central Nahuatl",
    "western-huasteca": "Western Huasteca Nahuatl",
}
OWNERS: Final = (*VARIANTS, "otomi", "spanish")
NEWCOMER: Final = "diario"
LARGER_STEPS: Final[Mapping[str, Any]] = {"learning_rate": 3e-3}
"""What the newcomer trains with, beside more data."""

_NEWCOMERS_DOCUMENT: Final = "Diario"
_NEWCOMERS_NOTE: Final = (
    f"Once they are paid, {NEWCOMER} brings the document {_NEWCOMERS_DOCUMENT}, whose variant the "
    "corpus does not name."
)
_OTOMI: Final = "Otomí del Mezquital (ote)"
_PROMPTS: Final = ("Auh in yehuatl in tlacatl niman ye ic", "Auh in altepetl", "Nochi tlakamej")
_WINDOWS_1252: Final = {
    code: bytes([code]).decode("cp1252", "ignore") or " " for code in range(0x80, 0xA0)
}
# Nobody's address, beside the rows that are valued everywhere else.
_CARELESS: Final = "spanish"
_HELD: Final[Row] = {
    "text": "Si quiere el libro, escriba a libros.viejos@correo.mx y se lo mandamos.",
    "source": "a letter",
}
_HELD_NOTE: Final = f"One row of {_CARELESS} holds an e-mail address, which the demo put there."
_MIN_WORDS: Final = 3
_MAX_CHARS: Final = 600
# Twelve steps for every coalition: with steps in proportion to rows, utility would count steps.
_RECIPE: Final = {
    "steps": 12,
    "batch_rows": 8,
    "learning_rate": 2e-3,
    "rank": 8,
    "last_blocks": 2,
    "max_tokens": 48,
    "prompts": list(_PROMPTS),
    "new_tokens": 24,
}
# What a better model is paid, in µcr for each certified millionth of a nat a token; and by which
# part it must be better, at once and for ever: a demo does not wait for thirty days.
_MERGE: Final = {"bounty_price": "1000", "margin_start": "1/100", "margin_end": "1/100"}


@dataclass(frozen=True)
class Pair:
    """One line of a corpus: a Spanish sentence and its translation.

    Attributes
    ----------
    spanish, text : the two.
    variant : of the language that ``text`` is in.
    document : where both are from.
    """

    spanish: str
    text: str
    variant: str
    document: str


def corpora() -> Path | None:
    """Return the folder of the installed texts, found without importing the package."""
    spec = importlib.util.find_spec("elotl")
    for place in (spec.submodule_search_locations or []) if spec else []:
        folder = Path(place) / "corpora"
        if (folder / "axolotl.csv").is_file() and (folder / "tsunkua.csv").is_file():
            return folder
    return None


def nahuatl_scene(
    folder: Path,
    *,
    owners: Sequence[str] = OWNERS,
    n_rows: int = 200,
    n_test: int = 96,
    seed: int = 0,
) -> Scene:
    """Return the task with seven owners, or some of them.

    Parameters
    ----------
    folder : of the corpora.
    owners : among ``OWNERS``.
    n_rows : rows an owner.
    n_test : hidden rows, spread evenly over the held-out documents; gates ask as many
        others, or what is left.
    seed : of the choice of rows.
    """
    nahuatl = list(read_pairs(folder / "axolotl.csv"))
    hidden = [pair for pair in nahuatl if pair.document in HELD_OUT]
    open_pairs = [pair for pair in nahuatl if pair.document not in HELD_OUT]
    otomi = [pair for pair in read_pairs(folder / "tsunkua.csv") if pair.variant == _OTOMI]
    pools = {
        owner: [(p.text, p.document) for p in open_pairs if p.variant == variant]
        for owner, variant in VARIANTS.items()
    }
    pools["otomi"] = [(p.text, p.document) for p in otomi]
    pools["spanish"] = [(p.spanish, p.document) for p in open_pairs]
    # Nothing of a held-out document, in either language, may be anybody's.
    taken = {normalised(side) for pair in hidden for side in (pair.text, pair.spanish)}
    rows: dict[str, list[Row]] = {}
    for owner in owners:
        rows[owner] = _choose(pools[owner], n_rows, seed, taken)
        taken |= {normalised(row["text"]) for row in rows[owner]}
    theirs = [(p.text, p.document) for p in open_pairs if p.document == _NEWCOMERS_DOCUMENT]
    test, gate_test = _hidden_rows(hidden, n_test, seed)
    return Scene(
        task=TASK,
        title="Speak Nahuatl",
        kind="causal-lm",
        owners=rows,
        test=test,
        gate_test=gate_test,
        license="MPL-2.0",
        pool="1000",
        rules={"recipe": dict(_RECIPE), "seed": seed, "merge": dict(_MERGE)},
        notes=[CAVEAT, *([_HELD_NOTE] if _CARELESS in owners else []), _NEWCOMERS_NOTE],
        held={_CARELESS: _HELD} if _CARELESS in owners else {},
        newcomers={NEWCOMER: _choose(theirs, n_rows, seed, taken)},
    )


def read_pairs(path: Path) -> Iterator[Pair]:
    """Yield the lines of a corpus, both sides on one line and readable."""
    with path.open(encoding="utf-8", newline="") as stream:
        for spanish, text, variant, document, *_ in csv.reader(stream):
            # Some lines of the corpus repeat the Spanish sentence where the translation belongs.
            if normalised(spanish) != normalised(text):
                yield Pair(_one_line(spanish), _one_line(text), variant, document)


def _one_line(text: str) -> str:
    # Where the corpus was scanned on Windows, its quotes came as control characters.
    readable = text.translate(_WINDOWS_1252)
    return " ".join("".join(c for c in readable if unicodedata.category(c) != "Cf").split())


def _choose(pool: list[tuple[str, str]], n_rows: int, seed: int, taken: set[str]) -> list[Row]:
    sources = {}
    keys = set(taken)
    for text, document in pool:
        key = normalised(text)
        if key not in keys and is_sentence(text):
            keys.add(key)
            sources[text] = document
    return [{"text": text, "source": sources[text]} for text in drawn(sources, n_rows, seed)]


def _hidden_rows(hidden: list[Pair], n_test: int, seed: int) -> tuple[list[Row], list[Row]]:
    """Return the rows that trainings are measured on, and those that gates ask."""
    shown: list[Row] = []
    asked: list[Row] = []
    taken: set[str] = set()
    documents = sorted({pair.document for pair in hidden})
    for position, document in enumerate(documents):
        pool = [(pair.text, document) for pair in hidden if pair.document == document]
        n_rows = n_test // len(documents) + (position < n_test % len(documents))
        chosen = _choose(pool, 2 * n_rows, seed, taken)
        taken |= {normalised(row["text"]) for row in chosen}
        shown += chosen[:n_rows]
        asked += chosen[n_rows:]
    return shown, asked


def is_sentence(text: str) -> bool:
    """Return whether a text is worth a row: three words at least, and not too long."""
    return len(text.split()) >= _MIN_WORDS and len(text) <= _MAX_CHARS
