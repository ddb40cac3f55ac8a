"""A task's rules of proposals are read strictly, and have one spelling."""

from fractions import Fraction
from typing import Any

import pytest

from workbench.core.errors import InvalidInputError
from workbench.registry.merge_rules import MergeRules

CHOSEN = {
    "approvals": 2, "bounty_price": "500", "margin_start": "1/10", "gate_items": 1_000,
    "documents": "source", "seeds": 7,
}  # fmt: skip


def test_what_is_usual_goes_without_saying() -> None:
    assert MergeRules.from_body({}) == MergeRules()
    assert MergeRules().to_body() == {}
    assert MergeRules().gate.margin.start == Fraction(1, 20)


def test_what_is_chosen_reads_back_to_the_same() -> None:
    rules = MergeRules.from_body(CHOSEN)
    assert rules.to_body() == CHOSEN
    assert rules.gate.margin.start == Fraction(1, 10)
    assert MergeRules.from_body({"tau": 5}).gate.tau == 5


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ([], "merge is"),
        ({"aprovals": 1}, "no rule 'aprovals'"),
        ({"approvals": -1}, "merge.approvals"),
        ({"approvals": True}, "merge.approvals"),
        ({"approvals": 1.5}, "merge.approvals"),
        ({"approvals": "9" * 5_000}, "merge.approvals"),
        ({"gate_budget": 0}, "merge.gate_budget"),
        ({"period_seconds": 0}, "merge.period_seconds"),
        ({"margin_start": "2/20"}, "merge.margin_start"),
        ({"margin_start": 0.05}, "merge.margin_start"),
        ({"margin_end": "1/1"}, "merge.margin_end"),
        ({"margin_end": "1/2"}, "the margin goes from"),
        ({"seeds": 0}, "merge.seeds"),
        ({"seeds": 3}, "trained with 3 seeds"),
        ({"seeds": 16}, "merge.seeds"),
        ({"documents": "page"}, "merge.documents"),
        ({"documents": ["row"]}, "merge.documents"),
    ],
)
def test_what_is_no_rule_is_named(body: Any, said: str) -> None:
    with pytest.raises(InvalidInputError, match=said):
        MergeRules.from_body(body)
