"""Roles, keys and owner groups, by signed records alone."""

from collections.abc import Iterator
from typing import Any

import pytest

from workbench.core.access_tokens import make_access_token, token_sha256
from workbench.core.envelope import Envelope
from workbench.core.errors import (
    ConflictError,
    ForbiddenError,
    InvalidInputError,
    InvalidMoveError,
    NotFoundError,
    SignatureError,
)
from workbench.core.keys import PrivateKey
from workbench.core.roles import ROLES
from workbench.core.rotations import prove_possession
from workbench.core.settings import Settings
from workbench.core.wire import AccessRequest, PrincipalView
from workbench.workflows import access, join, keys, roles
from workbench.workflows.home import Home


class People:
    """Who signs in a home."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.keys: dict[str, PrivateKey] = {}

    def join(self, name: str, owner: str | None = None) -> PrincipalView:
        """Register a person with a fresh key."""
        self.keys[name] = PrivateKey.make()
        record = self.sign(name, "principal", {"name": name, "owner": owner or name})
        return join.register(self.home, record)

    def sign(self, name: str, kind: str, body: dict[str, Any]) -> dict[str, Any]:
        """Return a record signed by a person."""
        return Envelope.sign(kind, body, self.keys[name], home=self.home.origin).to_json()

    def role(
        self, by: str, name: str, role: str, *, granted: bool = True, nonce: str = "1"
    ) -> PrincipalView:
        """Give or take a role."""
        body = {"principal": name, "role": role, "granted": granted, "nonce": nonce}
        return roles.change_role(self.home, self.sign(by, "role", body))

    def rotation(self, name: str, new: PrivateKey, reason: str = "") -> dict[str, Any]:
        """Return the body of a rotation."""
        old = self.keys[name].public_hex
        proof = prove_possession(new, name, old)
        fields = {"principal": name, "old": old, "new": new.public_hex}
        return fields | {"proof": proof, "reason": reason}

    def rotate(self, by: str, body: dict[str, Any]) -> PrincipalView:
        """Sign and send a rotation."""
        return keys.rotate_key(self.home, self.sign(by, "rotation", body))


@pytest.fixture
def people(settings: Settings) -> Iterator[People]:
    home = Home.open(settings)
    people = People(home)
    for name in ("ana", "eva"):
        people.join(name)
    yield people
    home.close()


@pytest.fixture
def team(people: People) -> People:
    people.role("ana", "ana", "admin")
    return people


def _envelope(people: People, name: str) -> Envelope:
    return Envelope.from_json(people.sign(name, "anything", {}))


# ------------------------------------------------------------------------------------ roles


@pytest.mark.parametrize("role", ROLES)
def test_in_a_home_of_one_person_everybody_plays_every_role(people: People, role: Any) -> None:
    assert roles.signing_as(people.home, _envelope(people, "eva"), role).name == "eva"


def test_in_a_team_a_record_needs_its_role(team: People) -> None:
    team.role("ana", "eva", "treasurer")
    eva = _envelope(team, "eva")
    assert roles.signing_as(team.home, eva, "treasurer").roles == ["treasurer"]
    assert roles.signing_as(team.home, _envelope(team, "ana"), "treasurer").name == "ana"
    with pytest.raises(ForbiddenError, match="eva is treasurer here") as caught:
        roles.signing_as(team.home, eva, "reviewer")
    assert caught.value.wanted == "a signature of a reviewer"
    assert "workbench role give eva reviewer" in caught.value.next_step


def test_the_first_role_makes_an_admin(people: People) -> None:
    for role, granted in (("reviewer", True), ("admin", False)):
        with pytest.raises(InvalidMoveError, match="home of one person") as caught:
            people.role("ana", "ana", role, granted=granted)
        assert "role give NAME admin" in caught.value.next_step
    assert people.role("eva", "ana", "admin").roles == ["admin"]


def test_roles_are_an_admins_to_give_and_take(team: People) -> None:
    assert team.role("ana", "eva", "reviewer").roles == ["reviewer"]
    assert team.role("ana", "eva", "contributor").roles == ["contributor", "reviewer"]
    with pytest.raises(ForbiddenError):
        team.role("eva", "eva", "admin")
    assert team.role("ana", "eva", "reviewer", granted=False).roles == ["contributor"]
    assert [view.roles for view in join.principals(team.home)] == [["admin"], ["contributor"]]


def test_the_last_admin_stays(team: People) -> None:
    with pytest.raises(InvalidMoveError, match="ana is the last admin"):
        team.role("ana", "ana", "admin", granted=False)
    team.role("ana", "eva", "admin")
    assert team.role("ana", "ana", "admin", granted=False).roles == []
    with pytest.raises(InvalidMoveError, match="eva is the last admin"):
        team.role("eva", "eva", "admin", granted=False)


def test_a_record_that_is_sent_again_gives_nothing_back(team: People) -> None:
    """A role that was taken does not return by the record that once gave it."""
    team.role("ana", "eva", "admin", nonce="1")
    team.role("ana", "eva", "admin", granted=False)
    assert team.role("ana", "eva", "admin", nonce="1").roles == []
    assert team.role("ana", "eva", "admin", nonce="2").roles == ["admin"]


def test_a_role_that_changes_nothing_is_refused(team: People) -> None:
    with pytest.raises(ConflictError, match="eva is not a reviewer already"):
        team.role("ana", "eva", "reviewer", granted=False)
    with pytest.raises(ConflictError, match="ana is an admin already"):
        team.role("ana", "ana", "admin", nonce="2")


@pytest.mark.parametrize(
    "changes",
    [{"role": "king"}, {"granted": "yes"}, {"nonce": 1}, {"more": 1}, {"principal": None}],
)
def test_the_body_of_a_role_is_fixed(team: People, changes: dict[str, Any]) -> None:
    body = {"principal": "eva", "role": "reviewer", "granted": True, "nonce": "1"} | changes
    with pytest.raises(InvalidInputError):
        roles.change_role(team.home, team.sign("ana", "role", body))


def test_a_role_is_somebodys(team: People) -> None:
    with pytest.raises(NotFoundError, match="nobody is registered as 'nobody'"):
        team.role("ana", "nobody", "reviewer")


# ------------------------------------------------------------------------------------- keys


def test_a_rotated_key_signs_nothing_new_and_what_it_signed_stands(team: People) -> None:
    old, new = _envelope(team, "ana"), PrivateKey.make()
    principal = team.rotate("ana", team.rotation("ana", new))
    assert (principal.name, principal.public_key) == ("ana", new.public_hex)
    assert principal.roles == ["admin"]
    with pytest.raises(ForbiddenError, match="of ana was replaced") as caught:
        join.signer(team.home, old)
    assert new.public_hex[:16] in caught.value.wanted
    assert join.signer_then(team.home, old).name == "ana"
    team.keys["ana"] = new
    assert roles.signing_as(team.home, _envelope(team, "ana"), "admin").name == "ana"


def test_keys_can_be_rotated_many_times_and_never_back(people: People) -> None:
    first = people.keys["eva"]
    for _ in range(3):
        new = PrivateKey.make()
        people.rotate("eva", people.rotation("eva", new))
        people.keys["eva"] = new
    with pytest.raises(ConflictError, match="is, or was, a key of eva"):
        people.rotate("eva", people.rotation("eva", first))
    with pytest.raises(ConflictError, match="is, or was, a key of ana"):
        people.rotate("eva", people.rotation("eva", people.keys["ana"]))
    assert len(join.principals(people.home)) == 2


def test_nobody_registers_with_a_key_that_was_replaced(people: People) -> None:
    old = people.keys["eva"]
    people.rotate("eva", people.rotation("eva", PrivateKey.make()))
    record = Envelope.sign(
        "principal", {"name": "eve", "owner": "eve"}, old, home=people.home.origin
    ).to_json()
    with pytest.raises(ConflictError, match="registered as 'eva'"):
        join.register(people.home, record)


def test_a_rotation_that_is_sent_again_changes_nothing(people: People) -> None:
    record = people.sign("eva", "rotation", people.rotation("eva", PrivateKey.make()))
    first = keys.rotate_key(people.home, record)
    assert keys.rotate_key(people.home, record) == first


def test_a_lost_key_is_replaced_by_an_admin_with_a_reason(team: People) -> None:
    new = PrivateKey.make()
    with pytest.raises(InvalidInputError, match="reason has 0 letters"):
        team.rotate("ana", team.rotation("eva", new))
    with pytest.raises(InvalidInputError, match="reason has 501 letters"):
        team.rotate("ana", team.rotation("eva", new, "x" * 501))
    principal = team.rotate("ana", team.rotation("eva", new, "a lost laptop"))
    assert (principal.name, principal.public_key) == ("eva", new.public_hex)


def test_nobody_else_replaces_a_key(team: People) -> None:
    with pytest.raises(ForbiddenError, match="eva is viewer here"):
        team.rotate("eva", team.rotation("ana", PrivateKey.make(), "I want it"))


def test_a_new_key_proves_that_somebody_has_it(people: People) -> None:
    body = people.rotation("eva", PrivateKey.make())
    stranger = PrivateKey.make().public_hex
    with pytest.raises(SignatureError):
        people.rotate("eva", body | {"new": stranger})
    with pytest.raises(SignatureError):
        people.rotate("eva", body | {"new": "01" + "00" * 31})
    with pytest.raises(ConflictError, match="the key of ana is"):
        people.rotate("eva", people.rotation("eva", PrivateKey.make()) | _as("ana", people))


def _as(name: str, people: People) -> dict[str, Any]:
    """Return the fields of a rotation by which the signer's own key would become another's."""
    new, old = PrivateKey.make(), people.keys["eva"].public_hex
    return {"principal": name, "new": new.public_hex, "proof": prove_possession(new, name, old)}


def test_an_address_is_the_signers_and_the_newest_counts(people: People) -> None:
    def set_address(digit: str, nonce: str) -> PrincipalView:
        body = {"address": "0x" + digit * 40, "nonce": nonce}
        return keys.set_address(people.home, people.sign("eva", "address", body))

    assert set_address("1", "1").address == "0x" + "1" * 40
    assert set_address("2", "2").address == "0x" + "2" * 40
    # Sent again by somebody who saw it, an older one does not come back.
    assert set_address("1", "1").address == "0x" + "2" * 40
    new = PrivateKey.make()
    assert people.rotate("eva", people.rotation("eva", new)).address == "0x" + "2" * 40
    assert [view.address for view in join.principals(people.home)] == [None, "0x" + "2" * 40]


# ------------------------------------------------------------------------------ owner groups


def test_in_a_home_of_one_person_anybody_signs_for_any_group(people: People) -> None:
    assert people.join("ben", "ana").owner == "ana"


def test_in_a_team_a_group_lets_its_members_in(team: People) -> None:
    with pytest.raises(ForbiddenError, match="eva signs for 'eva' already") as caught:
        team.join("ben", "eva")
    assert "workbench identity admit ben eva" in caught.value.next_step
    member = team.sign("eva", "member", {"owner": "eva", "principal": "ben"})
    assert join.admit(team.home, member).principal == "ben"
    assert team.join("ben", "eva").owner == "eva"
    with pytest.raises(ForbiddenError):
        team.join("zoe", "eva")
    # A group of one's own needs nobody's word.
    assert team.join("zoe").owner == "zoe"


def test_a_group_or_an_admin_lets_members_in_and_nobody_else(team: People) -> None:
    with pytest.raises(ForbiddenError, match="eva signs for 'eva', not for 'ana'"):
        join.admit(team.home, team.sign("eva", "member", {"owner": "ana", "principal": "ben"}))
    join.admit(team.home, team.sign("ana", "member", {"owner": "eva", "principal": "ben"}))
    assert team.join("ben", "eva").owner == "eva"
    with pytest.raises(InvalidMoveError, match="ben is registered"):
        join.admit(team.home, team.sign("ana", "member", {"owner": "ana", "principal": "ben"}))


# ----------------------------------------------------------------------------------- tokens


def test_a_home_of_one_person_lets_nobody_else_in(people: People) -> None:
    request = AccessRequest(principal="eva", sha256=token_sha256(make_access_token()))
    with pytest.raises(InvalidMoveError, match="home of one person"):
        access.grant(people.home, request)


def test_a_token_says_who_calls_with_the_key_and_roles_of_now(team: People) -> None:
    token = make_access_token()
    request = AccessRequest(principal="eva", sha256=token_sha256(token))
    assert access.grant(team.home, request) == access.grant(team.home, request)
    team.role("ana", "eva", "reviewer")
    new = PrivateKey.make()
    team.rotate("eva", team.rotation("eva", new))
    caller = access.find_caller(team.home, token)
    assert caller is not None
    assert (caller.name, caller.public_key, caller.roles) == ("eva", new.public_hex, ("reviewer",))
    with pytest.raises(ConflictError, match="granted before"):
        access.grant(team.home, request.model_copy(update={"principal": "ana"}))
    access.revoke(team.home, "eva")
    assert access.find_caller(team.home, token) is None
    with pytest.raises(NotFoundError, match="never had a token"):
        access.revoke(team.home, "ana")


def test_roles_and_keys_are_those_of_before_when_the_home_is_opened_again(
    team: People, settings: Settings
) -> None:
    team.role("ana", "eva", "reviewer")
    team.rotate("eva", team.rotation("eva", PrivateKey.make()))
    before = join.principals(team.home)
    team.home.close()
    home = Home.open(settings)
    try:
        assert join.principals(home) == before
    finally:
        home.close()
