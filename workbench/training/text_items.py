"""The items of a hidden test of texts: which rows are scored, how long they are, whence they come.

Only their lengths and sources leave here, never the texts.
"""

from pathlib import Path

from transformers import PreTrainedTokenizerBase

from workbench.training.hidden_items import NO_SOURCE, HiddenItems
from workbench.training.inputs import TEST_INPUT, read_objects


def read_text_items(
    path: Path, tokenizer: PreTrainedTokenizerBase, max_tokens: int
) -> tuple[HiddenItems, list[int]]:
    """Return the rows that ``rows.encode_rows`` keeps, and how long what is scored of each is.

    Parameters
    ----------
    path
        Canonical rows of text.
    tokenizer
        Of the base model; one that tells which letters a token stands for.
    max_tokens
        A row's tokens past this many are not used.

    Returns
    -------
    HiddenItems
        With the property ``source``, as the sponsor of the task named it.
    list of int
        Bytes of UTF-8 behind the predicted tokens of each row, at least 1: the first token
        predicts and is not predicted, and a row may be cut.
    """
    places, sizes, sources = [], [], []
    for place, row in enumerate(read_objects(path, TEST_INPUT)):
        text = row["text"]
        if not text.strip():
            continue
        spans = tokenizer(text, return_offsets_mapping=True)["offset_mapping"][:max_tokens]
        if len(spans) > 1:
            start, end = spans[1][0], max(end for _, end in spans)
            places.append(place)
            sizes.append(max(1, len(text[start:end].encode())))
            sources.append(str(row.get("source") or NO_SOURCE))
    return HiddenItems.read(path, places, {"source": sources}), sizes
