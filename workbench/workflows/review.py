"""Review: a person decides on what the gates have quarantined, and signs why."""

from typing import Any, Final

from workbench.core.envelope import Envelope
from workbench.core.errors import ForbiddenError, InvalidInputError, InvalidMoveError
from workbench.core.wire import ContributionView
from workbench.intake.codes import finding
from workbench.registry.contribution import State, move
from workbench.storage import record
from workbench.storage.database import Transaction
from workbench.workflows.contribute import get_contribution, view_of
from workbench.workflows.home import Home
from workbench.workflows.roles import signing_as, signing_as_in
from workbench.workflows.row_claims import count_rows, settle_claims, with_finding

_STATES: Final[dict[str, State]] = {"accept": "accepted", "refuse": "refused"}
_MOST_CHARACTERS: Final = 2_000


def list_waiting(home: Home) -> list[ContributionView]:
    """Return the quarantined contributions of all tasks, those that wait longest first."""
    return [view_of(row) for row in home.database.read("waiting_contributions")]


def review(home: Home, contribution_id: str, envelope_json: dict[str, Any]) -> ContributionView:
    """Accept or refuse a quarantined contribution; the same record again changes nothing.

    Accepted rows count from the contribution's own claim on, not from the review.

    Raises
    ------
    ForbiddenError
        The signer is no reviewer, or of the contribution's own owner group.
    InvalidMoveError
        It is not quarantined.
    """
    envelope = Envelope.from_json(envelope_json).verify(kind="review")
    known = get_contribution(home, contribution_id)
    decision, reason = _decision(envelope.body, known.id)
    person = signing_as(home, envelope, "reviewer")
    if person.owner == known.owner:
        raise ForbiddenError(
            f"{person.name} would review what {known.owner} itself has contributed",
            wanted="a reviewer of another owner group",
            next_step="ask somebody else, or sign as another identity: --as NAME",
        )

    def write(tx: Transaction) -> None:
        identity, is_new = record.append(tx, envelope)
        if not is_new:
            return
        signing_as_in(tx, envelope, "reviewer")
        [row] = tx.execute("contribution_by_id", {"id": known.id})
        if row["state"] != "quarantined":
            raise InvalidMoveError(
                f"the contribution is {row['state']}",
                wanted="a quarantined one",
                next_step="see what waits: workbench review",
                contribution=known.id,
                review=identity,
            )
        state = move(row["state"], _STATES[decision])
        [kept] = tx.execute("count_contribution_rows", {"id": known.id})
        if state == "accepted" and kept["n_rows"] == 0:
            # Homes of before there were reviews kept no digests of quarantined rows.
            raise InvalidMoveError(
                "the digests of its rows were not kept when it was quarantined",
                wanted="a contribution that came in since reviews exist",
                next_step="refuse it, and have its owner contribute the file again",
            )
        said = finding(f"review-{state}", n_rows=row["n_rows"], reviewer=person.name, reason=reason)
        values = {"id": known.id, "state": state, "now": tx.now}
        findings = with_finding(row["findings"], said)
        tx.execute("change_contribution_state", values | {"findings": findings})
        if state == "accepted":
            settle_claims(tx, known.task, known.id)
        else:
            tx.execute("delete_contribution_rows", {"id": known.id})

    home.database.write(write)
    count_rows(home, known.task)
    return get_contribution(home, known.id)


def _decision(body: dict[str, Any], contribution: str) -> tuple[str, str]:
    match body:
        case {
            "contribution": str(identity),
            "decision": "accept" | "refuse" as decision,
            "reason": str(reason),
            **rest,
        } if not rest:
            if identity != contribution:
                raise InvalidInputError(
                    f"the review is of {identity[:80]!r}", wanted=repr(contribution)
                )
            if not reason.strip() or len(reason) > _MOST_CHARACTERS:
                raise InvalidInputError(
                    f"the reason has {len(reason.strip())} characters",
                    wanted=f"1 to {_MOST_CHARACTERS}: the contributor reads it",
                )
            return decision, reason
    raise InvalidInputError(
        "the body of a review is wrong",
        wanted='{"contribution", "decision": "accept" or "refuse", "reason"}',
    )
