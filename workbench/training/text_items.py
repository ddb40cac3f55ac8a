"""The items of a hidden test of texts: which rows are scored, how long they are, whence they come.

What they say stays in the job.
"""

from dataclasses import dataclass, field
from pathlib import Path

from transformers import PreTrainedTokenizerBase

from workbench.training.hidden_items import NO_SOURCE, HiddenItems
from workbench.training.inputs import TEST_INPUT, read_objects
from workbench.training.parameters import CausalLmParameters
from workbench.training.rows import (
    NO_TOKEN,
    EncodedRow,
    Row,
    Shape,
    TextRow,
    TranslationRow,
    encode_rows,
    read_rows,
)


@dataclass(frozen=True)
class TextItems:
    """The rows of a hidden test that teach something.

    Attributes
    ----------
    named : they, without what they say; with the property ``source``, as the sponsor named it.
    n_bytes : of UTF-8 behind what is predicted of each, at least 1: the first token predicts
        and is not predicted, a question is read only, and a row may be cut.
    shapes : what kinds of rows there are, sorted.
    texts, translations : of each item of a test of translations; else empty.
    """

    named: HiddenItems
    n_bytes: list[int]
    shapes: list[Shape]
    texts: list[str] = field(default_factory=list)
    translations: list[str] = field(default_factory=list)


def read_text_items(
    path: Path, tokenizer: PreTrainedTokenizerBase, parameters: CausalLmParameters
) -> TextItems:
    """Return the rows that ``rows.encode_rows`` keeps.

    Parameters
    ----------
    path
        Canonical rows of texts, conversations or translations.
    tokenizer
        Of the base model; one that tells which letters a token stands for.
    parameters
        How rows are cut, and put to the model.
    """
    rows = read_rows(path, TEST_INPUT)
    found = encode_rows(tokenizer, rows, parameters, TEST_INPUT)
    kept = [rows[place] for place in found.places]
    sources = [str(row.get("source") or NO_SOURCE) for row in read_objects(path, TEST_INPUT)]
    named = HiddenItems.read(
        path, found.places, {"source": [sources[place] for place in found.places]}
    )
    n_bytes = [
        _n_bytes(tokenizer, row, encoded) for row, encoded in zip(kept, found.rows, strict=True)
    ]
    pairs = [row for row in kept if isinstance(row, TranslationRow)]
    return TextItems(
        named,
        n_bytes,
        found.shapes,
        [row.text for row in pairs],
        [row.translation for row in pairs],
    )


def _n_bytes(tokenizer: PreTrainedTokenizerBase, row: Row, encoded: EncodedRow) -> int:
    if isinstance(row, TextRow):
        spans = tokenizer(row.text, return_offsets_mapping=True)["offset_mapping"]
        spans = spans[: len(encoded.tokens)]
        return max(1, len(row.text[spans[1][0] : max(end for _, end in spans)].encode()))
    learnt = [token for token in encoded.targets if token != NO_TOKEN]
    return max(1, len(tokenizer.decode(learnt, skip_special_tokens=True).encode()))
