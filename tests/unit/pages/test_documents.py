import json
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from workbench import pages
from workbench.core.errors import InvalidInputError
from workbench.core.wire import EpochView, PayoutRow

NOW = datetime(2026, 11, 22, 11, 0, tzinfo=UTC)


def test_a_leaderboard_reads_back_as_it_was_written(
    epoch: Callable[..., EpochView], row: Callable[..., PayoutRow]
) -> None:
    view = epoch(row("Otomí"), returned=5)
    document = pages.leaderboard_document(view, title="Speak", metric="loss", as_of=NOW)
    found = pages.read_leaderboard(json.dumps(document).encode())
    assert (found.epoch, found.title, found.metric, found.as_of) == (view, "Speak", "loss", NOW)


def test_models_read_back_as_they_were_written(
    epoch: Callable[..., EpochView],
    row: Callable[..., PayoutRow],
    models: Callable[..., pages.PublishedModels],
) -> None:
    compared = models("b", base=(3.9, 0.1), b=(3.1, 0.1))
    document = pages.leaderboard_document(
        epoch(row()), title="Speak", metric="loss", as_of=NOW, models=compared
    )
    assert document["models"]["rows"][0]["rank"] == 1
    assert pages.read_leaderboard(json.dumps(document).encode()).models == compared
    # What was published before there were models is still read.
    del document["models"]
    assert pages.read_leaderboard(json.dumps(document).encode()).models is None


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ({"rank": 0}, "models.rows.0.rank"),
        ({"score": "NaN"}, "models.rows.0.score: Input should be a finite number"),
        ({"p": None}, "a difference has an interval, a p, a test and a verdict"),
        ({"verdict": "<b>best</b>"}, "models.rows.0.verdict"),
    ],
)
def test_damaged_models_are_named_with_their_first_fault(
    epoch: Callable[..., EpochView],
    row: Callable[..., PayoutRow],
    models: Callable[..., pages.PublishedModels],
    fault: dict[str, object],
    reason: str,
) -> None:
    compared = models("b", base=(3.9, 0.1), b=(3.1, 0.1))
    document = pages.leaderboard_document(
        epoch(row()), title="Speak", metric="loss", as_of=NOW, models=compared
    )
    document["models"]["rows"][0] |= fault
    with pytest.raises(InvalidInputError, match=reason):
        pages.read_leaderboard(json.dumps(document).encode())


def test_an_index_reads_back_with_and_without_an_epoch(
    epoch: Callable[..., EpochView], row: Callable[..., PayoutRow]
) -> None:
    entries = [
        pages.index_entry("a", title="A", metric="loss", epoch=epoch(row(), returned=1)),
        pages.index_entry("b", title="B", metric="loss"),
    ]
    found = pages.read_index(json.dumps(pages.index_document(entries, NOW)).encode())
    assert [(task.id, task.epoch, task.paid) for task in found.tasks] == [
        ("a", 3, "100000000"),
        ("b", None, "0"),
    ]
    assert found.as_of == NOW


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "no JSON"),
        (b"\x00\xff", "no JSON"),
        (b"[" * 200_000, "no JSON"),
        (b"[]", "holds a list"),
        (b"{}", "Field required"),
        (b'{"payouts": 3}', "Field required"),
    ],
)
def test_a_damaged_leaderboard_is_named_with_its_first_fault(content: bytes, reason: str) -> None:
    with pytest.raises(InvalidInputError, match=reason) as caught:
        pages.read_leaderboard(content, "speak/leaderboard.json")
    assert "speak/leaderboard.json" in caught.value.found
    assert caught.value.next_step


def test_a_damaged_index_is_named_with_its_first_fault() -> None:
    with pytest.raises(InvalidInputError, match="tasks"):
        pages.read_index(b'{"tasks": [{"title": "no id"}]}')
