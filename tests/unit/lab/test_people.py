from types import SimpleNamespace

import pytest

from workbench.core.errors import ForbiddenError
from workbench.core.keys import check_identity_name
from workbench.lab.people import asking, check_signs, hub_person, identity_of

ANA = SimpleNamespace(username="ana@example.org")
BEN = SimpleNamespace(username="ben")


@pytest.mark.parametrize("name", ["ana", "a.b", "a-b", "Ñahñu", "ana@example.org", "x" * 200, "…"])
def test_any_name_of_a_hub_becomes_an_identity(name: str) -> None:
    assert check_identity_name(identity_of(name)) == identity_of(name)


def test_two_people_of_a_hub_never_become_one() -> None:
    names = ["a.b", "a-b", "a@b", "x" * 64, "x" * 65, "x" * 66]
    assert len({identity_of(name) for name in names}) == len(names)


def test_without_a_hub_a_random_name_of_jupyter_says_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("JUPYTERHUB_USER", raising=False)
    assert hub_person() is None
    assert asking(BEN) == {}
    check_signs(BEN)


def test_in_a_hub_everybody_asks_in_their_own_name_and_the_owner_alone_signs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("JUPYTERHUB_USER", "ana@example.org")
    assert asking(BEN) == {"X-Workbench-Identity": "ben"}
    assert asking(ANA) == {"X-Workbench-Identity": identity_of("ana@example.org")}
    check_signs(ANA)
    with pytest.raises(ForbiddenError, match="and you are ben"):
        check_signs(BEN)
