"""Laws of proposals, whoever proposes and whatever is measured."""

from contextlib import suppress
from datetime import timedelta
from fractions import Fraction
from itertools import permutations
from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.core.errors import ConflictError, InvalidInputError
from workbench.ledger.bounty import bounty_of, split_bounty
from workbench.registry.beacon import Beacon
from workbench.registry.champion import Champions, Merge
from workbench.registry.copies import ProbedModel, find_copy
from workbench.registry.hidden_set import HiddenSet
from workbench.registry.margin import Margin
from workbench.registry.merge_gate import GateRule, Verdict, judge
from workbench.registry.paired_losses import PairedLosses
from workbench.registry.proposal import MOVES, Proposal, State, proposal_digest

DIGESTS = st.integers(0, 2**256 - 1).map(lambda n: f"{n:064x}")
TIMES = st.timedeltas(timedelta(days=-1), timedelta(days=60))
FEW = settings(max_examples=25)


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


@st.composite
def margins(draw: st.DrawFn) -> Margin:
    end, start = sorted(draw(st.tuples(*[st.fractions(0, Fraction(99, 100))] * 2)))
    return Margin(start, end, draw(st.timedeltas(timedelta(microseconds=1), timedelta(days=99))))


@st.composite
def paired(draw: st.DrawFn) -> PairedLosses:
    """Return losses of one of the three tests, from equal models to far better ones."""
    test = draw(st.sampled_from(["accuracy", "seeds", "documents"]))
    source = np.random.default_rng(draw(st.integers(0, 2**32)))
    n_items = draw(st.integers(50, 90))
    names = [f"document {k}" for k in range(n_items)]
    slices = {"language": source.choice(["nah", "es"], n_items).tolist()}
    ones = np.ones(n_items, dtype=np.int64)
    strength = draw(st.sampled_from([0.0, 0.02, 0.1, 0.5]))
    if test == "accuracy":
        champion = source.random((1, n_items)) < 0.6
        challenger = champion & (source.random((1, n_items)) >= strength)
        millionths = [one.astype(np.int64) * 1_000_000 for one in (champion, challenger)]
        return PairedLosses("accuracy", *millionths, ones, names, slices)
    n_seeds = draw(st.integers(7, 12)) if test == "seeds" else 1
    before = source.integers(500_000, 1_500_000, (n_seeds, n_items))
    noise = source.integers(-20_000, 20_000, (n_seeds, n_items))
    after = (before * (1 - strength)).astype(np.int64) + noise
    parts = ones if test == "seeds" else source.integers(1, 30, n_items)
    return PairedLosses("loss", before, np.maximum(after, 0), parts, names, slices)


def gate(losses: PairedLosses, elapsed: timedelta = timedelta()) -> Verdict:
    return judge(losses, GateRule(tau=100_000), elapsed, rng())


# -------------------------------------------------------------------------------------- gate


@FEW
@given(paired(), TIMES)
def test_a_challenger_equal_to_the_champion_never_merges(
    losses: PairedLosses, elapsed: timedelta
) -> None:
    equal = PairedLosses(
        losses.metric, losses.champion, losses.champion, losses.parts, losses.documents,
        losses.slices,
    )  # fmt: skip
    verdict = gate(equal, elapsed)
    assert (verdict.decision, verdict.p, verdict.gain) == ("rejected", 1, 0)


@FEW
@given(paired(), st.integers(0, 2**32), TIMES)
def test_relabelling_items_documents_or_seeds_changes_nothing(
    losses: PairedLosses, order: int, elapsed: timedelta
) -> None:
    source = np.random.default_rng(order)
    n_seeds, n_items = losses.champion.shape
    items, seeds = source.permutation(n_items), source.permutation(n_seeds)
    names = source.permutation([f"{k} of others" for k in range(n_items)]).tolist()
    other = PairedLosses(
        losses.metric,
        losses.champion[seeds][:, items],
        losses.challenger[seeds][:, items],
        losses.parts[items],
        names,
        {by: [values[k] for k in items] for by, values in losses.slices.items()},
    )
    assert gate(other, elapsed) == gate(losses, elapsed)


@FEW
@given(paired(), TIMES)
def test_a_gate_merges_if_and_only_if_all_three_conditions_hold(
    losses: PairedLosses, elapsed: timedelta
) -> None:
    verdict = gate(losses, elapsed)
    assert (verdict.decision == "merged") == all(one.holds for one in verdict.conditions)
    assert [one.name for one in verdict.conditions] == ["significance", "margin", "slices"]
    assert bool(verdict.reasons) == (verdict.decision != "merged")
    assert verdict.gain >= 0
    # What is certified is no more than what was seen.
    champion, challenger = losses.means
    assert verdict.decision != "merged" or verdict.gain <= champion - challenger


@FEW
@given(paired(), TIMES)
def test_who_waits_merges_at_the_very_moment_that_was_said(
    losses: PairedLosses, elapsed: timedelta
) -> None:
    verdict = gate(losses, elapsed)
    if verdict.decision == "waiting":
        again = verdict.again_after
        assert again is not None
        assert again > elapsed
        assert gate(losses, again).decision == "merged"
        assert gate(losses, again - timedelta(microseconds=1)).decision == "waiting"


@FEW
@given(paired(), TIMES, TIMES)
def test_who_merges_would_merge_later_too(
    losses: PairedLosses, elapsed: timedelta, more: timedelta
) -> None:
    if gate(losses, elapsed).decision == "merged":
        assert gate(losses, elapsed + abs(more)).decision == "merged"


# ------------------------------------------------------------------------------------ margin


@given(margins(), TIMES, TIMES)
def test_the_margin_never_rises(margin: Margin, one: timedelta, other: timedelta) -> None:
    early, late = sorted((one, other))
    assert margin.start >= margin.at(early) >= margin.at(late) >= margin.end


losses_of_models = st.fractions(0, 10**6)


@given(margins(), losses_of_models, losses_of_models)
def test_it_holds_from_the_moment_that_it_says_and_not_before(
    margin: Margin, champion: Fraction, challenger: Fraction
) -> None:
    moment = margin.holds_from(champion, challenger)
    if moment is None:
        assert not margin.holds(champion, challenger, 2 * margin.period)
    else:
        assert margin.holds(champion, challenger, moment)
        before = moment - timedelta(microseconds=1)
        assert not moment or not margin.holds(champion, challenger, before)


# ---------------------------------------------------------------------------- seeds, samples

beacons = st.builds(Beacon, DIGESTS, DIGESTS)


@given(beacons, st.lists(DIGESTS, min_size=2, max_size=30, unique=True), st.data())
def test_the_sample_does_not_depend_on_the_order_of_items(
    beacon: Beacon, items: list[str], data: st.DataObject
) -> None:
    n_items = data.draw(st.integers(1, len(items)))
    other = data.draw(st.permutations(items))
    assert beacon.sample(other, n_items) == beacon.sample(items, n_items)


@given(beacons, DIGESTS, st.integers(0, 99), st.integers(0, 99))
def test_seeds_come_from_a_head_that_nobody_knew_when_the_proposal_was_fixed(
    beacon: Beacon, head: str, revealed_seq: int, head_size: int
) -> None:
    """Only a head that covers the reveal is taken, and whatever it is decides all seeds."""
    if head_size <= revealed_seq:
        with pytest.raises(InvalidInputError, match="the head covers"):
            Beacon.after(beacon.proposal, revealed_seq, head, head_size)
    elif head != beacon.head:
        other = Beacon.after(beacon.proposal, revealed_seq, head, head_size)
        assert not set(other.seeds(8)) & set(beacon.seeds(8))


# ------------------------------------------------------------------------------------ copies


@FEW
@given(st.lists(st.text(max_size=3), min_size=1, max_size=40), DIGESTS, DIGESTS, st.integers(1, 9))
def test_a_copy_earns_nothing(answers: list[str], digest: str, other: str, price: int) -> None:
    """Under its own name or with other weights: it is found, or its gate certifies no gain."""
    champion = ProbedModel("champion", digest, answers)
    for copy in (ProbedModel("x", digest, answers), ProbedModel("x", other, answers)):
        found = find_copy(copy, [champion])
        assert found is not None
        assert found.of == "champion"
    losses = np.tile(np.array([len(one) for one in answers], dtype=np.int64), (1, 50))
    n_items = losses.shape[1]
    verdict = gate(
        PairedLosses(
            "loss", losses, losses, np.ones(n_items, dtype=np.int64), list(map(str, range(n_items)))
        )
    )
    assert bounty_of(verdict.gain, price, 10**9) == 0


# ------------------------------------------------------------------------------------ budget


@given(st.integers(1, 6), st.lists(st.sampled_from("abcdefghij"), max_size=40))
def test_a_gate_never_runs_more_often_than_its_budget(budget: int, gates: list[str]) -> None:
    hidden = HiddenSet("d" * 64, budget)
    for one in gates:
        with suppress(ConflictError):
            hidden = hidden.use(one)
    assert list(hidden.uses) == list(dict.fromkeys(gates))[:budget]
    assert hidden.is_retired == (len(hidden.uses) == budget)


# ------------------------------------------------------------------------------------- money


@st.composite
def shares(draw: st.DrawFn) -> list[dict[str, str]]:
    """Return shares of a body: whole weights over their sum."""
    who = st.tuples(st.sampled_from(["author", "data", "compute"]), st.text("abc", min_size=1))
    weights = draw(st.dictionaries(who, st.integers(1, 900), min_size=1, max_size=8))
    whole = sum(weights.values())
    return [
        {"role": role, "owner": owner, "part": str(Fraction(weight, whole))}
        for (role, owner), weight in weights.items()
    ]


def proposal(parts: list[dict[str, str]], **changes: Any) -> Proposal:
    body = {
        "task": "t", "owner": "a", "base": "b" * 64, "recipe": {}, "weights": None,
        "contributions": [], "shares": parts, "claim": "better",
    }  # fmt: skip
    return Proposal.from_body(body | changes)


@given(shares(), st.integers(0, 10**9), st.integers(0, 10**6), st.integers(0, 10**15))
def test_what_is_paid_is_the_bounty(
    parts: list[dict[str, str]], gain: int, price: int, left: int
) -> None:
    bounty = bounty_of(gain, price, left)
    by_owner = proposal(parts).by_owner
    paid = split_bounty(bounty, by_owner)
    assert sum(paid.values()) == bounty <= left
    assert all(abs(paid[owner] - bounty * part) < 1 for owner, part in by_owner.items())


@given(shares(), DIGESTS)
def test_a_digest_commits_to_every_field(parts: list[dict[str, str]], salt: str) -> None:
    one = proposal(parts)
    others = [
        proposal(parts, owner="b"),
        proposal(parts, base="c" * 64),
        proposal(parts, contributions=["c"]),
        proposal(parts, claim="better still"),
        proposal(parts, recipe=None, weights="d" * 64),
        proposal([{"role": "author", "owner": "z", "part": "1"}]),
    ]
    assert Proposal.from_body(one.to_body()) == one
    assert len({proposal_digest(salt, each) for each in (one, *others)}) == len(others) + 1


# --------------------------------------------------------------------------------- champions

merges = st.builds(
    Merge, st.sampled_from(["p1", "p2", "p3", "p4"]), st.sampled_from(["m0", "m1", "m2"]),
    st.sampled_from(["m1", "m2", "m3"]),
).filter(lambda merge: merge.base != merge.model)  # fmt: skip


@given(st.lists(merges, max_size=12))
def test_merging_is_idempotent_and_every_merge_follows_the_one_before(steps: list[Merge]) -> None:
    champions = Champions("m0")
    for step in steps:
        with suppress(ConflictError):
            champions, became = champions.merge(step)
            if became == "merged":
                assert champions.merge(step) == (champions, "merged")
    models = [champions.first, *(one.model for one in champions.merges)]
    assert [one.base for one in champions.merges] == models[:-1]
    assert len({one.proposal for one in champions.merges}) == len(champions.merges)


@given(st.integers(2, 4))
def test_of_proposals_that_race_one_merges_and_the_others_are_stale(n_proposals: int) -> None:
    racing = [Merge(f"p{k}", "m0", f"m{k + 1}") for k in range(n_proposals)]
    for order in permutations(racing):
        champions, became = Champions("m0"), []
        for step in order:
            champions, what = champions.merge(step)
            became.append(what)
        assert became == ["merged"] + ["stale"] * (n_proposals - 1)
        assert champions.champion == order[0].model
        # Based on the new champion, each of the others may go on.
        rebased = Merge("another", champions.champion, order[1].model)
        assert champions.merge(rebased)[1] == "merged"


def test_every_way_ends_and_no_way_ends_but_in_a_decision() -> None:
    ends = {state for state, moves in MOVES.items() if not moves}
    assert ends == {"merged", "rejected", "stale"}
    reached, todo = set(), ["draft"]
    while todo:
        state = todo.pop()
        if state not in reached:
            reached.add(state)
            todo += MOVES[state]
    assert reached == set(get_args(State))
