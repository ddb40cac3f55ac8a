"""What balances and states must be, in plain Python: no database, no code of the ledger."""

from collections import Counter
from dataclasses import dataclass, field
from fractions import Fraction

from workbench.core.errors import (
    ConflictError,
    ForbiddenError,
    InsufficientFundsError,
    InvalidMoveError,
    WorkbenchError,
)

SPONSOR = "sponsor"
TREASURY = "treasury"
LIMIT = 1_000_000
# Task → minutes that an epoch can be disputed.
WINDOWS = {"clouds": 0, "later": 60}
# Task → the most of a pool that one owner is paid.
CAPS = {"clouds": Fraction(1, 2), "later": Fraction(1)}


class RefusedError(Exception):
    """The model refuses; it says with which error the home must."""

    def __init__(self, error: type[WorkbenchError]) -> None:
        super().__init__(error.__name__)
        self.error = error


@dataclass
class Hold:
    """An amount that is set aside until a minute."""

    payer: str
    payee: str
    amount: int
    minute: int
    state: str = "held"


@dataclass
class Proposal:
    """A movement out of the treasury that waits for a second person, or did."""

    destination: str
    amount: int
    proposer: str
    state: str = "proposed"


@dataclass
class Contribution:
    """Rows of an owner that a task took in."""

    task: str
    owner: str
    rows: frozenset[bytes]
    state: str = "accepted"


@dataclass
class Study:
    """Sealed values, and the contributions that they rest on."""

    task: str
    units: dict[str, int]
    rests_on: frozenset[str]


@dataclass
class Epoch:
    """A pool, divided; ``until`` is the minute from which it is final, None without a window."""

    task: str
    pool: int
    amounts: dict[str, int]
    until: int | None
    valued: frozenset[str]
    disputes: dict[str, tuple[str, str | None]] = field(default_factory=dict)
    settled: str | None = None

    @property
    def state(self) -> str:
        """Where it stands."""
        if self.until is None:
            return "final"
        waits = any(decision is None for _, decision in self.disputes.values())
        return self.settled or ("disputed" if waits else "provisional")


@dataclass
class Model:
    """All of a home that a rule of the machine speaks of."""

    minute: int = 0
    balances: Counter[str] = field(default_factory=Counter)
    holds: dict[str, Hold] = field(default_factory=dict)
    proposals: dict[str, Proposal] = field(default_factory=dict)
    contributions: dict[str, Contribution] = field(default_factory=dict)
    studies: dict[str, Study] = field(default_factory=dict)
    epochs: dict[str, Epoch] = field(default_factory=dict)

    def move(self, source: str, destination: str, amount: int) -> None:
        """Move credits; only the treasury may owe."""
        if source != TREASURY and self.balances[source] < amount:
            raise RefusedError(InsufficientFundsError)
        self.balances[source] -= amount
        self.balances[destination] += amount

    def transfer(self, source: str, destination: str, amount: int) -> None:
        """Move credits from one owner to another."""
        self.move(f"user:{source}", f"user:{destination}", amount)

    def open_hold(self, name: str, hold: Hold) -> None:
        """Set an amount aside."""
        self.move(f"user:{hold.payer}", f"hold:{name}", hold.amount)
        self.holds[name] = hold

    def end_hold(self, name: str, state: str, taken: int) -> None:
        """Pay a part of what is held, and give the rest back."""
        hold = self.holds[name]
        if hold.state != "held" or taken > hold.amount:
            raise RefusedError(InvalidMoveError)
        self.move(f"hold:{name}", f"user:{hold.payee}", taken)
        self.move(f"hold:{name}", f"user:{hold.payer}", hold.amount - taken)
        hold.state = state

    def propose(self, name: str, proposal: Proposal) -> None:
        """Move credits out of the treasury, or let them wait for a second person."""
        if proposal.amount > LIMIT:
            self.proposals[name] = proposal
        else:
            self.move(TREASURY, proposal.destination, proposal.amount)

    def approve(self, name: str, person: str) -> None:
        """Execute what another proposed."""
        proposal = self.proposals[name]
        if proposal.state == "executed":
            raise RefusedError(InvalidMoveError)
        if proposal.proposer == person:
            raise RefusedError(ForbiddenError)
        self.move(TREASURY, proposal.destination, proposal.amount)
        proposal.state = "executed"

    def rows_of(self, task: str) -> frozenset[bytes]:
        """Return the rows that a task has."""
        return frozenset(row for one in self.accepted(task).values() for row in one.rows)

    def accepted(self, task: str) -> dict[str, Contribution]:
        """Return the contributions that count for a task."""
        return {
            name: one
            for name, one in self.contributions.items()
            if (one.task, one.state) == (task, "accepted")
        }

    def withdraw(self, name: str) -> None:
        """Take a contribution back."""
        contribution = self.contributions[name]
        if contribution.state == "withdrawn":
            raise RefusedError(InvalidMoveError)
        contribution.state = "withdrawn"

    def can_pay(self, study: Study) -> bool:
        """Say whether an epoch can be closed by a study."""
        is_there = all(self.contributions[one].state == "accepted" for one in study.rests_on)
        return is_there and self.balances[f"pool:{study.task}"] > 0

    def pay(self, name: str, study: Study) -> None:
        """Close an epoch: pay at once, or hold the pool until its window ends."""
        if any(self.contributions[one].state == "withdrawn" for one in study.rests_on):
            raise RefusedError(InvalidMoveError)
        pool, window = self.balances[f"pool:{study.task}"], WINDOWS[study.task]
        if pool == 0:
            raise RefusedError(InsufficientFundsError)
        until = self.minute + window if window else None
        most = int(pool * CAPS[study.task])
        amounts = {owner: min(most, one) for owner, one in divided(pool, study.units).items()}
        epoch = Epoch(study.task, pool, amounts, until, frozenset(study.units))
        self.epochs[name] = epoch
        if until is None:
            self._pay_out(f"pool:{epoch.task}", epoch)
        else:
            self.move(f"pool:{epoch.task}", f"hold:{name}", pool)

    def dispute(self, epoch: str, name: str, owner: str) -> None:
        """Stop an epoch."""
        found = self.epochs[epoch]
        if owner not in found.valued | {SPONSOR}:
            raise RefusedError(ForbiddenError)
        if found.until is None or found.settled or self.minute >= found.until:
            raise RefusedError(InvalidMoveError)
        if any(owner == one for one, _ in found.disputes.values()):
            raise RefusedError(ConflictError)
        found.disputes[name] = owner, None

    def resolve(self, epoch: str, name: str, judge: str, decision: str) -> None:
        """Decide on a dispute: the pool returns, or the epoch goes on."""
        found = self.epochs[epoch]
        owner, decided = found.disputes[name]
        if decided is not None:
            raise RefusedError(ConflictError)
        if found.settled:
            raise RefusedError(InvalidMoveError)
        if owner == judge:
            raise RefusedError(ForbiddenError)
        found.disputes[name] = owner, decision
        if decision == "uphold":
            self.move(f"hold:{epoch}", f"pool:{found.task}", found.pool)
            found.settled = "void"
        else:
            self._settle(epoch)

    def advance(self, minutes: int) -> None:
        """Let time pass: holds expire, windows end."""
        self.minute += minutes
        for name, hold in self.holds.items():
            if hold.state == "held" and hold.minute <= self.minute:
                self.end_hold(name, "expired", 0)
        for name in self.epochs:
            self._settle(name)

    def _settle(self, name: str) -> None:
        epoch = self.epochs[name]
        if epoch.state == "provisional" and self.minute >= (epoch.until or 0):
            self._pay_out(f"hold:{name}", epoch)
            epoch.settled = "final"

    def _pay_out(self, source: str, epoch: Epoch) -> None:
        for owner, amount in epoch.amounts.items():
            self.move(source, f"user:{owner}", amount)
        self.move(source, f"user:{SPONSOR}", epoch.pool - sum(epoch.amounts.values()))


def divided(pool: int, units: dict[str, int]) -> dict[str, int]:
    """Return a pool's parts by largest remainder; nobody's where nothing is worth anything."""
    weights = {owner: max(0, one) for owner, one in units.items()}
    whole = sum(weights.values())
    if whole == 0 or sum(units.values()) < 0:
        return dict.fromkeys(units, 0)
    exact = {owner: Fraction(pool * weight, whole) for owner, weight in weights.items()}
    parts = {owner: int(share) for owner, share in exact.items()}
    ordered = sorted(parts, key=lambda owner: (parts[owner] - exact[owner], owner))
    for owner in ordered[: pool - sum(parts.values())]:
        parts[owner] += 1
    return parts
