"""What waits for a second treasurer is said with who may approve it."""

from datetime import UTC, datetime
from typing import Any, cast

import pytest

from workbench.client.approvals import waiting, who_approves
from workbench.client.connection import Api
from workbench.core.roles import Role
from workbench.core.wire import PrincipalView, TreasuryView


def move(id: str = "m1", state: str = "proposed") -> TreasuryView:
    return TreasuryView(
        id=id, kind="funding", destination="pool:clouds", amount="2000000", state=cast(Any, state),
        proposed_by="ana", approved_by=None, created_at=datetime(2026, 1, 1, tzinfo=UTC),
    )  # fmt: skip


def person(name: str, *roles: Role) -> PrincipalView:
    return PrincipalView(name=name, public_key="f" * 64, owner=name, roles=list(roles))


class Told:
    """What a server would answer."""

    def __init__(self, *views: TreasuryView) -> None:
        self.views = views

    def get_all(self, kind: type, path: str) -> list[Any]:
        found = {"treasury": self.views, "principals": [person("ana"), person("ben")]}[path]
        assert all(isinstance(one, kind) for one in found)
        return list(found)


@pytest.mark.parametrize(
    ("people", "said"),
    [
        ([person("ana"), person("ben"), person("eva")], "waits for ben, eva: workbench treasury"),
        (
            [person("ana", "admin"), person("ben"), person("eva", "treasurer")],
            "waits for eva: workbench treasury approve m1 --sign --as NAME",
        ),
        ([person("ana", "treasurer"), person("eva", "admin")], "waits for eva: "),
        (
            [person("ana", "admin"), person("ben", "reviewer")],
            "waits for a treasurer other than ana, and there is none: workbench role give NAME",
        ),
    ],
)
def test_it_waits_for_whoever_may_approve(people: list[PrincipalView], said: str) -> None:
    assert who_approves(move(), people).startswith(said)


def test_only_what_waits_is_named() -> None:
    api = cast(Api, Told(move(), move("m2"), move("m3", "executed")))
    assert [line.split(": ")[0] for line in waiting(api)] == ["2.00 credits to pool:clouds"] * 2
    [one] = waiting(api, "m2")
    assert "approve m2" in one
    assert waiting(api, "m3") == []
