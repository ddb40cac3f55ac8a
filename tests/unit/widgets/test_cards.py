"""Cards and wizards as the kernel makes them: traits, fallbacks, refusals."""

from datetime import UTC, datetime
from typing import Any

import pytest

from workbench.client.comparison import Comparison
from workbench.client.proposal import Diff, ProposedModel
from workbench.client.run import Run
from workbench.core.errors import InvalidInputError
from workbench.core.wire import DiffView, ProposalView, RunView, ShareView

VIEW = "application/vnd.jupyter.widget-view+json"
SCORE = {
    "metric": "loss-per-token", "score": 2.0, "low": 1.9, "high": 2.1, "difference": None,
    "difference_low": None, "difference_high": None, "p": None, "test": None, "verdict": None,
}  # fmt: skip
DETAILS = {
    "rows": [{"model": "base"}, {"model": "m" * 64}],
    "metrics": [{"metric": "loss-per-token", "unit": "nats a token", "better": "lower"}],
    "scores": [
        SCORE | {"model": "base"},
        SCORE | {"model": "m" * 64, "difference": -0.1, "difference_low": -0.2}
        | {"difference_high": -0.05, "p": 0.01, "test": "sign-flip, exact", "verdict": "better"},
    ],
    "slices": [], "disagreements": [], "generations": [], "n_rows": 20, "confidence": 0.95,
}  # fmt: skip


def view(**changes: Any) -> RunView:
    """Return a fine-tune as the server sends it."""
    run = {
        "id": "r" * 64, "task": "speech", "kind": "fine-tune", "model": "m" * 64,
        "metrics": {"loss": 2.0}, "details": {"curve": [[1, 3.0]], "size": "quick"},
        "tracking_state": "pending", "tracking_run": None,
        "created_at": datetime(2026, 11, 1, tzinfo=UTC),
    }  # fmt: skip
    return RunView(**(run | changes))


def test_a_run_carries_its_table_for_readers_without_a_kernel(widgets: Any) -> None:
    bundle, _ = widgets.RunCard(Run(view()))._repr_mimebundle_()
    assert {VIEW, "text/html", "text/plain"} <= bundle.keys()
    assert "fine-tune rrrrrrrrrrrr of speech" in bundle["text/plain"]


def test_a_comparison_is_told_whole_and_its_runs_in_short(widgets: Any) -> None:
    found = Comparison(view(kind="comparison", model=None, details=DETAILS), "m" * 64)
    others = [view(), view(id="o" * 64, model="x" * 64)]
    card = widgets.CompareView(comparison=found, runs=others)
    assert card.told["champion"] == "m" * 64
    assert [run["model"] for run in card.told["runs"]] == ["m" * 64]
    assert card.told["runs"][0]["details"] == {"size": "quick"}
    assert card.state["run"] == found.id
    bundle, _ = card._repr_mimebundle_()
    assert "is better than base" in bundle["text/plain"]


def test_what_no_page_can_hold_is_refused(widgets: Any) -> None:
    with pytest.raises(InvalidInputError, match="9 models"):
        widgets.CompareView("speech", ["m"] * 9)
    with pytest.raises(InvalidInputError, match="no size 'huge'"):
        widgets.FineTuneWizard("speech", size="huge")


def test_the_wizard_keeps_what_the_page_has_chosen(widgets: Any) -> None:
    wizard = widgets.FineTuneWizard("speech", size="quick")
    assert wizard.state == {"task": "speech", "size": "quick"}
    assert wizard.job is None
    wizard.state = {"task": "speech", "size": "quick", "job": "j"}
    assert wizard.job == "j"
    bundle, _ = wizard._repr_mimebundle_()
    assert "speech" in bundle["text/plain"]


def test_a_proposal_carries_its_table_for_readers_without_a_kernel(widgets: Any) -> None:
    now = datetime(2026, 11, 1, tzinfo=UTC)
    told = ProposalView(
        id="a" * 64, task="hills", owner="ben", base="b" * 64, recipe=None, weights="c" * 64,
        contributions=[], shares=[ShareView(role="author", owner="ben", part="1")],
        claim="<b>better</b>", state="rejected", reason="copy", remedy="propose your own",
        model="c" * 64, again_at=None, verdicts=[], reviews=[], approvals=0, approvals_wanted=1,
        pays=None, merge=None, job=None, created_at=now, updated_at=now,
    )  # fmt: skip
    diff = DiffView(
        proposal="a" * 64, champion="b" * 64, challenger="c" * 64, parameters=[], data=[],
        n_parameters=None, groups=[],
    )  # fmt: skip
    card = widgets.ProposalCard(ProposedModel(told, Diff(diff)))
    assert (card.told["reason"], card.diff["challenger"]) == ("copy", "c" * 64)
    bundle, _ = card._repr_mimebundle_()
    assert {VIEW, "text/html", "text/plain"} <= bundle.keys()
    assert "rejected (copy)" in bundle["text/plain"]
    assert "<b>" not in bundle["text/html"].replace("<b></b>", "")
