"""A server that is killed while gates run goes on with the contribution, and counts it once."""

from pathlib import Path
from typing import Any

import pytest

from workbench.client import launch
from workbench.client.bench import Bench
from workbench.client.progress import Silent
from workbench.client.task import Task
from workbench.client.transport import Transport
from workbench.core.settings import Settings
from workbench.intake.gates import GATES

LICENSE = "CC-BY-4.0"
N_ROWS = 6

# Kills itself, once a verb, where the test says: when a gate ends, or once rows are recorded.
FRAGILE_SERVER = """
import os, signal, sys
from pathlib import Path
from workbench.workflows import contribute, jobs

def die_once(verb):
    marker = Path(os.environ["TEST_MARKERS"]) / verb
    if not marker.exists():
        marker.touch()
        os.kill(os.getpid(), signal.SIGKILL)

emit, count_rows = jobs.Report.emit, contribute.count_rows

def emit_or_die(report, event):
    emit(report, event)
    if event.get("gate") == os.environ["TEST_PLACE"] and event["state"] == "finished":
        die_once(report._verb_of_test)

def count_or_die(home, *args):
    if os.environ["TEST_PLACE"] == "recorded":
        die_once("submit")
    count_rows(home, *args)

from workbench.workflows import handlers

def named(verb, handler):
    def handle(home, request, report):
        jobs.Report._verb_of_test = verb
        return handler(home, request, report)
    return handle

for verb in ("contribute", "submit"):
    handlers.HANDLERS[verb] = named(verb, handlers.HANDLERS[verb])
jobs.Report.emit, contribute.count_rows = emit_or_die, count_or_die
from workbench.server.__main__ import main
sys.exit(main())
"""


def rows(n_rows: int) -> list[dict[str, Any]]:
    return [{"features": [n / 7, n % 3], "label": "lh"[n % 2]} for n in range(n_rows)]


@pytest.fixture
def markers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where servers of this test note that they have died."""
    script = tmp_path / "fragile_server.py"
    script.write_text(FRAGILE_SERVER)
    monkeypatch.setattr(launch, "COMMAND", (launch.COMMAND[0], str(script)))
    folder = tmp_path / "markers"
    folder.mkdir()
    monkeypatch.setenv("TEST_MARKERS", str(folder))
    return folder


@pytest.mark.parametrize(
    ("place", "dies_in"),
    [
        (GATES[0], {"contribute", "submit"}),
        (GATES[-1], {"contribute", "submit"}),
        ("recorded", {"submit"}),
    ],
)
def test_a_contribution_goes_on_after_its_server_was_killed(
    place: str,
    dies_in: set[str],
    markers: Path,
    transport: Transport,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TEST_PLACE", place)
    bench = Bench(transport, settings.keys_dir, "sponsor", settings=settings, make_display=Silent)
    task: Task = bench.open_task(
        "clouds", title="Two clouds", kind="tabular-classification",
        test=[{"features": [9.5, n], "label": "lh"[n % 2]} for n in range(8)],
        licenses=[LICENSE], classes=["l", "h"], n_features=2, sign=True,
    )  # fmt: skip
    person = bench.as_("ana")
    given = person.task(task.id).contribute(rows(N_ROWS), license=LICENSE, sign=True)
    assert (given.state, given.view.n_rows) == ("accepted", N_ROWS)

    assert {marker.name for marker in markers.iterdir()} == dies_in
    jobs = bench.jobs().set_index("verb")
    for verb in ("contribute", "submit"):
        job = bench.job(jobs.loc[verb, "id"])
        assert (job.view.state, job.view.attempts) == ("done", 1 + (verb in dies_in))
    counted = bench.sql("select kind, count(*)::int as n from record group by kind")
    kinds = dict(zip(counted["kind"], counted["n"], strict=True))
    assert (kinds["consent"], kinds["contribution"]) == (1, 1)
    assert len(task.contributions()) == 1
    assert task.refresh().view.n_rows == N_ROWS
    assert bench.verify(files=True).is_whole
