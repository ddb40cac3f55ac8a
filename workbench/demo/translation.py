"""The task translate-nahuatl: Spanish sentences and what they are in a Nahuatl variant."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

from workbench.demo.nahuatl import CAVEAT, HELD_OUT, VARIANTS, Pair, is_sentence, read_pairs
from workbench.demo.scene import Row, Scene, drawn, normalised

TASK: Final = "translate-nahuatl"
# Short ones, so that what is written can be as long as what is wanted.
_MAX_CHARS: Final = 80
_RECIPE: Final[dict[str, Any]] = {
    "steps": 60,
    "batch_rows": 8,
    "learning_rate": 2e-3,
    "rank": 8,
    "last_blocks": 2,
    "max_tokens": 128,
    "template": "Translate from Spanish to Nahuatl: {text}",
    "n_translated": 16,
    "new_tokens": 32,
}


def translation_scene(
    folder: Path,
    *,
    owners: Sequence[str] = ("puebla",),
    n_rows: int = 300,
    n_test: int = 64,
    seed: int = 0,
) -> Scene:
    """Return the task with an owner a variant.

    Whole documents are held out, as in the task speak-nahuatl, and nothing of them in either
    language is in anybody's rows.

    Parameters
    ----------
    folder : of the corpora.
    owners : among ``nahuatl.VARIANTS``; the hidden test has the held-out documents of these.
    n_rows : rows an owner.
    n_test : hidden rows.
    seed : of the choice of rows.
    """
    pairs = list(read_pairs(folder / "axolotl.csv"))
    hidden = [pair for pair in pairs if pair.document in HELD_OUT]
    taken = {normalised(side) for pair in hidden for side in (pair.spanish, pair.text)}
    rows: dict[str, list[Row]] = {}
    for owner in owners:
        own = [p for p in pairs if p.variant == VARIANTS[owner] and p.document not in HELD_OUT]
        rows[owner] = _choose(own, n_rows, seed, taken)
        taken |= {normalised(row[side]) for row in rows[owner] for side in ("text", "translation")}
    variants = {VARIANTS[owner] for owner in owners}
    return Scene(
        task=TASK,
        title="Translate Spanish to Nahuatl",
        kind="translation",
        owners=rows,
        test=_choose((pair for pair in hidden if pair.variant in variants), n_test, seed, set()),
        license="MPL-2.0",
        pool="1000",
        rules={"recipe": dict(_RECIPE), "seed": seed},
        notes=[CAVEAT],
    )


def _choose(pairs: Iterable[Pair], n_rows: int, seed: int, taken: set[str]) -> list[Row]:
    # One row a sentence, whichever side repeats: a text with two translations has no right one.
    known = set(taken)
    by_text: dict[str, Pair] = {}
    for pair in pairs:
        sides = {normalised(pair.spanish), normalised(pair.text)}
        if not sides & known and all(map(_is_short, (pair.spanish, pair.text))):
            known |= sides
            by_text[pair.spanish] = pair
    return [
        {"text": text, "translation": by_text[text].text, "source": by_text[text].document}
        for text in drawn(by_text, n_rows, seed)
    ]


def _is_short(text: str) -> bool:
    return is_sentence(text) and len(text) <= _MAX_CHARS
