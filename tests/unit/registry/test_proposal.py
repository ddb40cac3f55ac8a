"""A proposal is read strictly, has one spelling, and opens its own commitment only."""

from dataclasses import replace
from fractions import Fraction
from typing import Any, get_args

import pytest

from workbench.core.errors import InvalidInputError, InvalidMoveError
from workbench.registry.proposal import (
    MOVES,
    Proposal,
    State,
    check_reveal,
    move,
    proposal_digest,
)

SALT = "5" * 64


def body(**changes: Any) -> dict[str, Any]:
    shares = [
        {"role": "author", "owner": "beto", "part": "1/2"},
        {"role": "data", "owner": "ana", "part": "1/3"},
        {"role": "compute", "owner": "beto", "part": "1/6"},
    ]
    usual = {
        "task": "speak-nahuatl", "owner": "beto", "base": "a" * 64, "recipe": {"steps": 60},
        "weights": None, "contributions": ["c1", "c2"], "shares": shares,
        "claim": "knows the variant of Huasteca too",
    }  # fmt: skip
    return usual | changes


def test_every_state_has_its_moves() -> None:
    assert set(MOVES) == set(get_args(State))


def test_a_proposal_goes_its_way() -> None:
    state = "draft"
    way: tuple[State, ...] = ("committed", "revealed", "checked", "evaluated", "waiting")
    for to in (*way, "evaluated", "merged"):
        state = move(state, to)  # type: ignore[arg-type]
    assert state == "merged"


@pytest.mark.parametrize("final", ["merged", "rejected", "stale"])
def test_what_is_decided_stays_decided(final: str) -> None:
    for to in get_args(State):
        with pytest.raises(InvalidMoveError, match="final"):
            move(final, to)


@pytest.mark.parametrize(
    ("state", "to"),
    [
        ("draft", "revealed"),
        ("committed", "checked"),
        ("revealed", "merged"),
        ("waiting", "merged"),
    ],
)
def test_nothing_is_skipped(state: str, to: State) -> None:
    with pytest.raises(InvalidMoveError, match=f"{state} cannot become {to}"):
        move(state, to)


def test_what_was_read_is_written_again() -> None:
    for one in (body(), body(recipe=None, weights="b" * 64)):
        assert Proposal.from_body(one).to_body() == one


def test_roles_of_one_owner_are_added() -> None:
    found = Proposal.from_body(body()).by_owner
    assert found == {"beto": Fraction(2, 3), "ana": Fraction(1, 3)}


def share(part: str, owner: str = "ana", role: str = "data") -> dict[str, str]:
    return {"role": role, "owner": owner, "part": part}


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"more": 1}, "no field 'more'"),
        ({"base": "champion"}, "base"),
        ({"base": "A" * 64}, "base"),
        ({"weights": "b" * 64}, "both"),
        ({"recipe": None}, "neither"),
        ({"recipe": None, "weights": ""}, "weights"),
        ({"recipe": []}, "recipe"),
        ({"task": "a\nb"}, "task"),
        ({"owner": 7}, "owner"),
        ({"contributions": ["c2", "c1"]}, "contributions"),
        ({"contributions": ["c1", "c1"]}, "contributions"),
        ({"contributions": "c1"}, "contributions"),
        ({"shares": []}, "shares"),
        ({"shares": [share("1", str(n)) for n in range(65)]}, "shares"),
        ({"shares": [share("1/2")]}, "sum to 1/2"),
        ({"shares": [share("1/2"), share("2/3", "beto")]}, "sum to 7/6"),
        ({"shares": [share("1/2"), share("1/2")]}, "two shares"),
        ({"shares": [share("2/4"), share("1/2", "beto")]}, "2/4"),
        ({"shares": [share("0.5"), share("1/2", "beto")]}, "0.5"),
        ({"shares": [share("2"), share("-1", "beto")]}, "'2'"),
        ({"shares": [share("1/0")]}, "1/0"),
        ({"shares": [share("1", role="friend")]}, "friend"),
        ({"shares": [share("1") | {"note": ""}]}, "note"),
        ({"shares": [{"role": "data"}]}, "role"),
        ({"claim": " "}, "claim"),
        ({"claim": "x" * 1001}, "claim"),
    ],
)
def test_what_no_proposal_says_is_refused_by_name(changes: dict[str, Any], found: str) -> None:
    with pytest.raises(InvalidInputError, match=found) as raised:
        Proposal.from_body(body(**changes))
    assert raised.value.wanted


def test_a_missing_field_is_named() -> None:
    rest = body()
    del rest["claim"]
    with pytest.raises(InvalidInputError, match="says nothing of its 'claim'"):
        Proposal.from_body(rest)


def test_a_commitment_is_opened_by_its_own_proposal_only() -> None:
    proposal = Proposal.from_body(body())
    digest = proposal_digest(SALT, proposal)
    check_reveal(digest, SALT, proposal)
    for salt, other in (
        ("6" * 64, proposal),
        (SALT, replace(proposal, owner="carla")),
        (SALT, replace(proposal, claim="better")),
    ):
        with pytest.raises(InvalidInputError, match="the commitment says"):
            check_reveal(digest, salt, other)


def test_a_short_salt_hides_nothing_and_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="salt"):
        proposal_digest("1234", Proposal.from_body(body()))
