"""The texts inside a canonical row: what gates look through, mask and compare."""

import json
from collections.abc import Callable, Mapping
from typing import Any

# Labels and features are the task's own words, and the source is no part of what is said.
_SAID = ("text", "translation")
_TEXTS = (*_SAID, "source")


def texts_of_line(line: bytes) -> list[str]:
    """Return every text that somebody wrote in a canonical row; none for a table."""
    row = json.loads(line)
    texts = [row[name] for name in _TEXTS if name in row]
    return texts + [message["content"] for message in row.get("messages", ())]


def said_in_line(line: bytes) -> str:
    """Return what a row says, without its source and label; empty for a table."""
    row = json.loads(line)
    texts = [row[name] for name in _SAID if name in row]
    return "\n".join(texts + [message["content"] for message in row.get("messages", ())])


def with_texts(row: Mapping[str, Any], change: Callable[[str], str]) -> dict[str, Any]:
    """Return a row with each of its texts changed."""
    changed = dict(row) | {name: change(row[name]) for name in _TEXTS if name in row}
    if "messages" in row:
        changed["messages"] = [
            message | {"content": change(message["content"])} for message in row["messages"]
        ]
    return changed
