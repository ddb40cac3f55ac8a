"""A proposal: a model offered in place of a task's champion, like a pull request.

First its digest is committed, then it is shown. So nobody can copy what somebody else is about
to propose, and what is shown later is what was meant before anybody knew how it would be tested.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final, Literal, get_args

from workbench.core.canonical import canonical_bytes, sha256_hex
from workbench.core.errors import InvalidInputError
from workbench.registry.moves import check_move

State = Literal[
    "draft", "committed", "revealed", "checked", "evaluated",
    "merged", "rejected", "waiting", "stale",
]  # fmt: skip

MOVES: Final[Mapping[str, frozenset[str]]] = {
    "draft": frozenset({"committed"}),
    "committed": frozenset({"revealed"}),
    "revealed": frozenset({"checked", "rejected", "stale"}),
    "checked": frozenset({"evaluated", "rejected", "stale"}),
    "evaluated": frozenset({"merged", "rejected", "waiting", "stale"}),
    # Tested again, by itself, once time has lowered the margin.
    "waiting": frozenset({"evaluated", "stale"}),
    "merged": frozenset(),
    "rejected": frozenset(),
    # A signed body never changes: who wants to go on proposes again, on the new champion.
    "stale": frozenset(),
}

Role = Literal["author", "data", "compute"]
"""For what somebody gets a share of the bounty."""

MAX_SHARES: Final = 64
MAX_CONTRIBUTIONS: Final = 10_000
MAX_CLAIM: Final = 1_000

_DOMAIN: Final = b"workbench/proposal/1\n"
_ROLES: Final = get_args(Role)
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_HEX: Final = "64 hexadecimal digits"
_NAME: Final = re.compile(r"[^\x00-\x1f\x7f]{1,64}")
# Short denominators: their common one stays small, whatever somebody sends.
_SHARE: Final = re.compile(r"1|([1-9][0-9]{0,5})/([1-9][0-9]{0,5})")
_FIELDS: Final = (
    "task", "owner", "base", "recipe", "weights", "contributions", "shares", "claim",
)  # fmt: skip


def move(state: str, to: State) -> State:
    """Return the new state.

    Raises
    ------
    InvalidMoveError
        The move is not in the table.
    """
    check_move("a proposal", MOVES, state, to)
    return to


@dataclass(frozen=True)
class Share:
    """A part of the bounty.

    Attributes
    ----------
    role : for what.
    owner : group that gets it.
    part : above 0 and at most 1.
    """

    role: Role
    owner: str
    part: Fraction


@dataclass(frozen=True)
class Proposal:
    """What somebody proposes, as it is signed.

    Attributes
    ----------
    task : id of the task.
    owner : group that proposes.
    base : digest of the champion it is to follow.
    recipe : parameters from which the model is trained again; None where there are weights.
    weights : digest of the model; None where there is a recipe.
    contributions : ids of the contributions it was trained on, each once, in order.
    shares : of the bounty; they sum to 1, and nobody has two of one role.
    claim : what is better about it, in words.
    """

    task: str
    owner: str
    base: str
    recipe: Mapping[str, Any] | None
    weights: str | None
    contributions: tuple[str, ...]
    shares: tuple[Share, ...]
    claim: str

    @classmethod
    def from_body(cls, body: Mapping[str, Any]) -> "Proposal":
        """Read and check the body of a signed proposal.

        Raises
        ------
        InvalidInputError
            A field is missing, unknown or not what it must be; the message names it.
        """
        if different := set(body) ^ set(_FIELDS):
            name = min(different, key=str)
            verb = "has no field" if name in body else "says nothing of its"
            raise InvalidInputError(f"a proposal {verb} {name!r:.40}", wanted=", ".join(_FIELDS))
        recipe, weights = body["recipe"], body["weights"]
        if (recipe is None) == (weights is None):
            raise InvalidInputError(
                f"a proposal has {'neither' if recipe is None else 'both'} recipe and weights",
                wanted="one of them, the other null",
            )
        if recipe is not None and not isinstance(recipe, Mapping):
            raise InvalidInputError(f"the recipe is {recipe!r:.80}", wanted="an object, or null")
        return cls(
            task=_matching(body, "task", _NAME, "a task's id"),
            owner=_matching(body, "owner", _NAME, "an owner group"),
            base=_matching(body, "base", _DIGEST, f"the champion's digest, {_HEX}"),
            recipe=recipe,
            weights=None if weights is None else _matching(body, "weights", _DIGEST, _HEX),
            contributions=_contributions(body["contributions"]),
            shares=_shares(body["shares"]),
            claim=_claim(body["claim"]),
        )

    def to_body(self) -> dict[str, Any]:
        """Return the JSON body that is signed, of which there is one."""
        return {
            "task": self.task,
            "owner": self.owner,
            "base": self.base,
            "recipe": None if self.recipe is None else dict(self.recipe),
            "weights": self.weights,
            "contributions": list(self.contributions),
            "shares": [
                {"role": share.role, "owner": share.owner, "part": str(share.part)}
                for share in self.shares
            ],
            "claim": self.claim,
        }

    @property
    def by_owner(self) -> dict[str, Fraction]:
        """Owner group → its part of the bounty in all its roles; they sum to 1."""
        parts: dict[str, Fraction] = {}
        for share in self.shares:
            parts[share.owner] = parts.get(share.owner, Fraction(0)) + share.part
        return parts


def proposal_digest(salt: str, proposal: Proposal) -> str:
    """Return the digest that commits to a proposal; it names task and owner, as the body does.

    Parameters
    ----------
    salt : 64 hexadecimal digits, secret until the proposal is revealed.

    Raises
    ------
    InvalidInputError
        The salt is none, or the recipe has no canonical JSON.
    """
    if _DIGEST.fullmatch(salt) is None:
        raise InvalidInputError(f"the salt is {salt!r:.80}", wanted=_HEX)
    return sha256_hex(_DOMAIN + canonical_bytes([salt, proposal.to_body()]))


def check_reveal(digest: str, salt: str, proposal: Proposal) -> None:
    """Raise unless a proposal is the one that was committed to.

    Raises
    ------
    InvalidInputError
        The salt opens the commitment for another proposal, or not at all.
    """
    found = proposal_digest(salt, proposal)
    if found != digest:
        raise InvalidInputError(
            f"salt and proposal give {found}, the commitment says {digest:.64}",
            wanted="the proposal exactly as it was committed to, and its salt",
            next_step="reveal what was committed to, or commit to this one",
        )


def _matching(body: Mapping[str, Any], name: str, pattern: re.Pattern[str], wanted: str) -> str:
    value = body[name]
    if not isinstance(value, str) or pattern.fullmatch(value) is None:
        raise InvalidInputError(f"the proposal's {name} is {value!r:.80}", wanted=wanted)
    return value


def _contributions(value: object) -> tuple[str, ...]:
    """Return ids in order: a set has one spelling, so that one proposal has one digest."""
    if not (
        isinstance(value, list)
        and len(value) <= MAX_CONTRIBUTIONS
        and all(isinstance(one, str) and _NAME.fullmatch(one) for one in value)
        and value == sorted(set(value))
    ):
        raise InvalidInputError(
            f"the proposal's contributions are {value!r:.80}",
            wanted=f"at most {MAX_CONTRIBUTIONS:,} ids, sorted, each once",
        )
    return tuple(value)


def _shares(value: object) -> tuple[Share, ...]:
    if not isinstance(value, list) or not 1 <= len(value) <= MAX_SHARES:
        raise InvalidInputError(
            f"the proposal's shares are {value!r:.80}", wanted=f"a list of 1 to {MAX_SHARES}"
        )
    shares = tuple(map(_share, value))
    if len({(share.role, share.owner) for share in shares}) < len(shares):
        raise InvalidInputError("somebody has two shares of one role", wanted="one each")
    total = sum((share.part for share in shares), Fraction(0))
    if total != 1:
        raise InvalidInputError(
            f"the shares sum to {total}",
            wanted="exactly 1",
            next_step='write thirds as "1/3", not as decimals',
        )
    return shares


def _share(value: object) -> Share:
    match value:
        case {"role": str(role), "owner": str(owner), "part": str(part), **rest} if not rest:
            found = _SHARE.fullmatch(part)
            exact = Fraction(part) if found else Fraction(0)
            # One spelling each, so that one proposal has one digest.
            if role in _ROLES and _NAME.fullmatch(owner) and 0 < exact <= 1 and str(exact) == part:
                return Share(role, owner, exact)  # type: ignore[arg-type]
    raise InvalidInputError(
        f"a share is {value!r:.120}",
        wanted=f'{{"role", "owner", "part"}}: a role of {", ".join(_ROLES)}, and a fraction in '
        'lowest terms with at most 6 digits, as "1/3" or "1"',
    )


def _claim(value: object) -> str:
    if not isinstance(value, str) or not 0 < len(value.strip()) <= len(value) <= MAX_CLAIM:
        raise InvalidInputError(
            f"the proposal's claim is {value!r:.80}", wanted=f"1 to {MAX_CLAIM:,} letters"
        )
    return value
