"""Logging a run is work of its own, and never a reason for other work to fail."""

from types import SimpleNamespace
from typing import Any, cast

from workbench.core.errors import TooManyJobsError
from workbench.workflows import track
from workbench.workflows.home import Home


def test_a_full_queue_leaves_the_run_pending() -> None:
    asked: list[tuple[str, str]] = []

    def start(verb: str, task: str, _request: dict[str, Any], *, again: bool) -> None:
        assert again
        asked.append((verb, task))
        raise TooManyJobsError("100 jobs wait already")

    home = SimpleNamespace(jobs=SimpleNamespace(start=start))
    track.start(cast("Home", home), "clouds", "r")
    assert asked == [("track", "clouds")]
