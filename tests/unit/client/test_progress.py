"""Progress is quiet for short work, and fits the place where it is shown."""

import io
from typing import Any

import pytest
from rich.console import Console

from workbench.client import progress
from workbench.client.progress import (
    Bar,
    Lines,
    Meter,
    NotebookBar,
    Silent,
    bar_html,
    choose_display,
    in_notebook,
    time_left,
)


class Recorder:
    """A display that remembers."""

    def __init__(self) -> None:
        self.shown: list[tuple[str, float, float, str]] = []
        self.closed = 0

    def update(self, label: str, done: float, total: float, note: str, left: str) -> None:
        self.shown.append((label, done, total, note))
        self.left = left

    def close(self) -> None:
        self.closed += 1


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "_QUIET_SECONDS", 0.0)


def test_short_work_shows_nothing() -> None:
    recorder = Recorder()
    with Meter("train", lambda: recorder) as meter:
        meter.update("train", 1, 2)
    assert (recorder.shown, recorder.closed) == ([], 0)


@pytest.mark.usefixtures("at_once")
def test_events_move_the_display_and_it_is_closed() -> None:
    recorder = Recorder()
    with Meter("job", lambda: recorder) as meter:
        meter.event({"type": "progress", "done": 1, "total": 4, "label": "train"})
        meter.event({"type": "metric", "step": 1, "loss": 2.5, "tokens_per_second": 10.0})
        meter.event({"type": "progress", "done": 2, "total": 4, "label": "train"})
        meter.event({"type": "note", "message": "nearly"})
        meter.event({"type": "unknown"})
        meter.event({"type": "progress", "done": 4, "total": 4, "label": "train"})
        meter.event({"type": "note", "message": "logging to MLflow"})
    assert recorder.shown[-6:] == [
        ("train", 1, 4, ""),
        ("train", 1, 4, "loss 2.500, 10 tokens/s"),
        ("train", 2, 4, "loss 2.500, 10 tokens/s"),
        ("train", 2, 4, "nearly"),
        ("train", 4, 4, "nearly"),
        ("logging to MLflow", 0, 0, ""),
    ]
    assert recorder.closed == 1


@pytest.mark.usefixtures("at_once")
def test_who_comes_late_sees_the_time_left_that_was_measured() -> None:
    recorder = Recorder()
    with Meter("job", lambda: recorder) as meter:
        # All at once: here nothing could be measured.
        for done in range(1, 51):
            left = {"seconds_left": 240.0} if done > 1 else {}
            meter.event({"type": "progress", "done": done, "total": 100, "label": "t"} | left)
            meter.event({"type": "metric", "step": done, "loss": 2.0, "tokens_per_second": 1e3})
        assert recorder.left == "about 4 min left"
    assert recorder.shown[-1] == ("t", 50, 100, "loss 2.000, 1,000 tokens/s")


def test_a_log_gets_a_line_for_each_tenth(capsys: pytest.CaptureFixture[str]) -> None:
    lines = Lines()
    for done in range(101):
        lines.update("train", done, 100, "loss 1.0" if done == 50 else "", "")
    lines.close()
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 10
    assert said[4] == "train: 50 %, loss 1.0"
    assert said[9].startswith("train: 100 %")


def test_a_log_names_work_of_unknown_length_once(capsys: pytest.CaptureFixture[str]) -> None:
    lines = Lines()
    lines.update("logging to MLflow", 0, 0, "", "")
    lines.update("logging to MLflow", 0, 0, "", "")
    assert capsys.readouterr().err == "logging to MLflow …\n"


def test_a_terminal_gets_a_bar() -> None:
    screen = io.StringIO()
    bar = Bar(Console(file=screen, force_terminal=True, width=100))
    bar.update("fill the [bold]cache", 1, 4, "", "")
    bar.update("train", 3, 4, "loss 1.0", "about 7 s left")
    bar.close()
    assert "fill the [bold]cache" in screen.getvalue()
    assert "75%" in screen.getvalue()
    assert "about 7 s left" in screen.getvalue()


def test_a_notebook_gets_a_native_element_with_escaped_words() -> None:
    html = bar_html("<b>", 1, 4, "<i>", "about 3 s left")
    assert "<b>" not in html
    assert "<i>" not in html
    assert '<progress value="1" max="4">' in html
    assert "25 %" in html
    assert "about 3 s left" in html


def test_work_of_unknown_length_has_an_element_without_value() -> None:
    assert "<progress></progress>" in bar_html("train", 0, 0, "", "")


def test_a_notebook_bar_is_redrawn_in_place_and_taken_away() -> None:
    drawn: list[tuple[str, str]] = []

    class Handle:
        def display(self, bundle: dict[str, Any], **_: Any) -> None:
            drawn.append(("display", bundle["text/html"]))

        def update(self, bundle: dict[str, Any], **_: Any) -> None:
            drawn.append(("update", bundle["text/html"]))

    bar = NotebookBar()
    bar._handle = Handle()  # type: ignore[assignment]
    bar.update("train", 1, 2, "", "")
    bar.update("train", 2, 2, "", "")
    bar.close()
    assert [how for how, _ in drawn] == ["display", "update", "update"]
    assert drawn[-1][1] == ""


def test_outside_a_notebook_is_no_notebook() -> None:
    assert not in_notebook()


@pytest.mark.parametrize(("choice", "kind"), [("none", Silent), ("lines", Lines), ("", Lines)])
def test_the_environment_chooses_the_display(
    choice: str, kind: type, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORKBENCH_PROGRESS", choice)
    assert isinstance(choose_display()(), kind)


def test_time_left_is_said_once_there_is_speed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress.time, "monotonic", lambda: 110.0)
    assert time_left((100.0, 0), 5, 10) == "about 10 s left"
    assert time_left((100.0, 0), 1, 31) == "about 5 min left"
    assert time_left((100.0, 5), 5, 10) == ""
