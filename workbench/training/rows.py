"""Canonical rows of text, and the tokens a model sees of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from transformers import PreTrainedTokenizerBase

from workbench.core.errors import InvalidInputError
from workbench.training.chat import (
    Message,
    Piece,
    chat_pieces,
    chat_prompt,
    translation_pieces,
    translation_prompt,
)
from workbench.training.inputs import bad_row, read_objects
from workbench.training.parameters import CausalLmParameters

TokenRow = tuple[int, ...]
"""The token ids of one row, at least two: the first predicts the second."""

Shape = Literal["text", "chat", "translation"]
NO_TOKEN: Final = -1
"""In the place of a target: nothing is to be predicted there."""


@dataclass(frozen=True)
class TextRow:
    """A text, all of which is learnt."""

    text: str
    shape: Shape = "text"


@dataclass(frozen=True)
class ChatRow:
    """A conversation, of which the assistant's answers are learnt."""

    messages: tuple[Message, ...]
    shape: Shape = "chat"


@dataclass(frozen=True)
class TranslationRow:
    """A text and its translation, which is learnt."""

    text: str
    translation: str
    shape: Shape = "translation"


Row = TextRow | ChatRow | TranslationRow


@dataclass(frozen=True)
class EncodedRow:
    """One row as a model sees it.

    Attributes
    ----------
    tokens : all that is read.
    targets : what is to be predicted after each token but the last, or ``NO_TOKEN``; at least
        one is a token.
    """

    tokens: TokenRow
    targets: TokenRow


@dataclass(frozen=True)
class EncodedRows:
    """The rows of one input.

    Attributes
    ----------
    rows : those that teach something, in their order.
    places : of each in its input, from 0.
    n_left_out : rows without two tokens, or whose answer is longer than a row may be.
    shapes : what kinds of rows there are, sorted.
    """

    rows: list[EncodedRow]
    places: list[int]
    n_left_out: int
    shapes: list[Shape]


def read_rows(path: Path, label: str) -> list[Row]:
    """Return the rows of a text, chat or translation task.

    Raises
    ------
    InvalidInputError
        A row is none of these; the blob did not come through the gates.
    """
    return [_row(row, label, number) for number, row in enumerate(read_objects(path, label), 1)]


def encode_rows(
    tokenizer: PreTrainedTokenizerBase,
    rows: Sequence[Row],
    parameters: CausalLmParameters,
    label: str,
    *,
    may_be_empty: bool = False,
) -> EncodedRows:
    """Return the tokens of each row that teaches something, at most ``max_tokens`` of them.

    A text is cut at its end. Of a conversation or a translation the beginning is cut, so that
    the last answer is whole; one that leaves no room for a token before it is left out.

    Raises
    ------
    InvalidInputError
        No row is left, where one must be.
    """
    # One by one: a batch of rows is tokenised in a thread pool, and workers own one core.
    encoded = [_encode(tokenizer, row, parameters) for row in rows]
    places = [place for place, row in enumerate(encoded) if row is not None]
    kept = [row for row in encoded if row is not None]
    shapes = sorted({row.shape for row in rows})
    if not (kept or may_be_empty):
        is_text = shapes in ([], ["text"])
        raise InvalidInputError(
            f"{label} has no row with text of at least two tokens"
            if is_text
            else f"{label} has no row whose answer has fewer than {parameters.max_tokens} tokens",
            wanted="at least one row with text" if is_text else "at least one shorter answer",
            next_step="look at the file: its rows are empty or white space"
            if is_text
            else "raise max_tokens in the task's recipe, or shorten the answers",
            input=label,
            n_rows=len(rows),
        )
    return EncodedRows(kept, places, len(rows) - len(kept), shapes)


def asked_as(shapes: Sequence[Shape]) -> Shape:
    """Return how a model is asked that was trained on rows of these shapes."""
    return next((shape for shape in ("translation", "chat") if shape in shapes), "text")


def prompt_tokens(
    tokenizer: PreTrainedTokenizerBase, prompt: str, shape: Shape, template: str
) -> TokenRow:
    """Return the tokens before an answer, as rows of this shape have them in training."""
    if shape == "text":
        return tuple(tokenizer(prompt)["input_ids"])
    if shape == "chat":
        text = chat_prompt(tokenizer, [{"role": "user", "content": prompt}])
    else:
        text = translation_prompt(tokenizer, template, prompt)
    return _tokens(tokenizer, text, begins=True)


def as_read(
    tokenizer: PreTrainedTokenizerBase, row: dict[str, Any], parameters: CausalLmParameters
) -> tuple[list[Piece], int]:
    """Return a canonical row as pieces of text, and how many tokens they are before any cut.

    Raises
    ------
    InvalidInputError
        It is no row, or the base model's chat template refuses it.
    """
    known = _row(row, "the file", 1)
    if isinstance(known, TextRow):
        return [Piece(known.text, is_learnt=True)], len(tokenizer(known.text)["input_ids"])
    pieces = _pieces(tokenizer, known, parameters)
    parts = (_tokens(tokenizer, piece.text, begins=n == 0) for n, piece in enumerate(pieces))
    return pieces, sum(map(len, parts))


def _row(row: dict[str, Any], label: str, number: int) -> Row:
    match row:
        case {"messages": [*messages]} if all(map(_is_message, messages)) and any(
            message["role"] == "assistant" for message in messages
        ):
            return ChatRow(tuple(messages))
        case {"text": str(text), "translation": str(translation)}:
            return TranslationRow(text, translation)
        case {"text": str(text)} if "translation" not in row:
            return TextRow(text)
    if "messages" in row:
        raise bad_row(label, number, "without messages that have a role and a content")
    if "translation" in row:
        raise bad_row(label, number, "without two strings called text and translation")
    raise bad_row(label, number, "without a string called text")


def _is_message(message: object) -> bool:
    match message:
        case {"role": str(), "content": str()}:
            return True
    return False


def _encode(
    tokenizer: PreTrainedTokenizerBase, row: Row, parameters: CausalLmParameters
) -> EncodedRow | None:
    if isinstance(row, TextRow):
        if not row.text.strip():
            return None
        tokens = tuple(tokenizer(row.text)["input_ids"][: parameters.max_tokens])
        return EncodedRow(tokens, tokens[1:]) if len(tokens) > 1 else None
    return _joined(tokenizer, _pieces(tokenizer, row, parameters), parameters.max_tokens)


def _pieces(
    tokenizer: PreTrainedTokenizerBase,
    row: ChatRow | TranslationRow,
    parameters: CausalLmParameters,
) -> list[Piece]:
    if isinstance(row, ChatRow):
        return chat_pieces(tokenizer, row.messages)
    return translation_pieces(tokenizer, parameters.template, row.text, row.translation)


def _joined(
    tokenizer: PreTrainedTokenizerBase, pieces: Sequence[Piece], max_tokens: int
) -> EncodedRow | None:
    """Return pieces that end with a learnt one as a row, cut from the left."""
    # Piece by piece, as they are when a model answers: no token lies across a boundary.
    parts = [
        _tokens(tokenizer, piece.text, begins=place == 0) for place, piece in enumerate(pieces)
    ]
    n_cut = max(0, sum(map(len, parts)) - max_tokens)
    tokens: list[int] = []
    targets: list[int] = []
    is_learnt = False
    for piece, part in zip(pieces, parts, strict=True):
        # An answer without its beginning, or with nothing before it, is read and not learnt.
        is_learnt = piece.is_learnt and len(tokens) > n_cut
        tokens += part
        targets += part if is_learnt else [NO_TOKEN] * len(part)
    if not is_learnt:
        return None
    return EncodedRow(tuple(tokens[n_cut:]), tuple(targets[n_cut + 1 :]))


def _tokens(tokenizer: PreTrainedTokenizerBase, text: str, *, begins: bool) -> TokenRow:
    # A template of the tokenizer's own writes what begins a text; ours leave it to the tokenizer.
    is_ours = begins and tokenizer.chat_template is None
    return tuple(tokenizer(text, add_special_tokens=is_ours)["input_ids"])
