"""All three conditions hold, or it is said in words which does not."""

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from workbench.core.errors import InvalidInputError
from workbench.registry.merge_gate import GateRule, Verdict, judge
from workbench.registry.paired_losses import PairedLosses

NEVER = timedelta(0)
RULE = GateRule()
END = RULE.margin.period


def rng() -> np.random.Generator:
    return np.random.default_rng(5)


def answers(lost: int, won: int, n_wrong: int, n_items: int = 1000, **slices: Any) -> PairedLosses:
    """Return answers of two classifiers: the champion has ``n_wrong`` items wrong."""
    champion = np.zeros((1, n_items), dtype=np.int64)
    champion[0, :n_wrong] = 1_000_000
    challenger = champion.copy()
    challenger[0, :won] = 0
    challenger[0, n_items - lost :] = 1_000_000
    names = [f"{k:04}" for k in range(n_items)]
    return PairedLosses(
        "accuracy", champion, challenger, np.ones(n_items, dtype=np.int64), names, slices
    )


def documents(less: int, n_documents: int = 60) -> PairedLosses:
    """Return losses where each text is about ``less`` thousandths easier for the challenger."""
    champion = rng().integers(900_000, 1_100_000, (1, n_documents))
    challenger = champion * (1000 - less) // 1000 + rng().integers(0, 40, (1, n_documents))
    parts = np.full(n_documents, 10)
    return PairedLosses("loss", champion, challenger, parts, [str(k) for k in range(n_documents)])


def test_a_better_classifier_merges_and_its_sure_gain_is_certified() -> None:
    verdict = judge(answers(lost=10, won=50, n_wrong=200), RULE, NEVER, rng())
    assert (verdict.decision, verdict.reasons) == ("merged", [])
    # 40 of 1,000 items, less 1.645 standard errors of 7.6 items.
    assert verdict.gain == pytest.approx(27_400, abs=1100)


def test_luck_is_rejected_by_its_p() -> None:
    verdict = judge(answers(lost=10, won=22, n_wrong=200), RULE, NEVER, rng())
    assert verdict.decision == "rejected"
    assert verdict.reasons == [
        "significance: p = 0.025 (McNemar, exact, 22 items won and 10 lost); wanted p < 0.01"
    ]
    assert verdict.gain == 0


def test_items_won_in_a_few_documents_are_luck_of_those() -> None:
    losses = answers(lost=10, won=50, n_wrong=200)
    # 20 items each: all that was won is in three of them.
    documents = [f"{k // 20}" for k in range(1000)]
    verdict = judge(replace(losses, documents=documents), RULE, NEVER, rng())
    assert judge(losses, RULE, NEVER, rng()).decision == "merged"
    assert (verdict.decision, verdict.gain) == ("rejected", 0)
    assert verdict.p > 0.01
    assert "50 items won and 10 lost, of 50 documents" in verdict.reasons[0]


def test_a_small_step_waits_until_time_lets_it_through() -> None:
    losses = documents(less=30)
    verdict = judge(losses, RULE, NEVER, rng())
    assert (verdict.decision, verdict.gain) == ("waiting", 0)
    assert "% less); wanted more than 5 % less now" in verdict.reasons[0]
    again = verdict.again_after
    assert again is not None
    assert NEVER < again < END
    assert judge(losses, RULE, again - timedelta(microseconds=1), rng()).decision == "waiting"
    merged = judge(losses, RULE, again, rng())
    assert merged.decision == "merged"
    assert merged.gain > 0


def test_a_step_below_every_margin_does_not_wait() -> None:
    verdict = judge(documents(less=5), RULE, NEVER, rng())
    assert (verdict.decision, verdict.again_after) == ("rejected", None)
    assert [one.name for one in verdict.conditions if not one.holds] == ["margin"]


def test_a_worse_slice_rejects_and_is_named() -> None:
    language = ["nah"] * 900 + ["es"] * 100
    verdict = judge(answers(5, 80, 200, language=language), RULE, NEVER, rng())
    assert verdict.decision == "rejected"
    assert verdict.reasons == [
        "slices: language es loses 0.05 more; wanted at most 0.01 more in any slice"
    ]
    milder = GateRule(tau=50_000)
    assert judge(answers(5, 80, 200, language=language), milder, NEVER, rng()).decision == "merged"


def by_seed(gains: list[int], n_items: int = 4) -> PairedLosses:
    champion = np.full((len(gains), n_items), 1000, dtype=np.int64)
    challenger = champion - np.array(gains, dtype=np.int64)[:, None]
    ones = np.ones(n_items, dtype=np.int64)
    return PairedLosses("loss", champion, challenger, ones, ["a"] * n_items)


def test_seeds_are_tested_by_all_patterns_of_signs() -> None:
    verdict = judge(by_seed([90, 70, 120, 60, 80, 100, 95]), RULE, NEVER, rng())
    assert (verdict.decision, verdict.p) == ("merged", 1 / 128)
    assert 60 < verdict.gain < 88
    assert "sign-flip, exact over 7 seeds" in verdict.conditions[0].found


def test_what_every_seed_wins_in_few_documents_is_not_sure() -> None:
    seven = [90, 70, 120, 60, 80, 100, 95]
    losses = by_seed(seven, n_items=60)
    documents = [str(k) for k in range(60)]
    assert judge(replace(losses, documents=documents), RULE, NEVER, rng()).decision == "merged"
    # All of it in one of sixty, which a test of other documents would not have.
    challenger = losses.champion.copy()
    challenger[:, 0] -= np.array(seven) * 8
    lucky = replace(losses, challenger=challenger, documents=documents)
    verdict = judge(lucky, RULE, NEVER, rng())
    assert verdict.decision == "rejected"
    assert verdict.p > 0.3
    assert "paired bootstrap over 60 documents" in verdict.reasons[0]


def test_one_bad_seed_of_seven_is_too_many() -> None:
    verdict = judge(by_seed([90, 70, 120, 60, 80, 100, -5]), RULE, NEVER, rng())
    assert (verdict.decision, verdict.p) == ("rejected", 2 / 128)


def test_a_champion_without_errors_is_not_replaced() -> None:
    verdict = judge(answers(0, 0, 0), RULE, END, rng())
    assert (verdict.decision, verdict.p) == ("rejected", 1)


@pytest.mark.parametrize(
    ("losses", "found"),
    [
        (by_seed([1, 2, 3]), "3 seeds"),
        (by_seed([1] * 21), "21 seeds"),
        (documents(30, n_documents=49), "49 documents"),
        (answers(0, 5, 10, n_items=40), "40 documents"),
    ],
)
def test_too_little_to_tell_is_refused(losses: PairedLosses, found: str) -> None:
    with pytest.raises(InvalidInputError, match=found):
        judge(losses, RULE, NEVER, rng())


@pytest.mark.parametrize("options", [{"alpha": Fraction(0)}, {"alpha": Fraction(1)}, {"tau": -1}])
def test_a_rule_that_is_none_is_refused(options: Any) -> None:
    with pytest.raises(InvalidInputError, match="alpha is"):
        GateRule(**options)


def test_a_p_of_exactly_alpha_is_not_enough() -> None:
    seven = by_seed([90, 70, 120, 60, 80, 100, 95])
    verdict: Verdict = judge(seven, GateRule(alpha=Fraction(1, 128)), NEVER, rng())
    assert verdict.decision == "rejected"
