"""Proposals from their commitment to their verdict, with real trainings and real gates."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from tests.integration.proposals.conftest import (
    N_HIDDEN,
    Place,
    fill,
    make_hard_rows,
    settings_in,
)
from tests.integration.workflows.test_withdraw import take_back
from workbench.core.commitment import make_salt
from workbench.core.errors import (
    ConflictError,
    ForbiddenError,
    InvalidInputError,
    NotFoundError,
)
from workbench.core.keys import PrivateKey
from workbench.storage.task import insert_hidden_rows
from workbench.training.tabular_model import TabularModel
from workbench.workflows import join
from workbench.workflows.home import Home
from workbench.workflows.judging import losses_of
from workbench.workflows.proposals import get_proposal
from workbench.workflows.scheduler import Asking


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A place where people propose and nobody merges: the champion stays."""
    place = Place(Home.open(settings_in(tmp_path_factory.mktemp("judging"))))
    fill(place, gate_budget=100)
    place.train("ana")
    model = place.train("ana", "ben")
    first = place.propose("ben", weights=model, contributions=place.ids_of("ana", "ben"))
    assert first.state == "evaluated", first.verdicts
    yield place
    place.home.close()


def first_of(place: Place) -> Any:
    [row, *_] = place.home.database.read("proposals", {"task": "clouds"})
    return row


def arrays_of(place: Place, digest: str) -> dict[str, Any]:
    return load_file(place.home.blobs.path(digest))


def uploaded(place: Place, folder: Path, model: str, *, shift: float) -> str:
    """Return a model whose numbers are another's, but for a shift."""
    known = TabularModel.load(place.home.blobs.path(model))
    moved = {
        name: array + np.asarray(shift, dtype=array.dtype) if array.dtype.kind == "f" else array
        for name, array in known.arrays.items()
    }
    path = replace(known, arrays=moved).save(folder)
    return place.home.blobs.put_file(path)[0]


def reason_of(found: Any) -> tuple[str, str]:
    """Return state and reason of a proposal, which its last verdict says too."""
    assert found.remedy
    assert found.verdicts[-1].reason == found.reason
    assert found.verdicts[-1].found
    return found.state, found.reason


def test_a_better_model_passes_its_gate(shared: Place) -> None:
    row = first_of(shared)
    found = get_proposal(shared.home, row["id"])
    [verdict] = found.verdicts
    assert (found.state, found.reason, verdict.decision) == ("evaluated", "", "passed")
    assert [one.holds for one in verdict.conditions] == [True] * 3
    assert int(verdict.gain) > 0
    # Whom it is to follow stands until it merges.
    assert shared.champion() == found.base != found.model
    assert losses_of(shared.home, found.id).champion.shape == (1, N_HIDDEN)


def test_the_champion_stays_though_better_models_are_trained(shared: Place) -> None:
    before = shared.champion()
    shared.train("ben")
    assert shared.champion() == before


def test_a_model_no_better_is_refused(shared: Place) -> None:
    model = shared.train("ana", inverse_regularisation=0.5)
    found = shared.propose("ana", weights=model, contributions=shared.ids_of("ana"))
    assert reason_of(found) == ("rejected", "no-better")


def test_the_same_weights_are_a_copy(shared: Place) -> None:
    found = shared.propose(
        "rita", weights=first_of(shared)["model"], contributions=shared.ids_of("ana", "ben")
    )
    assert reason_of(found) == ("rejected", "copy")
    assert found.verdicts[-1].gain == "0"


def test_the_champion_itself_is_a_copy(shared: Place) -> None:
    found = shared.propose("ana", weights=shared.champion(), contributions=shared.ids_of("ana"))
    assert reason_of(found) == ("rejected", "copy")


def test_the_same_answers_are_a_copy(shared: Place, tmp_path: Path) -> None:
    model = uploaded(shared, tmp_path, first_of(shared)["model"], shift=1e-9)
    assert model != first_of(shared)["model"]
    found = shared.propose("rita", weights=model)
    assert reason_of(found) == ("rejected", "copy")
    assert "the same answers as" in found.verdicts[-1].found


def test_a_model_of_others_is_not_yours(shared: Place) -> None:
    as_ben = replace(shared.home, asking=Asking("ben", "normal"))
    theirs = Place(as_ben, shared.keys)
    model = theirs.train("ben", inverse_regularisation=0.3)
    ids = shared.ids_of("ben")
    assert reason_of(shared.propose("rita", weights=model, contributions=ids)) == (
        "rejected", "not-yours",
    )  # fmt: skip
    assert shared.propose("ben", weights=model, contributions=ids).reason != "not-yours"


def test_data_that_is_not_named_is_refused(shared: Place) -> None:
    model = shared.train("ana", "ben", inverse_regularisation=0.2)
    found = shared.propose("ben", weights=model, contributions=shared.ids_of("ben"))
    assert reason_of(found) == ("rejected", "data-undeclared")


def test_a_contribution_with_the_hidden_test_is_a_leak(shared: Place) -> None:
    # The gates stop it; its owner trains elsewhere, and names it.
    leaked = b"".join(make_hard_rows(N_HIDDEN, 99).splitlines(keepends=True)[:7])
    waiting = shared.contribute("rita", make_hard_rows(30, 7) + leaked)
    assert waiting.state == "quarantined"
    ids = sorted([waiting.id, *shared.ids_of("ben")])
    found = shared.propose("rita", recipe={"iterations": 50}, contributions=ids)
    assert reason_of(found) == ("rejected", "leak")


def test_rows_of_the_hidden_test_that_got_through_are_a_leak(shared: Place) -> None:
    known = shared.contribute("rita", make_hard_rows(9, 71))
    asked = {"task": "clouds", "claim": 2**62}
    known_rows = shared.home.database.read("known_rows", asked)
    theirs = [row["sha256"] for row in known_rows if row["owner"] == "rita"]
    # As if the gates had not known of it.
    shared.home.database.write(lambda tx: insert_hidden_rows(tx, "clouds", theirs[:1]))
    found = shared.propose("rita", recipe={"iterations": 51}, contributions=[known.id])
    take_back(shared, known)
    assert reason_of(found) == ("rejected", "leak")


def test_a_gate_goes_on_when_rows_of_earlier_models_are_withdrawn(shared: Place) -> None:
    theirs = shared.contribute("rita", make_hard_rows(40, 8))
    model = shared.train("rita", "ben")
    before = shared.propose("rita", weights=model, contributions=shared.ids_of("rita", "ben"))
    assert before.verdicts[-1].conditions
    take_back(shared, theirs)
    other = shared.train("ben", inverse_regularisation=0.017)
    after = shared.propose("ben", weights=other, contributions=shared.ids_of("ben"))
    assert after.verdicts[-1].conditions


def test_weights_that_are_not_finite_are_refused(shared: Place, tmp_path: Path) -> None:
    arrays = arrays_of(shared, first_of(shared)["model"])
    name = next(name for name, array in arrays.items() if array.dtype.kind == "f")
    arrays[name] = np.full_like(arrays[name], np.nan)
    save_file(arrays, tmp_path / "bad.safetensors")
    digest, _ = shared.home.blobs.put([(tmp_path / "bad.safetensors").read_bytes()])
    assert reason_of(shared.propose("rita", weights=digest)) == ("rejected", "not-finite")


@pytest.mark.parametrize("content", [b"", b"\x80\x04cposix\nsystem\n", b"{}" * 100])
def test_what_is_no_safetensors_is_refused(shared: Place, content: bytes) -> None:
    digest, _ = shared.home.blobs.put([content])
    assert reason_of(shared.propose("rita", weights=digest)) == ("rejected", "no-weights")


def test_weights_of_another_kind_of_model_are_refused(shared: Place, tmp_path: Path) -> None:
    save_file({"w": np.ones((2, 2), dtype=np.float32)}, tmp_path / "odd.safetensors")
    digest, _ = shared.home.blobs.put([(tmp_path / "odd.safetensors").read_bytes()])
    found = shared.propose("rita", weights=digest)
    assert found.state == "rejected"
    assert found.reason in {"no-weights", "unfit-model"}
    # Nobody else's gate has to open them.
    model = shared.train("ben", inverse_regularisation=0.07)
    after = shared.propose("ben", weights=model, contributions=shared.ids_of("ben"))
    assert after.verdicts[-1].conditions


def test_a_recipe_is_trained_again_by_the_server(shared: Place) -> None:
    ids = shared.ids_of("ben")
    found = shared.propose("ben", recipe={"inverse_regularisation": 5.0}, contributions=ids)
    assert found.weights is None
    assert found.model in {
        row["digest"] for row in shared.home.database.read("models_of_task", {"task": "clouds"})
    }
    assert found.state == "evaluated", found.verdicts


def test_what_is_shown_is_what_was_committed_to(shared: Place) -> None:
    known = first_of(shared)["model"]
    revealed = shared.commit_to("ben", shared.body("ben", weights=known))
    with pytest.raises(InvalidInputError, match="the commitment says"):
        shared.reveal("ben", revealed | {"salt": make_salt()})
    with pytest.raises(ForbiddenError, match="signs for 'rita'"):
        shared.reveal("rita", revealed)
    with pytest.raises(NotFoundError, match="commitment"):
        shared.reveal("ben", revealed | {"commitment": "0" * 64})
    # Weights that are nowhere cannot be judged.
    gone = shared.commit_to("ben", shared.body("ben", weights="1" * 64))
    with pytest.raises(NotFoundError, match="no file 1111"):
        shared.reveal("ben", gone)


def test_a_base_that_is_not_the_champion_is_stale(shared: Place) -> None:
    model = shared.train("ben", inverse_regularisation=0.11)
    body = shared.body("ben", weights=model, base="2" * 64, contributions=shared.ids_of("ben"))
    with pytest.raises(ConflictError, match="not the champion") as caught:
        shared.reveal("ben", shared.commit_to("ben", body))
    assert caught.value.facts["reason"] == "stale"


def test_a_share_of_somebody_unknown_is_refused(shared: Place) -> None:
    shares = [{"role": "author", "owner": "nobody-here", "part": "1"}]
    body = shared.body("ben", weights=first_of(shared)["model"], shares=shares)
    with pytest.raises(NotFoundError, match="nobody-here"):
        shared.reveal("ben", shared.commit_to("ben", body))


def test_the_same_record_again_changes_nothing(shared: Place) -> None:
    model = shared.train("ben", inverse_regularisation=0.13)
    ids = shared.ids_of("ben")
    revealed = shared.commit_to("ben", shared.body("ben", weights=model, contributions=ids))
    first = shared.judged(shared.reveal("ben", revealed))
    assert shared.judged(shared.reveal("ben", revealed)) == first
    # The same body by another principal of the group is another record.
    shared.keys["ben-too"] = PrivateKey.make()
    join.register(
        shared.home, shared.sign("ben-too", "principal", {"name": "ben-too", "owner": "ben"})
    )
    with pytest.raises(ConflictError, match="opened before"):
        shared.reveal("ben-too", revealed)
