"""What a job's card keeps of the job's events."""

from typing import Any

from workbench.widgets.job_card import add


def kept(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    result: list[dict[str, Any]] = []
    for event in events:
        result = add(result, event)
    return result


def test_only_the_last_progress_is_kept() -> None:
    told = [{"type": "progress", "done": n, "total": 9, "label": "rows"} for n in range(9)]
    assert kept(told) == told[-1:]


def test_a_curve_stays_short_and_keeps_its_first_and_last_step() -> None:
    told = [{"type": "metric", "step": n, "loss": 1.0} for n in range(5_000)]
    told.insert(7, {"type": "evaluation", "step": 0, "loss": 2.0, "on": "validation"})
    result = kept(told)
    steps = [event["step"] for event in result if event["type"] == "metric"]
    assert (steps[0], steps[-1]) == (0, 4_999)
    assert 100 <= len(steps) <= 200
    assert steps == sorted(steps)
    assert [event["loss"] for event in result if event["type"] == "evaluation"] == [2.0]


def test_of_the_notes_the_last_twenty_are_kept() -> None:
    told = [{"type": "note", "message": str(n)} for n in range(30)]
    assert [event["message"] for event in kept(told)] == [str(n) for n in range(10, 30)]


def test_what_a_card_does_not_show_is_left_out() -> None:
    told = [{"type": "utility", "coalition": "3"}, {"type": "end", "state": "done"}]
    assert kept(told) == []
