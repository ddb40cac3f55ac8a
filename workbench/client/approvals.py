"""What waits for a second treasurer: who may approve it, and how."""

from collections.abc import Iterable

from workbench.client.connection import Api
from workbench.core.credits import format_credits
from workbench.core.roles import plays
from workbench.core.wire import PrincipalView, TreasuryView


def who_approves(view: TreasuryView, people: Iterable[PrincipalView]) -> str:
    """Return for whom a movement waits and the next step, in words.

    Parameters
    ----------
    view : of the movement.
    people : everybody of the home.
    """
    everybody = list(people)
    others = [person for person in everybody if person.name != view.proposed_by]
    if any("admin" in person.roles for person in everybody):
        others = [person for person in others if plays(person.roles, ["treasurer"])]
    names = ", ".join(person.name for person in others[:5])
    if not names:
        return (
            f"waits for a treasurer other than {view.proposed_by}, and there is none: "
            "workbench role give NAME treasurer --sign"
        )
    return f"waits for {names}: workbench treasury approve {view.id} --sign --as NAME"


def waiting(api: Api, id: str | None = None) -> list[str]:
    """Return a line for each movement that waits, with the next step.

    Parameters
    ----------
    id : of one movement; all that wait unless given.
    """
    views = [
        view
        for view in api.get_all(TreasuryView, "treasury")
        if view.state == "proposed" and id in (None, view.id)
    ]
    if not views:
        return []
    people = api.get_all(PrincipalView, "principals")
    return [
        f"{format_credits(int(view.amount))} credits to {view.destination}: "
        f"{who_approves(view, people)}"
        for view in views
    ]
