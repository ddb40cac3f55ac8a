"""Review, merge, bounty, rollback: who becomes champion, and what that moves."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.integration.proposals.conftest import POOL, PRICE, Place, make_hard_rows
from tests.integration.workflows.test_withdraw import take_back
from workbench.core.errors import ConflictError, ForbiddenError, InvalidInputError, InvalidMoveError
from workbench.core.roles import MACHINE
from workbench.core.wire import ProposalView
from workbench.workflows import judging, merge, publish
from workbench.workflows.inbox import inbox
from workbench.workflows.proposals import list_champions


def published(place: Place) -> tuple[dict[str, Any], str]:
    """Return what a task's page says, as JSON and as a page."""
    publish.publish(place.home)
    folder = place.home.settings.published_dir / "clouds"
    return json.loads((folder / "task.json").read_text()), (folder / "task.html").read_text()


SHARES = [
    {"role": "author", "owner": "ben", "part": "1/2"},
    {"role": "compute", "owner": "rita", "part": "1/6"},
    {"role": "data", "owner": "ana", "part": "1/3"},
]


def proposed(place: Place, *owners: str, **changes: object) -> ProposalView:
    """Train on some owners' rows and propose that; it passes."""
    model = place.train(*owners, inverse_regularisation=changes.pop("strength", 1.0))
    ids = place.ids_of(*owners)
    found = place.propose("ben", weights=model, contributions=ids, **changes)
    assert found.state == "evaluated", found.verdicts
    return found


def waiting(place: Place, name: str) -> list[tuple[str, str]]:
    """Return what an inbox asks of a person about proposals."""
    view = inbox(place.home, MACHINE, name, datetime.now(UTC))
    return [(need.kind, need.verb) for need in view.needs if need.thing == "proposal"]


def earned_by(
    place: Place, name: str, since: datetime
) -> tuple[list[tuple[Any, ...]], tuple[str, int], list[tuple[str, ...]]]:
    """Return what an inbox says of bounties: what is not paid, what is, and the news since."""
    view = inbox(place.home, MACHINE, name, datetime.now(UTC), since)
    lines = [(one.state, one.amount, one.until, one.because) for one in view.earned.bounties]
    told = [one.words for one in view.news if one.kind == "bounty"]
    marks = ("earns", "held until", "returned", "rolled back: it forgets", "are paid", "pays you")
    said = [tuple(mark for mark in marks if mark in words) for words in told]
    return lines, (view.earned.final_bounties, view.earned.n_final_bounties), said


def test_a_proposal_is_approved_merged_and_paid_once(place: Place) -> None:
    place.fund_bounties()
    found = proposed(place, "ana", "ben", shares=SHARES)
    assert waiting(place, "rita") == waiting(place, "sponsor") == [("proposal", "review")]
    assert waiting(place, "ben") == []
    with pytest.raises(InvalidMoveError, match="0 owner groups have approved"):
        place.merge(found)
    with pytest.raises(ForbiddenError, match="itself proposes"):
        place.say("ben", found, "approve")
    place.say("ben", found, "comment", "please look at it")
    place.say("rita", found, "request-changes", "say more in the claim")
    place.say("ana", found, "approve")
    with pytest.raises(InvalidMoveError, match="rita asks for changes"):
        place.merge(found)
    place.say("rita", found, "approve", "fine then")
    with pytest.raises(ForbiddenError, match="only sponsor merges"):
        place.merge(found, "ana")
    assert waiting(place, "rita") == waiting(place, "ana") == []
    assert waiting(place, "sponsor") == [("merge", "merge")]
    assert place.again(found).pays == str(int(found.verdicts[-1].gain) * PRICE)

    merged = place.merge(found)
    assert merged.state == "merged"
    assert merged.merge is not None
    assert place.champion() == found.model
    assert (merged.pays, waiting(place, "sponsor")) == (None, [])
    bounty = int(merged.merge.bounty)
    assert bounty == int(merged.verdicts[-1].gain) * PRICE > 0
    paid = {owner: place.balance(f"user:{owner}") for owner in ("ana", "ben", "rita")}
    assert sum(paid.values()) == bounty
    assert paid == {owner: int(amount) for owner, amount in merged.merge.bounties.items()}
    assert place.balance("bounty:clouds") == POOL - bounty
    assert merged.merge.state == "final"
    begun = found.created_at
    all_of_it = ([], (str(paid["ana"]), 1), [("pays you",)])
    assert earned_by(place, "ana", begun) == all_of_it
    # Again: nothing moves.
    assert place.merge(found) == merged
    assert place.balance("bounty:clouds") == POOL - bounty
    with pytest.raises(InvalidMoveError, match="is merged"):
        place.say("rita", found, "request-changes", "too late")
    assert [one.proposal for one in list_champions(place.home, "clouds")] == [found.id]
    # Without a window it was paid at once, and stays paid.
    undone = place.roll_back(found).merge
    assert undone is not None
    assert (undone.state, earned_by(place, "ana", begun)) == ("final", all_of_it)
    assert place.balance("user:ana") == paid["ana"]


def test_of_two_that_race_one_merges_and_the_other_is_stale(place: Place) -> None:
    one = proposed(place, "ana", "ben")
    other = proposed(place, "ben", strength=0.6)
    for found in (one, other):
        place.say("rita", found, "approve", found.id)
    assert place.merge(one).state == "merged"
    assert place.again(other).state == "stale"
    with pytest.raises(ConflictError, match="not the champion any more"):
        place.merge(other)
    # Proposed again on the new champion it is measured against that.
    again = place.propose("ben", weights=other.model, contributions=place.ids_of("ben"))
    assert again.base == one.model
    assert again.verdicts[-1].reason != "copy"
    assert len(list_champions(place.home, "clouds")) == 1


def test_a_merge_names_what_it_merges(place: Place) -> None:
    found = proposed(place, "ana", "ben")
    place.say("rita", found, "approve")
    body = {"task": "clouds", "proposal": found.id, "base": found.base, "model": "7" * 64}
    with pytest.raises(InvalidInputError, match="the record merges 777"):
        merge.merge(place.home, found.id, place.sign("sponsor", "merge", body))


def test_what_was_refused_or_withdrawn_never_merges(place: Place) -> None:
    model = place.train("ana", inverse_regularisation=0.5)
    bad = place.propose("ana", weights=model, contributions=place.ids_of("ana"))
    with pytest.raises(InvalidMoveError, match="rejected"):
        place.say("rita", bad, "approve")
    with pytest.raises(InvalidMoveError, match="the proposal is rejected"):
        place.merge(bad)
    theirs = place.contribute("rita", make_hard_rows(30, 5))
    found = proposed(place, "ben", "rita")
    place.say("ana", found, "approve")
    take_back(place, theirs)
    with pytest.raises(InvalidMoveError, match="withdrawn since"):
        place.merge(found)


def test_a_bounty_is_held_until_the_window_ends_or_a_rollback_voids_it(
    open_place: Callable[..., Place],
) -> None:
    place = open_place(dispute_seconds=86_400)
    place.fund_bounties()
    first = proposed(place, "ana", "ben")
    place.say("rita", first, "approve")
    merged = place.merge(first).merge
    assert merged is not None
    assert merged.final_at is not None
    assert merged.state == "provisional"
    held = int(merged.bounty)
    begun = merged.created_at - timedelta(microseconds=1)
    assert earned_by(place, "ben", begun) == (
        [("provisional", str(held), merged.final_at, "")], ("0", 0), [("earns", "held until")]
    )  # fmt: skip
    assert earned_by(place, "rita", begun) == ([], ("0", 0), [])
    assert place.balance(f"hold:{merged.id}") == held > 0
    assert merge.settle_bounties(place.home, datetime.now(UTC)) == []

    second = proposed(place, "ben", strength=30.0)
    place.say("rita", second, "approve")
    place.merge(second)
    with pytest.raises(ConflictError, match="not made by proposal"):
        place.roll_back(first)
    undone = place.roll_back(second, "it forgets")
    assert undone.merge is not None
    assert undone.merge.state == "void"
    assert undone.merge.rolled_back_because == "it forgets"
    assert place.champion() == first.model
    assert place.roll_back(second, "it forgets") == undone
    assert place.balance(f"hold:{undone.merge.id}") == 0
    lost = ("void", undone.merge.bounty, undone.merge.final_at, "it forgets")
    lines, paid, told = earned_by(place, "ben", undone.merge.created_at)
    assert lines == [("provisional", str(held), merged.final_at, ""), lost]
    assert (paid, told) == (("0", 0), [("returned", "rolled back: it forgets")])
    assert place.balance("bounty:clouds") == POOL - held

    assert merge.settle_bounties(place.home, merged.final_at) == [merged.id]
    assert merge.settle_bounties(place.home, merged.final_at) == []
    assert place.balance("user:ben") == held
    assert place.again(first).merge.state == "final"  # type: ignore[union-attr]
    settled = ([lost], (str(held), 1))
    assert earned_by(place, "ben", begun)[:2] == settled
    # What was paid stays paid.
    place.roll_back(first)
    assert place.balance("user:ben") == held
    assert earned_by(place, "ben", begun)[:2] == settled
    assert place.champion() == first.base


def test_who_is_short_of_the_margin_waits_and_is_judged_again(
    open_place: Callable[..., Place],
) -> None:
    place = open_place(margin_start="9/10", margin_end="0", period_seconds=1_000_000)
    model = place.train("ana", "ben")
    found = place.propose("ben", weights=model, contributions=place.ids_of("ana", "ben"))
    assert (found.state, found.reason) == ("waiting", "margin"), found.verdicts
    assert found.again_at is not None
    early = found.again_at - timedelta(microseconds=1)
    assert judging.judge_due(place.home, early) == []
    assert judging.judge_due(place.home, found.again_at) == [found.id]
    passed = place.again(found)
    assert passed.state == "evaluated"
    assert [one.decision for one in passed.verdicts] == ["waiting", "passed"]
    assert judging.judge_due(place.home, found.again_at) == []


def test_a_gate_runs_no_more_often_than_its_budget(open_place: Callable[..., Place]) -> None:
    place = open_place(gate_budget=1)
    proposed(place, "ana", "ben")
    model = place.train("ben", inverse_regularisation=0.4)
    found = place.propose("ben", weights=model, contributions=place.ids_of("ben"))
    assert (found.state, found.reason) == ("checked", "hidden-test-retired")
    assert found.verdicts == []
    assert "new hidden test" in found.remedy


def test_the_tasks_page_tells_who_moved_the_champion_and_what_it_paid(place: Place) -> None:
    place.fund_bounties()
    first = str(place.champion())
    found = proposed(place, "ana", "ben", shares=SHARES, claim="<b>knows</b> more")
    story, page = published(place)
    # It was the best fine-tune until it was proposed: since then the other one is to be followed.
    assert [(one["model"], one["how"]) for one in story["reigns"]] == [
        (first, "trained"), (found.model, "trained"), (first, "proposal"),
    ]  # fmt: skip
    assert (story["merges"], story["bounties"]) == ([], str(POOL))
    assert re.search(r"10,000\S* credits wait for a better model", text_of(page))
    place.say("ana", found, "approve")
    merged = place.merge(found)
    assert merged.merge is not None
    story, page = published(place)
    [told] = story["merges"]
    assert (told["owner"], told["claim"]) == ("ben", "<b>knows</b> more")
    assert (told["bounty"], told["bounties"]) == (merged.merge.bounty, merged.merge.bounties)
    assert story["reigns"][-1]["how"] == "merged"
    assert "&lt;b&gt;knows&lt;/b&gt; more" in page
    place.roll_back(found, "forgets")
    story, page = published(place)
    last = story["reigns"][-1]
    assert (last["model"], last["how"]) == (first, "rolled back")
    assert "forgets" in page
    assert story["as_of"] == story["merges"][-1]["rolled_back_at"]


def text_of(page: str) -> str:
    """Return what a page says, without its marks."""
    return re.sub(r"<[^>]+>", "", page)
