from datetime import UTC, datetime
from typing import Literal

from workbench.client.inbox import Inbox
from workbench.core.wire import (
    BountyLine,
    EarnedView,
    EpochLine,
    EstimateLine,
    InboxView,
    NeedView,
)

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
ID = "7dc8cab6" * 8


def bounty(state: Literal["provisional", "void"], amount: str, because: str = "") -> BountyLine:
    return BountyLine(
        proposal=ID, task="hills", amount=amount, state=state, until=NOW, because=because
    )


def view(**changes: object) -> InboxView:
    earned = EarnedView(
        estimated=[
            EstimateLine(task="rain", study="s", amount_low="0", amount="5", amount_high="1500000")
        ],
        provisional=[
            EpochLine(
                epoch="e", task="rain", number=2, amount="2000000", until=NOW, is_disputed=False
            )
        ],
        final="166670000",
        n_final=3,
        returned="0",
        n_returned=0,
        bounties=[
            bounty("provisional", "3000000"),
            bounty("void", "7", "<b>worse"),
        ],
        final_bounties="41500000",
        n_final_bounties=2,
    )
    about = {
        "as_of": NOW, "person": "ana", "owner": "clinic", "roles": ["reviewer"],
        "is_registered": True, "needs": [], "earned": earned, "contributions": [],
        "n_contributions": 0, "news": [], "tasks": [], "jobs": [],
    }  # fmt: skip
    return InboxView.model_validate(about | changes)


def test_each_state_of_money_has_a_line_of_its_own_and_there_is_no_total() -> None:
    text = repr(Inbox(view()))
    assert "0.00 to 1.50" in text
    assert "provisional until 2026-11-26 12:00 UTC" in text
    assert "166.67" in text
    assert "bounty of hills, proposal 7dc8cab67dc8, held" in text
    assert "rolled back: <b>worse" in text
    assert "2 merges" in text
    assert "208.17" not in text
    assert "170.17" not in text
    assert "168.67" not in text


def test_what_waits_comes_with_a_command_that_can_be_copied_and_texts_are_shown_as_text() -> None:
    need = NeedView(
        kind="draft", thing="contribution", id=ID, task="rain", words="<b>x\x1b[31m</b> waits",
        verb="submit", since=NOW,
    )  # fmt: skip
    inbox = Inbox(view(needs=[need]))
    assert f"1: workbench contribution submit {ID} --sign" in repr(inbox).splitlines()
    assert "\x1b" not in repr(inbox)
    assert "<b>" not in inbox._repr_html_()


def test_an_empty_inbox_says_what_to_do_next() -> None:
    assert "workbench contribute TASK FILE" in repr(Inbox(view()))
