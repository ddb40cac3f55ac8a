"""A task's second hidden test: only gates ask it, and nothing else tells anything of it."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.proposals.conftest import (
    N_HIDDEN,
    Place,
    fill,
    make_hard_rows,
    settings_in,
)
from tests.integration.workflows.test_sweep import age
from workbench.core.errors import InvalidInputError
from workbench.core.wire import CompareRequest, MirrorExportRequest, VerifyRequest
from workbench.workflows import compare, mirror_export, verify_home
from workbench.workflows.hidden_tests import gate_rows, hidden_rows
from workbench.workflows.home import Home
from workbench.workflows.judging import losses_of
from workbench.workflows.sweep import sweep

N_ASKED = 80
ASKED = make_hard_rows(N_ASKED, 77)


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    place = Place(Home.open(settings_in(tmp_path_factory.mktemp("sealed"))))
    asked, _ = place.home.blobs.put([ASKED])
    fill(place, gate_test_sha256=asked)
    place.train("ana")
    yield place
    place.home.close()


def test_trainings_show_their_loss_on_one_and_gates_ask_the_other(sealed: Place) -> None:
    model = sealed.train("ana", "ben")
    found = sealed.propose("ben", weights=model, contributions=sealed.ids_of("ana", "ben"))

    assert found.state == "evaluated", found.verdicts
    assert losses_of(sealed.home, found.id).champion.shape == (1, N_ASKED)
    [gate] = sealed.home.database.read("gate_of_proposal", {"proposal": found.id})
    assert gate["hidden_sha256"] == gate_rows(sealed.home, "clouds")
    shown = {
        json.loads(run["spec"])["inputs"]["test"]
        for run in sealed.home.database.read("runs", {"task": "clouds"})
    }
    assert shown == {hidden_rows(sealed.home, "clouds")}
    asked = CompareRequest(models=["base", model])
    compared = sealed.wait(compare.start(sealed.home, "clouds", asked))
    [run] = sealed.home.database.read("run_by_id", {"id": compared["run"]})
    assert json.loads(run["details"])["n_rows"] == N_HIDDEN


def test_its_rows_are_rows_that_no_contribution_may_hold(sealed: Place) -> None:
    leaked = b"".join(ASKED.splitlines(keepends=True)[:7])
    found = sealed.contribute("rita", make_hard_rows(30, 7) + leaked)
    assert found.state == "quarantined"
    assert "hidden-test-leak" in {one.code for one in found.findings}


def test_it_stays_at_home_and_is_kept(sealed: Place) -> None:
    home, private = sealed.home, gate_rows(sealed.home, "clouds")
    exported = sealed.wait(mirror_export.start_export(home, MirrorExportRequest()))
    manifest = mirror_export.exported_file(home, exported["manifest"], exported["manifest"])
    assert private not in manifest.read_text()
    age(sealed)
    sweep(home)
    assert home.blobs.has(private)
    path = home.blobs.path(private)
    path.rename(path.with_suffix(".away"))
    found = sealed.wait(verify_home.start(home, VerifyRequest(files=True)))
    path.with_suffix(".away").rename(path)
    assert "the gate test of task clouds" in str(found["first_bad"])
    found = sealed.wait(verify_home.start(home, VerifyRequest(files=True)))
    assert found["state"] == "verified", found["first_bad"]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (
            make_hard_rows(N_HIDDEN, 99) + ASKED,
            f"{N_HIDDEN} rows of the gate's test are in the hidden",
        ),
        (make_hard_rows(49, 77), "49 documents"),
        (b'{"features": ["x", 1], "label": "low"}\n', "the gate's test is not accepted"),
    ],
)
def test_a_gates_test_that_cannot_be_one_is_refused(
    tmp_path: Path, asked: bytes, said: str
) -> None:
    home = Home.open(settings_in(tmp_path))
    place = Place(home)
    digest, _ = home.blobs.put([asked])
    with pytest.raises(InvalidInputError, match=said):
        place.open_for_proposals(gate_test_sha256=digest)
    assert home.database.read("tasks", {"id": None}) == []
    home.close()
