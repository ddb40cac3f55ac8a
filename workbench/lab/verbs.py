"""The verbs that a page can ask a person to sign for, and what each shows them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from workbench.client.bench import Bench
from workbench.client.proposal import parse_share
from workbench.client.proposals import opens_commitment
from workbench.core.credits import format_credits, parse_credits
from workbench.core.errors import InvalidInputError
from workbench.core.units import micro_text
from workbench.core.wire import TreasuryView

_BOUNTIES: Final = "bounties"


@dataclass(frozen=True)
class Verb:
    """Something that signs: the arguments it takes, and the method of ``Bench`` that does it.

    ``about`` says what a person has to know of things that the record only names. ``opens``
    returns what a record commits to, with its secret; None where it commits to nothing.
    """

    act: Callable[..., Any]
    required: tuple[str, ...]
    optional: tuple[str, ...] = ()
    about: Callable[[Bench, Mapping[str, Any]], str] = lambda _bench, _arguments: ""
    opens: Callable[[Bench, Mapping[str, Any]], Mapping[str, Any] | None] = (
        lambda _bench, _arguments: None
    )

    @property
    def names(self) -> frozenset[str]:
        """Every argument."""
        return frozenset(self.required + self.optional)


def _instant(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise InvalidInputError(
            f"until is {text[:40]!r}", wanted="an instant with a zone, like 2026-07-01T12:00:00Z"
        )
    return found


def _movement(bench: Bench, arguments: Mapping[str, Any]) -> str:
    for view in bench.api.get_all(TreasuryView, "treasury"):
        if view.id == arguments["id"]:
            return (
                f"It moves {format_credits(int(view.amount))} credits from the treasury to "
                f"{view.destination}, as {view.proposed_by} proposed."
            )
    return ""


def _disputed(bench: Bench, arguments: Mapping[str, Any]) -> str:
    epoch = bench.epoch(arguments["epoch"])
    return (
        f"It is about {epoch.name}, whose pool of {format_credits(epoch.pool)} credits is held: "
        "upheld, the pool returns to the task; dismissed, its owners are paid."
    )


def _proposed(
    act: Callable[..., Any], bench: Bench, run: str, *, shares: Sequence[str] = (), **more: Any
) -> Any:
    """Propose a run: a page names no file of the person's machine."""
    parts = [parse_share(text) for text in shares] or None
    return act(bench, bench.run(run), shares=parts, **more)


def _fund(bench: Bench, task: str, amount: str, *, into: str = "pool", **more: Any) -> Any:
    if into not in {"pool", _BOUNTIES}:
        raise InvalidInputError(
            f"into is {into[:40]!r}",
            wanted=f"pool, which pays data, or {_BOUNTIES}, which pay merges",
            next_step="choose one of the two",
        )
    return bench.task(task).fund(amount, bounties=into == _BOUNTIES, **more)


def _funds(bench: Bench, arguments: Mapping[str, Any]) -> str:
    task = bench.task(arguments["task"])
    is_bounty = arguments.get("into") == _BOUNTIES
    held = int(task.view.bounties) if is_bounty else task.pool
    then = format_credits(held + parse_credits(arguments["amount"]))
    whom = "whoever makes its model better" if is_bounty else "the owners of its data"
    now = format_credits(held)
    return f"They pay {whom}: the task holds {now} credits for that now, {then} with these."


def _merged(bench: Bench, arguments: Mapping[str, Any]) -> str:
    view = bench.proposal(arguments["proposal"]).view
    if not view.pays or not view.verdicts:
        return ""
    held = (
        " It is held while it can be disputed."
        if bench.task(view.task).view.spec.get("dispute_seconds")
        else ""
    )
    return (
        f"{view.owner} proposed it. Its certified gain of {micro_text(view.verdicts[-1].gain)} "
        f"earns {format_credits(int(view.pays))} credits of the task's bounties.{held}"
    )


def _undone(bench: Bench, arguments: Mapping[str, Any]) -> str:
    merge = bench.proposal(arguments["proposal"]).view.merge
    if merge is None or not int(merge.bounty):
        return ""
    amount = format_credits(int(merge.bounty))
    if merge.state == "provisional":
        return f"Its bounty of {amount} credits returns to the task."
    return f"Its bounty of {amount} credits was paid, and stays paid."


def _same_consent(body: Mapping[str, Any], consent: Mapping[str, Any]) -> bool:
    """Return whether a contribution is the one consented to; its ids were not there before."""
    rest = {name: value for name, value in body.items() if name not in {"consent", "reveal"}}
    return rest.items() <= dict(consent).items()


FOLLOWS: Final[Mapping[str, tuple[str, Callable[[Mapping[str, Any], Mapping[str, Any]], bool]]]] = {
    "contribution": ("consent", _same_consent),
    "proposal": ("commitment", opens_commitment),
}
"""A kind of record that follows from one that was shown: of which kind, and whether it does."""

VERBS: Final[Mapping[str, Verb]] = {
    "submit": Verb(
        lambda bench, contribution, **more: bench.contribution(contribution).submit(**more),
        ("contribution",),
        ("purposes",),
    ),
    "withdraw": Verb(Bench.withdraw, ("contribution",)),
    "review": Verb(
        lambda bench, contribution, **more: bench.review(contribution, **more),
        ("contribution", "decision", "reason"),
    ),
    "dispute": Verb(Bench.dispute, ("epoch", "reason")),
    "resolve": Verb(Bench.resolve, ("epoch", "decision", "reason"), ("owner",), about=_disputed),
    "pay": Verb(Bench.pay, ("study",), ("nonce",)),
    "fund": Verb(_fund, ("task", "amount"), ("into", "nonce"), about=_funds),
    "transfer": Verb(Bench.transfer, ("to", "amount"), ("nonce",)),
    "hold": Verb(
        lambda bench, payee, amount, until, **more: bench.hold(
            payee, amount, expires=_instant(until), **more
        ),
        ("payee", "amount", "until"),
        ("nonce",),
    ),
    "grant": Verb(Bench.grant, ("owner", "amount"), ("nonce",)),
    "approve": Verb(Bench.approve, ("id",), about=_movement),
    "settle": Verb(Bench.settle, ("hold",), ("amount",)),
    "void": Verb(Bench.void, ("hold",)),
    "propose": Verb(
        lambda bench, **more: _proposed(Bench.propose, bench, wait=False, **more),
        ("run", "claim"),
        ("shares", "owner"),
        opens=lambda bench, arguments: _proposed(Bench.opening, bench, **arguments),
    ),
    "review-proposal": Verb(Bench.review_proposal, ("proposal", "decision", "reason"), ("nonce",)),
    "merge": Verb(Bench.merge, ("proposal",), about=_merged),
    "rollback": Verb(Bench.rollback, ("proposal", "reason"), about=_undone),
}
"""The verbs that a page can ask a person to sign for."""
