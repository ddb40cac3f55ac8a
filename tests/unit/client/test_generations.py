"""What models wrote, side by side, and heard while it is written."""

from collections.abc import Iterator
from typing import Any

import pytest

from workbench.client.bench import Bench
from workbench.client.generations import Generation
from workbench.core.errors import InvalidInputError

RESULT = {
    "prompts": ["atl", "<b>"],
    "rows": [
        {"model": "base", "prompt": 0, "text": "one"},
        {"model": "base", "prompt": 1, "text": "two"},
        {"model": "d" * 64, "prompt": 0, "text": "<i>three"},
        {"model": "d" * 64, "prompt": 1, "text": "four"},
    ],
}


def test_a_row_a_prompt_and_a_column_a_model() -> None:
    found = Generation(RESULT)
    assert found.frame.to_dict("list") == {
        "prompt": ["atl", "<b>"], "base": ["one", "two"], "d" * 64: ["<i>three", "four"],
    }  # fmt: skip
    assert found.texts == ["one", "two", "<i>three", "four"]
    assert "dddddddddddd" in repr(found)
    assert "<i>" not in found._repr_html_()


def test_text_is_heard_while_it_is_written(bench: Bench, server: Any, wire: Any) -> None:
    done = wire.job(state="done", result=RESULT)
    server.on("GET", "/tasks/t", wire.task(champion="d" * 64))
    server.on("POST", "/tasks/t/generations", wire.job())
    server.on("GET", f"/jobs/{'a' * 64}", done)

    def events(*_: object, **__: object) -> Iterator[Any]:
        yield 0, {"type": "text", "model": "base", "prompt": 0, "text": "on"}
        yield 1, {"type": "text", "model": "base", "prompt": 0, "text": "e"}
        yield 2, {"type": "end", "state": "done"}

    server.stream_events = events
    heard: list[Any] = []
    bench.generate(["base", "champion"], "atl", task="t", on_text=lambda *told: heard.append(told))
    assert heard == [("base", 0, "on"), ("base", 0, "e")]
    [sent] = server.bodies("/tasks/t/generations")
    assert sent["models"] == ["base", "d" * 64]
    assert sent["prompts"] == ["atl"]


def test_models_that_do_not_exist_are_refused(bench: Bench, server: Any, wire: Any) -> None:
    with pytest.raises(InvalidInputError, match="no task is named"):
        bench.generate("base", "atl")
    server.on("GET", "/tasks/t", wire.task(champion=None))
    with pytest.raises(InvalidInputError, match="does not exist yet"):
        bench.generate("champion", "atl", task="t")
