"""Conversations: which columns they are read from, and what is none."""

import json
from typing import Any

import pytest

from workbench.core.errors import InvalidInputError
from workbench.intake.cleaning import Fault
from workbench.intake.columns import choose_columns
from workbench.intake.digests import text_digest
from workbench.intake.rows import Row, row_maker
from workbench.intake.schema import Columns, Schema

SCHEMA = Schema("causal-lm")
CHAT = row_maker(SCHEMA, Columns({"messages": "messages", "source": "source"}))
PAIR = row_maker(SCHEMA, Columns({"prompt": "q", "answer": "a"}))


def said(*turns: str, roles: str = "ua" * 60) -> list[dict[str, Any]]:
    names = {"s": "system", "u": "user", "a": "assistant"}
    return [{"role": names[r], "content": t} for r, t in zip(roles, turns, strict=False)]


def fault_of(messages: object) -> tuple[str, str]:
    fault = CHAT(1, {"messages": messages})
    assert isinstance(fault, Fault)
    return fault.code, fault.example


@pytest.mark.parametrize(
    ("found", "named", "by_role"),
    [
        (["messages"], {}, {"messages": "messages"}),
        (["messages", "doc"], {}, {"messages": "messages", "source": "doc"}),
        (["Conversation", "id"], {}, {"messages": "Conversation"}),
        (["prompt=", "answer="], {}, {"prompt": "prompt", "answer": "answer"}),
        (["question=", "response="], {}, {"prompt": "question", "answer": "response"}),
        (["instruction=", "output="], {}, {"prompt": "instruction", "answer": "output"}),
        (["prompt=", "completion="], {}, {"prompt": "prompt", "answer": "completion"}),
        (["text=", "prompt=", "answer="], {}, {"text": "text"}),
        (["text=", "answer="], {"answer": "text", "prompt": "answer"}, None),
        (["q=", "a="], {"prompt": "q", "answer": "a"}, None),
        (["q=", "answer="], {"prompt": "q"}, {"prompt": "q", "answer": "answer"}),
        (["chat", "text="], {"messages": "chat"}, {"messages": "chat"}),
        # A list of messages as text is no list of messages.
        (["messages="], {}, {"text": "messages"}),
    ],
)
def test_columns_of_conversations_are_guessed_or_named(
    found: list[str], named: dict[str, str], by_role: dict[str, str] | None
) -> None:
    columns = {name.rstrip("="): name.endswith("=") for name in found}
    assert choose_columns(SCHEMA, columns, named).by_role == (by_role or named)


@pytest.mark.parametrize(
    ("found", "named", "words"),
    [
        ({"prompt": True, "note": True}, {}, ["not 'answer'", "answer, response, completion"]),
        ({"question": True}, {}, ["not 'answer'"]),
        ({"x": True, "answer": True}, {"answer": "answer"}, ["not 'prompt'"]),
        ({"x": True, "y": True}, {"text": "x", "prompt": "y"}, ["'prompt', 'text'"]),
        ({"x": True, "y": False}, {"messages": "y", "answer": "x"}, ["'answer', 'messages'"]),
    ],
)
def test_columns_that_make_no_conversation_are_named(
    found: dict[str, bool], named: dict[str, str], words: list[str]
) -> None:
    with pytest.raises(InvalidInputError) as caught:
        choose_columns(SCHEMA, found, named)
    assert all(word in str(caught.value) + str(caught.value.wanted) for word in words)
    assert caught.value.next_step


def test_prompt_and_answer_become_messages() -> None:
    row = PAIR(3, {"q": " ¿qué?\r\n", "a": "atl"})
    assert isinstance(row, Row)
    assert json.loads(row.line) == {"messages": said("¿qué?", "atl"), "source": ""}
    assert row.line.startswith(b'{"messages":[{"content":"')
    assert (row.digest, row.n_chars) == (text_digest("¿qué?\natl"), 8)


def test_messages_are_kept_cleaned_with_role_and_content_alone() -> None:
    messages = said(" Breve. ", "a", "b", "c", "d", roles="suaua")
    messages[1] |= {"name": "eva"}
    row = CHAT(1, {"messages": messages, "source": " un\nlibro "})
    assert isinstance(row, Row)
    kept = said("Breve.", "a", "b", "c", "d", roles="suaua")
    assert json.loads(row.line) == {"messages": kept, "source": "un libro"}
    assert row.digest == text_digest("Breve.\na\nb\nc\nd")


def test_invisible_characters_are_noticed_in_every_message() -> None:
    row = CHAT(1, {"messages": said("a\u200bb", "c")})
    assert isinstance(row, Row)
    assert row.has_invisible


@pytest.mark.parametrize(
    ("messages", "example"),
    [
        (None, "no list of messages"),
        ([], "no list of messages"),
        ("hola", "no list of messages"),
        ([["user", "hola"]], "a message without role and content"),
        ([{"role": "user"}], "a message without role and content"),
        (said("a"), "the last message is not the assistant's"),
        (said("a", "b", "c"), "the last message is not the assistant's"),
        (said("a", "b", roles="au"), "assistant where user should speak"),
        (said("a", "b", "c", roles="uua"), "user where assistant should speak"),
        (said("a", "b", "c", roles="usa"), "system where assistant should speak"),
        (said("a", "b", "c", roles="ssa"), "system where user should speak"),
        (said("a", "b", roles="sa"), "assistant where user should speak"),
        (said("a", roles="s"), "the last message is not the assistant's"),
        ([{"role": "gpt", "content": "a"}], "the role 'gpt'"),
        ([{"role": ["user"], "content": "a"}], "the role \"['user']\""),
        (said("a", " \u200b"), "a message without text"),
        ([{"role": "user", "content": None}], "a message without text"),
        (said(*["a"] * 102), "more than 100 messages"),
    ],
)
def test_what_is_no_conversation_is_said(messages: object, example: str) -> None:
    assert fault_of(messages) == ("bad-conversation", example)


def test_messages_are_cleaned_as_texts_are() -> None:
    assert fault_of(said("a", "b\x1b"))[0] == "control-characters"
    assert fault_of(said("a", "b\ud800"))[0] == "not-unicode"
    assert fault_of([{"role": "user", "content": 5}])[0] == "not-text"


@pytest.mark.parametrize(
    ("row", "code", "example"),
    [
        ({"q": "a"}, "missing-value", "the answer"),
        ({"q": "a", "a": "  "}, "missing-value", "the answer"),
        ({"q": None, "a": "b"}, "missing-value", "the prompt"),
        ({"q": "a", "a": 5}, "not-text", "'5'"),
    ],
)
def test_a_missing_prompt_or_answer_is_said(
    row: dict[str, object], code: str, example: str
) -> None:
    assert PAIR(1, row) == Fault(code, example)
