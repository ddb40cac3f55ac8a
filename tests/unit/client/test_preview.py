"""A preview says in words and numbers that it is indicative."""

from typing import Any

from workbench.client.bench import Bench
from workbench.client.preview import Preview

RESULT = {
    "indicative": True,
    "meaning": "indicative: one training was watched",
    "owners": [
        {"owner": "ben", "value": -0.1, "raw": -0.3, "n_rows": 9, "n_rows_seen": 4},
        {"owner": "<b>ana", "value": 0.5, "raw": 1.5, "n_rows": 20, "n_rows_seen": 8},
    ],
    "gain": 0.4,
    "rescaled": True,
    "overhead": 2.4,
}


def test_owners_come_best_first_with_what_was_seen_of_them() -> None:
    preview = Preview("t", RESULT)
    assert preview.values.to_dict("list") == {
        "owner": ["<b>ana", "ben"], "n_rows": [20, 9], "n_rows_seen": [8, 4], "value": [0.5, -0.1],
    }  # fmt: skip
    assert preview.is_indicative


def test_its_text_says_what_it_means_and_what_it_cost() -> None:
    text = repr(Preview("t", RESULT))
    assert "indicative: one training was watched" in text
    assert "2.4 times" in text
    assert "raw numbers" in repr(Preview("t", RESULT | {"rescaled": False}))
    assert "<b>ana" not in Preview("t", RESULT)._repr_html_()


def test_a_bench_asks_for_it_and_waits(bench: Bench, server: Any, wire: Any) -> None:
    server.on("GET", "/tasks/t", wire.task())
    done = wire.job(state="done", result=RESULT)
    server.on("POST", "/tasks/t/previews", done)
    server.on("GET", f"/jobs/{'a' * 64}", done)
    found = bench.preview("t", owners=["ben"], n_watched_rows=4)
    assert found.result == RESULT
    [sent] = server.bodies("/tasks/t/previews")
    assert sent == {"size": None, "owners": ["ben"], "parameters": {"n_watched_rows": 4}}
