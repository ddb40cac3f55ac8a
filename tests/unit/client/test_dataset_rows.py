"""Datasets become rows by what they hold, however they were made."""

import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import datasets
import numpy as np
import pytest

from workbench.client.dataset_rows import dataset_batches
from workbench.client.sources import hidden_test, read_source
from workbench.core.errors import InvalidInputError, TooLargeError

LIMIT = 100_000
ROWS = {"text": ["b", "a", None], "n": [2, 1, 3]}
LISTED: list[dict[str, Any]] = [
    {"text": "b", "n": 2},
    {"text": "a", "n": 1},
    {"text": None, "n": 3},
]


def content(source: Any) -> bytes:
    found = read_source(source, LIMIT).content
    assert isinstance(found, bytes)
    return found


def lines(source: Any) -> list[Any]:
    return [json.loads(line) for line in content(source).splitlines()]


def stream() -> Iterator[dict[str, Any]]:
    yield from LISTED


def made_in_every_way() -> dict[str, Any]:
    made = datasets.Dataset.from_dict(ROWS)
    return {
        "list": LISTED,
        "mapped": made.map(lambda row: row, load_from_cache_file=False),
        "columns in another order": made.select_columns(["n", "text"]),
        "chosen rows": made.select([2, 1, 0]).select([2, 1, 0]),
        "with a format": made.with_format("numpy"),
        "streamed": made.to_iterable_dataset(),
        "a stream that does not know its columns": datasets.IterableDataset.from_generator(stream),
        "one split": datasets.DatasetDict({"train": made}),
        "one streamed split": datasets.IterableDatasetDict({"test": made.to_iterable_dataset()}),
        "in two parts": datasets.concatenate_datasets([made.select([0]), made.select([1, 2])]),
    }


def test_the_same_rows_are_the_same_bytes_however_a_dataset_was_made() -> None:
    made = made_in_every_way()
    fingerprints = {d._fingerprint for d in made.values() if isinstance(d, datasets.Dataset)}
    assert len(fingerprints) > 2
    assert {name: content(source) for name, source in made.items()} == dict.fromkeys(
        made, b'{"n": 2, "text": "b"}\n{"n": 1, "text": "a"}\n{"n": 3, "text": null}\n'
    )


def test_other_rows_or_another_order_are_other_bytes() -> None:
    made = datasets.Dataset.from_dict(ROWS)
    assert len({content(made), content(made.select([1, 0, 2])), content(made.select([0, 1]))}) == 3


def test_whole_numbers_stay_whole_beside_a_missing_one() -> None:
    made = datasets.Dataset.from_dict({"n": [1, None], "x": [0.5, float("nan")]})
    assert content(made) == b'{"n": 1, "x": 0.5}\n{"n": null, "x": null}\n'


def test_classes_are_named_and_a_negative_one_is_missing() -> None:
    features = datasets.Features({"label": datasets.ClassLabel(names=["low", "high"])})
    made = datasets.Dataset.from_dict({"label": [1, 0, -1, None]}, features=features)
    expected = [{"label": name} for name in ("high", "low", None, None)]
    assert lines(made) == lines(made.to_iterable_dataset()) == expected


def test_lists_of_numbers_and_times_are_taken() -> None:
    when = datetime(2026, 1, 2, tzinfo=UTC)
    made = datasets.Dataset.from_dict(
        {"features": [[1.5, 2.0]], "n": [np.array([1, 2])], "t": [when]}
    )
    assert lines(made) == [{"features": [1.5, 2.0], "n": [1, 2], "t": "2026-01-02T00:00:00+00:00"}]


def test_lists_of_messages_are_taken() -> None:
    messages = [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]
    made = datasets.Dataset.from_list([{"messages": messages}])
    for source in (made, made.to_iterable_dataset()):
        assert lines(source) == [{"messages": messages}]


REFUSED: dict[str, tuple[Any, str]] = {
    "bytes": (datasets.Value("binary"), "binary"),
    "picture": (datasets.Image(), "binary"),
    "sound": (datasets.Audio(), "binary"),
    "fields": ({"x": datasets.Value("string")}, "nested"),
    "texts": (datasets.List(datasets.Value("string")), "nested"),
    "lists": (datasets.List(datasets.List(datasets.Value("int32"))), "nested"),
    "matrix": (datasets.Array2D((2, 2), "float32"), "nested"),
    "languages": (datasets.Translation(["es", "nah"]), "nested"),
}


@pytest.mark.parametrize("case", REFUSED)
@pytest.mark.parametrize("streamed", [False, True])
def test_a_nested_or_binary_column_is_refused_by_name_unread(case: str, streamed: bool) -> None:
    feature, kind = REFUSED[case]
    features = datasets.Features({"text": datasets.Value("string"), "extra": feature})
    made: Any = datasets.Dataset.from_dict({"text": ["a"], "extra": [None]}, features=features)
    with pytest.raises(InvalidInputError, match=f"column 'extra' of the dataset is {kind}") as e:
        read_source(made.to_iterable_dataset() if streamed else made, LIMIT)
    assert e.value.facts["column"] == "extra"
    assert e.value.next_step == "flatten it, or leave it out: remove_columns('extra')"


@pytest.mark.parametrize(
    ("value", "kind"), [(b"\xff", "binary"), ({"x": 1}, "nested"), ([["a"]], "nested")]
)
def test_a_stream_without_known_columns_is_checked_row_by_row(value: object, kind: str) -> None:
    def rows() -> Iterator[dict[str, Any]]:
        yield {"text": "a"}
        yield {"text": "b", "extra": value}

    with pytest.raises(InvalidInputError, match=f"column 'extra' is {kind}: row 1") as caught:
        read_source(datasets.IterableDataset.from_generator(rows), LIMIT)
    assert (caught.value.facts["row"], caught.value.facts["column"]) == (1, "extra")


def test_a_stream_without_end_is_read_up_to_the_limit() -> None:
    n_read = [0]

    def rows() -> Iterator[dict[str, Any]]:
        while True:
            n_read[0] += 1
            yield {"text": "x" * 80}

    for read in (read_source, hidden_test):
        endless = datasets.IterableDataset.from_generator(rows)
        with pytest.raises(TooLargeError, match="as JSON Lines") as caught:
            read(endless, LIMIT)
        assert caught.value.facts["limit"] == LIMIT
        assert "100,000" in caught.value.wanted
        assert "take(n)" in caught.value.next_step
    assert n_read[0] < 10_000


def test_several_splits_are_named_and_one_must_be_chosen() -> None:
    made = datasets.Dataset.from_dict(ROWS)
    with pytest.raises(InvalidInputError, match="the splits train, test") as caught:
        read_source(datasets.DatasetDict({"train": made, "test": made}), LIMIT)
    assert "dataset['train']" in caught.value.next_step
    with pytest.raises(InvalidInputError, match="has no split"):
        read_source(datasets.DatasetDict(), LIMIT)


@pytest.mark.parametrize("rows", [{}, {"text": []}])
def test_a_dataset_without_rows_is_refused(rows: dict[str, list[str]]) -> None:
    with pytest.raises(InvalidInputError, match="is empty"):
        read_source(datasets.Dataset.from_dict(rows), LIMIT)


def test_nobody_else_imports_datasets(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "datasets"]:
        monkeypatch.delitem(sys.modules, name)
    assert dataset_batches([{"text": "a"}]) is None
    assert lines([{"text": "a"}]) == [{"text": "a"}]
    assert "datasets" not in sys.modules
