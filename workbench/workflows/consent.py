"""Consent: what an owner signs before its rows may be used, and what a submission says of it."""

import json
from typing import Any

from workbench.core.consent import PURPOSES, consent_body
from workbench.core.envelope import Envelope
from workbench.core.errors import ForbiddenError, InvalidInputError
from workbench.core.wire import ContributionView
from workbench.workflows.commit import check_reveal
from workbench.workflows.home import Home
from workbench.workflows.roles import signing_as


def check_consent(home: Home, envelope: Envelope, known: ContributionView) -> None:
    """Raise unless a consent is to this draft, in our words, by its owner.

    The rows are compared later, when the gates say again which ones count.

    Raises
    ------
    InvalidInputError
        A field is missing, unknown or about something else.
    ForbiddenError
        The signer is of another owner group.
    """
    body = envelope.body
    _check_fields(body, known)
    about = known.model_dump() | {"contribution": known.id, "rows_sha256": body.get("rows_sha256")}
    wanted = consent_body(about, body["purposes"])
    if unlike := [name for name in {*body, *wanted} if body.get(name) != wanted.get(name)]:
        name = min(unlike)
        raise InvalidInputError(
            f"the consent's {name} is {body.get(name)!r:.100}",
            wanted=f"{wanted[name]!r}" if name in wanted else "no such field",
        )
    _check_owner(home, envelope, known)


def check_submission(home: Home, envelope: Envelope, known: ContributionView) -> None:
    """Raise unless a submission names a consent that says the same, by its owner.

    Raises
    ------
    InvalidInputError
        It names no consent that is recorded, or says other things; or it does not open the
        commitment by which its draft was checked.
    ForbiddenError
        The signer is of another owner group.
    """
    body = envelope.body
    _check_fields(body, known)
    consents = home.database.read(
        "record_by_content_id", {"content_id": str(body.get("consent", ""))}
    )
    if not consents or consents[0]["kind"] != "consent":
        raise InvalidInputError(
            f"the submission names the consent {body.get('consent')!r:.80}, which is not here",
            wanted="the content id of a signed consent",
            next_step="sign the consent first",
        )
    consent = Envelope.from_json(json.loads(consents[0]["envelope"]))
    if known.state == "draft":
        # One from a bundle was given to another home.
        consent.check_home(home.origin)
    agreed = dict(consent.body)
    agreed.pop("words")
    said = {name: value for name, value in body.items() if name not in {"consent", "reveal"}}
    if said != agreed:
        name = min(name for name in {*said, *agreed} if said.get(name) != agreed.get(name))
        raise InvalidInputError(
            f"the signed {name} is {said.get(name)!r:.100}",
            wanted=f"{agreed.get(name)!r:.200}, as in the consent",
        )
    _check_owner(home, envelope, known)
    check_reveal(home, body, known.commitment)


def _check_fields(body: dict[str, Any], known: ContributionView) -> None:
    wanted = {
        "contribution": known.id,
        "task": known.task,
        "owner": known.owner,
        "file_sha256": known.file_sha256,
        "license": known.license,
        "right_to_share": True,
    }
    for name, value in wanted.items():
        if body.get(name) != value:
            raise InvalidInputError(
                f"the signed {name} is {body.get(name)!r:.100}", wanted=f"{value!r}"
            )
    purposes = body.get("purposes")
    if not isinstance(purposes, list) or purposes != [one for one in PURPOSES if one in purposes]:
        raise InvalidInputError(
            f"the purposes are {purposes!r:.100}", wanted=f"some of {', '.join(PURPOSES)}, in order"
        )
    if PURPOSES[0] not in purposes:
        raise InvalidInputError(
            "the consent does not cover training", wanted='"training" among the purposes'
        )


def _check_owner(home: Home, envelope: Envelope, known: ContributionView) -> None:
    person = signing_as(home, envelope, "contributor")
    if person.owner != known.owner:
        raise ForbiddenError(
            f"{person.name} signs for {person.owner!r}, not for {known.owner!r}",
            next_step=f"sign as a principal of {known.owner!r}",
        )
