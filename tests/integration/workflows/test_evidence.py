"""What values rest on is sealed with its number of trainings: later ones change nothing."""

from collections.abc import Callable

import pytest

from tests.integration.workflows.conftest import Lab, make_rows
from tests.integration.workflows.test_recompute import STUDY_STEPS, states, valued
from workbench.core.canonical import content_id
from workbench.registry.valuation import evidence_digest
from workbench.storage.coalitions import coalition_of, words_of
from workbench.workflows.recompute import recompute


@pytest.mark.parametrize("method", ["exact", "antithetic", "surrogate"])
def test_trainings_that_come_later_change_no_sealed_study(
    open_lab: Callable[[], Lab], method: str
) -> None:
    lab = open_lab()
    lab.open_task(recipe={"utility": "ridge"})
    lab.contribute_all()
    valued(lab)
    lab.contribute("zoe", make_rows(9, 5))
    study = valued(lab, method=method, budget=None if method == "exact" else 30, n_replicates=2)
    evidence = lab.home.database.read("study_coalitions", {"study": study})
    given = [row for row in evidence if row["is_given"]]
    assert {row["n_replicates"] for row in given} == {1}
    assert {row["n_replicates"] for row in evidence if not row["is_given"]} == {2}
    assert states(recompute(lab.home, study)) == dict.fromkeys(STUDY_STEPS, "same")

    [row] = lab.home.database.read("study_by_id", {"id": study})
    late = {
        "game": row["game"], "replicate": 1, "utility": 99.0, "block_utilities": [99.0] * 8,
        "seed": "1", "job": "later", "seconds": 0.1, "now": row["created_at"],
    }  # fmt: skip
    for one in given:
        words = words_of(coalition_of(one["coalition"]))
        told = late | {"coalition": one["coalition"], "words": words}
        lab.home.database.write(lambda tx, told=told: tx.execute("insert_evaluation", told))

    assert lab.home.database.read("study_coalitions", {"study": study}) == evidence
    assert states(recompute(lab.home, study)) == dict.fromkeys(STUDY_STEPS, "same")


def test_a_seal_from_before_the_number_was_recorded_still_holds() -> None:
    rows = [{"coalition": "3", "utility": -0.5}, {"coalition": "5", "utility": 0.25}]
    assert evidence_digest(rows) == content_id([["3", -0.5], ["5", 0.25]])
    recorded = [row | {"n_replicates": None} for row in rows]
    assert evidence_digest(recorded) == evidence_digest(rows)
    counted = [row | {"n_replicates": 2} for row in rows]
    assert evidence_digest(counted) == content_id([["3", -0.5, 2], ["5", 0.25, 2]])
