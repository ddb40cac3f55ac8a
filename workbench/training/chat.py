"""Conversations and translations as pieces of text, of which some are learnt."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from jinja2 import TemplateError
from transformers import PreTrainedTokenizerBase

from workbench.core.errors import InvalidInputError

Message = Mapping[str, str]
"""What somebody said: ``role`` (system, user or assistant) and ``content``."""

DEFAULT_CHAT_TEMPLATE: Final = (
    "{% for message in messages %}"
    "{{ message['role'] | capitalize }}: {{ message['content'] }}"
    "{% if message['role'] == 'assistant' %}{{ eos_token }}{% endif %}"
    "{{ '\\n' }}"
    "{% endfor %}"
    "{% if add_generation_prompt %}Assistant:{% endif %}"
)
"""For tokenizers that bring no chat template: ``User: …``, then ``Assistant: …`` and the end."""

_CLOCK: Final = "strftime_now"
_DATE: Final = "date_string"
# The date that the templates which print one fall back to.
_FIXED_DATE: Final = "26 Jul 2024"


class Piece(NamedTuple):
    """A part of a rendered row.

    Attributes
    ----------
    text : as the template wrote it.
    is_learnt : whether its tokens have a loss: the assistant's words and what ends them.
    """

    text: str
    is_learnt: bool


def chat_pieces(tokenizer: PreTrainedTokenizerBase, messages: Sequence[Message]) -> list[Piece]:
    """Return a conversation as the tokenizer's chat template writes it, cut at the answers.

    What the assistant says is what the template adds between the prompt for an answer and the
    end of that answer, without the white space after it.

    Parameters
    ----------
    tokenizer : whose template is used; ``DEFAULT_CHAT_TEMPLATE`` if it has none.
    messages : as intake leaves them: the last is the assistant's.

    Raises
    ------
    InvalidInputError
        The template refuses the roles, reads the clock, or writes earlier turns anew when
        later ones come, so that nobody can say which tokens are an answer.
    """
    whole = _render(tokenizer, messages, asks=False)
    pieces: list[Piece] = []
    done = 0
    for place, message in enumerate(messages):
        if message["role"] != "assistant":
            continue
        before = _render(tokenizer, messages[:place], asks=True)
        through = _render(tokenizer, messages[: place + 1], asks=False)
        end = len(through.rstrip())
        if not whole.startswith(through) or not through.startswith(before) or end <= len(before):
            raise InvalidInputError(
                "the base model's chat template does not write each answer after its prompt",
                wanted="a chat template that only adds to what it wrote",
                next_step="choose another base model, or contribute plain texts",
            )
        pieces += [
            Piece(whole[done : len(before)], is_learnt=False),
            Piece(whole[len(before) : end], is_learnt=True),
        ]
        done = end
    return pieces


def chat_prompt(tokenizer: PreTrainedTokenizerBase, messages: Sequence[Message]) -> str:
    """Return what a model reads before it answers.

    Raises
    ------
    InvalidInputError
        As ``chat_pieces``.
    """
    return _render(tokenizer, messages, asks=True)


def translation_pieces(
    tokenizer: PreTrainedTokenizerBase, template: str, text: str, translation: str
) -> list[Piece]:
    """Return a text and its translation: an answer in a chat, or else a text that goes on.

    Parameters
    ----------
    tokenizer : asked in its chat template if it has one.
    template : has the field ``{text}``.
    text, translation : in the first and the second language.
    """
    asked = template.format(text=text)
    if tokenizer.chat_template is None:
        answer = f" {translation}{tokenizer.eos_token or ''}"
        return [Piece(asked, is_learnt=False), Piece(answer, is_learnt=True)]
    answered = {"role": "assistant", "content": translation}
    return chat_pieces(tokenizer, [{"role": "user", "content": asked}, answered])


def translation_prompt(tokenizer: PreTrainedTokenizerBase, template: str, text: str) -> str:
    """Return what a model reads before it translates a text."""
    asked = template.format(text=text)
    if tokenizer.chat_template is None:
        return asked
    return chat_prompt(tokenizer, [{"role": "user", "content": asked}])


def _render(tokenizer: PreTrainedTokenizerBase, messages: Sequence[Message], *, asks: bool) -> str:
    own: Any = tokenizer.chat_template
    template = DEFAULT_CHAT_TEMPLATE if own is None else tokenizer.get_chat_template()
    if _CLOCK in template and _DATE not in template:
        raise InvalidInputError(
            "the base model's chat template reads the clock: tomorrow's tokens would be others",
            wanted="a chat template that depends on the messages alone",
            next_step="choose another base model, or contribute plain texts",
        )
    try:
        # Jinja that strangers may have written: transformers runs it in a sandbox.
        return str(
            tokenizer.apply_chat_template(
                [dict(message) for message in messages],
                chat_template=template,
                tokenize=False,
                add_generation_prompt=asks,
                date_string=_FIXED_DATE,
            )
        )
    except TemplateError as error:
        raise InvalidInputError(
            f"the base model's chat template does not take the conversation: {error!s:.200}",
            wanted="roles that the template knows: "
            + ", ".join(dict.fromkeys(message["role"] for message in messages)),
            next_step="leave out what it does not know, a system message for example",
        ) from error
