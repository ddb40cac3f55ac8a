from itertools import combinations

import pytest

from workbench.core.access_tokens import is_access_token, make_access_token, token_sha256
from workbench.core.roles import MACHINE, ROLES, Role, plays, roles_as_text, roles_of_text


@pytest.mark.parametrize("role", ROLES)
def test_an_admin_and_the_machines_person_play_every_role(role: Role) -> None:
    assert plays(["admin"], [role])
    assert MACHINE.plays([role])


@pytest.mark.parametrize("role", [role for role in ROLES if role != "viewer"])
def test_who_has_no_role_is_a_viewer_and_nothing_else(role: Role) -> None:
    assert plays([], ["viewer"])
    assert not plays([], [role])


def test_one_role_is_not_another() -> None:
    others = [role for role in ROLES if role != "admin"]
    for held in others:
        for wanted in others:
            assert plays([held], [wanted]) == (held == wanted)


def test_what_nobody_may_do_an_admin_may() -> None:
    assert plays(["admin"], [])
    assert not plays(["treasurer"], [])


def test_roles_survive_their_text() -> None:
    for n_roles in range(len(ROLES) + 1):
        for roles in combinations(ROLES, n_roles):
            assert roles_of_text(roles_as_text(roles)) == roles
            assert roles_as_text(roles[::-1]) == roles_as_text(roles)


def test_a_token_is_long_random_and_known_by_its_shape() -> None:
    tokens = {make_access_token() for _ in range(100)}
    assert len({token_sha256(token) for token in tokens}) == 100
    assert all(is_access_token(token) for token in tokens)


@pytest.mark.parametrize(
    "text", ["", "mwt_", "wrong", "mwt_" + "a" * 42, "mwt_" + "é" * 43, "mwt_" + "a" * 43 + "\n"]
)
def test_other_texts_are_no_tokens(text: str) -> None:
    assert not is_access_token(text)
