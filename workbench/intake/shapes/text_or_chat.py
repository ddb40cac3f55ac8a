"""Rows of text, or of conversations that end with an answer."""

from collections.abc import Mapping
from typing import Any, Final

from workbench.intake.cleaning import Fault, clean_source, clean_text
from workbench.intake.codes import refusal, shown, shown_list
from workbench.intake.column_names import (
    SOURCE_NAMES,
    TEXT_NAMES,
    first_named,
    guess_named,
    guess_text,
    missing_columns,
    noted,
)
from workbench.intake.digests import text_digest
from workbench.intake.schema import Columns, Schema
from workbench.intake.shapes.shape import Shape
from workbench.intake.shapes.text import digest_of_text, text_values, texts_of

MESSAGES_NAMES: Final = ("messages", "conversation")
PROMPT_NAMES: Final = ("prompt", "question", "instruction")
ANSWER_NAMES: Final = ("answer", "response", "completion", "output")
_MAX_MESSAGES: Final = 100
_ONE_KIND: Final = ({"text"}, {"messages"}, {"prompt", "answer"})


def _roles(_schema: Schema) -> list[str]:
    return ["text", "messages", "prompt", "answer", "source"]


def _columns(_schema: Schema, found: Mapping[str, bool], named: Mapping[str, str]) -> Columns:
    own = named.keys() - {"source"}
    if not any(own <= kind for kind in _ONE_KIND):
        raise refusal("two-shapes", roles=shown_list(sorted(own)))
    by_role = dict(named)
    guess_named(by_role, "source", SOURCE_NAMES, found)
    if own & {"prompt", "answer"}:
        _guess_pair(by_role, found)
    elif not own:
        _guess(by_role, found)
    return noted(by_role, named)


def _guess(by_role: dict[str, str], found: Mapping[str, bool]) -> None:
    # A column of that name that holds texts is no list of messages.
    lists = {name: False for name, is_text in found.items() if not is_text}
    if guess_named(by_role, "messages", MESSAGES_NAMES, lists):
        return
    is_pair = first_named(PROMPT_NAMES, list(found)) and not first_named(TEXT_NAMES, list(found))
    if is_pair:
        _guess_pair(by_role, found)
    else:
        guess_text(by_role, "text", TEXT_NAMES, found)


def _guess_pair(by_role: dict[str, str], found: Mapping[str, bool]) -> None:
    for role, names in (("prompt", PROMPT_NAMES), ("answer", ANSWER_NAMES)):
        if not guess_named(by_role, role, names, found):
            wanted = f"a column for the {role}, named {', '.join(names[:-1])} or {names[-1]}"
            raise missing_columns(found, [role], wanted)


def _values(
    raw: Mapping[str, object], schema: Schema, by_role: Mapping[str, str]
) -> dict[str, Any] | Fault:
    if "text" in by_role:
        return text_values(raw, schema, by_role)
    if "messages" in by_role:
        messages = _messages(raw.get(by_role["messages"]))
    else:
        messages = _pair(raw.get(by_role["prompt"]), raw.get(by_role["answer"]))
    if isinstance(messages, Fault):
        return messages
    source = clean_source(raw.get(by_role["source"]) if "source" in by_role else "")
    return source if isinstance(source, Fault) else {"messages": messages, "source": source}


def _pair(prompt: object, answer: object) -> list[dict[str, str]] | Fault:
    messages: list[dict[str, str]] = []
    for role, name, value in (("user", "prompt", prompt), ("assistant", "answer", answer)):
        content = clean_text(value)
        if isinstance(content, Fault):
            return Fault("missing-value", f"the {name}") if content.code == "empty-row" else content
        messages.append({"role": role, "content": content})
    return messages


def _messages(value: object) -> list[dict[str, str]] | Fault:
    if not isinstance(value, list) or not value:
        return Fault("bad-conversation", "no list of messages")
    if len(value) > _MAX_MESSAGES:
        return Fault("bad-conversation", f"more than {_MAX_MESSAGES} messages")
    messages: list[dict[str, str]] = []
    for place, message in enumerate(value):
        if not isinstance(message, dict) or not {"role", "content"} <= message.keys():
            return Fault("bad-conversation", "a message without role and content")
        content = clean_text(message["content"])
        if isinstance(content, Fault):
            is_empty = content.code == "empty-row"
            return Fault("bad-conversation", "a message without text") if is_empty else content
        if fault := _out_of_turn(message["role"], place, [m["role"] for m in messages]):
            return fault
        messages.append({"role": str(message["role"]), "content": content})
    if messages[-1]["role"] != "assistant":
        return Fault("bad-conversation", "the last message is not the assistant's")
    return messages


def _out_of_turn(role: object, place: int, before: list[str]) -> Fault | None:
    if role not in ("system", "user", "assistant"):
        return Fault("bad-conversation", f"the role {shown(role, 30)}")
    n_turns = place - ("system" in before)
    expected = (
        "system" if role == "system" and not place else "assistant" if n_turns % 2 else "user"
    )
    if role != expected:
        return Fault("bad-conversation", f"{role} where {expected} should speak")
    return None


def _digest(row: Mapping[str, Any], line: bytes) -> str:
    if "text" in row:
        return digest_of_text(row, line)
    return text_digest("\n".join(message["content"] for message in row["messages"]))


def _texts(row: Mapping[str, Any]) -> list[str]:
    if "text" in row:
        return texts_of(row)
    return [*(message["content"] for message in row["messages"]), row["source"]]


TEXT_OR_CHAT: Final = Shape(_roles, _columns, _values, _digest, _texts)
