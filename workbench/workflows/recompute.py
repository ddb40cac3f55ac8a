"""Recompute: an epoch or a study again from what is recorded, and the first step that differs."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Any

from workbench.core.credits import format_credits
from workbench.core.errors import InvalidMoveError
from workbench.core.wire import DifferenceView, EpochView, RecomputationView, StepView
from workbench.ledger.epoch import UPHOLD
from workbench.ledger.log import ENTRY, RECORD
from workbench.ledger.payout import Split, payout_postings, split_pool
from workbench.ledger.posting import Posting, hold_account, pool_account
from workbench.workflows.home import Home
from workbench.workflows.join import signer_then
from workbench.workflows.pay import find_paid, get_epoch, rule_of
from workbench.workflows.recompute_log import log_steps
from workbench.workflows.recompute_study import StudyBooks, signed_record, study_steps
from workbench.workflows.settle import HOLD, PAYOUT, VOID, settlement_entry
from workbench.workflows.steps import checked, unequal

Row = dict[str, Any]


def recompute(home: Home, name: str) -> RecomputationView:
    """Compute an epoch or a study again; nothing is trained, nothing is written.

    Parameters
    ----------
    name : id of an epoch or a sealed study, or its beginning; of an epoch also ``TASK:NUMBER``.

    Raises
    ------
    NotFoundError
        Neither has this name.
    InvalidMoveError
        The study is not sealed.
    """
    kind, identity = find_paid(home, name, ("epoch", "study"))
    epoch = get_epoch(home, identity) if kind == "epoch" else None
    study_id = identity if epoch is None else epoch.study
    [row] = home.database.read("study_by_id", {"id": study_id})
    if row["state"] != "sealed":
        raise InvalidMoveError(
            f"the study is {row['state']}", wanted="a sealed study", next_step="wait until it ends"
        )
    steps = list(_steps(home, row, epoch))
    return RecomputationView(id=identity, kind=kind, task=row["task"], study=study_id, steps=steps)


def _steps(home: Home, row: Row, epoch: EpochView | None) -> Iterator[StepView]:
    books: list[StudyBooks] = []

    def read() -> list[DifferenceView]:
        books.append(StudyBooks.read(home, row))
        found = books[0].record_differences()
        return found if epoch is None else found + EpochBooks(books[0], epoch).record_differences()

    yield checked("signed records", "every signature verifies and says what is recorded", read)
    if books:
        yield from study_steps(books[0])
        if epoch is not None:
            yield from EpochBooks(books[0], epoch).steps()


@dataclass(frozen=True)
class EpochBooks:
    """What is recorded of an epoch beside its study.

    Attributes
    ----------
    study : the books of its study.
    epoch : as it is shown.
    """

    study: StudyBooks
    epoch: EpochView

    @cached_property
    def split(self) -> Split:
        """The pool divided again, by what was signed."""
        rows = self.study.signed
        lows = {row["owner"]: int(row.get("low_units") or row["units"]) for row in rows}
        rule = rule_of(self.study.rules)
        return split_pool(int(self.epoch.pool), self._units, rule, low_units=lows)

    def record_differences(self) -> list[DifferenceView]:
        """Return where the epoch and its disputes are not what was signed."""
        epoch, home = self.epoch, self.study.home
        order = signed_record(home, "the payout", epoch.id, "payout")
        [row] = home.database.read("epoch_by_id", {"id": epoch.id})
        window = timedelta(seconds=self.study.rules.dispute_seconds)
        ends = row["created_at"] + window if window else None
        pairs: dict[str, tuple[Any, Any]] = {
            "task of the payout": (epoch.task, order.body["task"]),
            "study of the payout": (epoch.study, order.body["study"]),
            "who signed the payout": (signer_then(home, order).owner, self.study.task["sponsor"]),
            "end of the time for disputes": (row["final_at"], ends),
        }
        for one in self._disputes:
            name = f"the dispute {one['id'][:12]}"
            said = signed_record(home, name, one["id"], "dispute")
            body = {"epoch": epoch.id, "reason": one["reason"]}
            pairs[name] = (body, said.body)
            pairs[f"who signed {name}"] = (one["owner"], signer_then(home, said).owner)
            if one["record"] is not None:
                name = f"the decision on {name}"
                said = signed_record(home, name, one["record"], "resolution")
                body = {"dispute": one["id"], "decision": one["decision"]}
                pairs[name] = (body | {"reason": one["decided_because"]}, said.body)
                pairs[f"who signed {name}"] = (one["decided_by"], signer_then(home, said).owner)
        return unequal(pairs)

    def steps(self) -> Iterator[StepView]:
        """Yield the steps from sealed units to the signed head of the log."""
        home, epoch, split = self.study.home, self.epoch, self.split
        rows = home.database.read("payouts_with_units", {"epoch": epoch.id})
        n_values = len(self._units)
        yield checked(
            "weights",
            f"{n_values} values are those paid by; the positive ones sum to {split.whole} units",
            lambda: unequal(
                _pairs("units of", {row["owner"]: row["units"] for row in rows}, self._units)
            ),
        )
        yield checked(
            "shares and rounding",
            f"{len(rows)} amounts: {format_credits(split.paid)} credits paid"
            f" + {format_credits(split.returned)} returned",
            lambda: unequal(
                _pairs("amount of", {row["owner"]: row["amount"] for row in rows}, split.amounts)
                | {
                    "paid by the epoch": (int(epoch.paid), split.paid),
                    "returned by the epoch": (int(epoch.returned), split.returned),
                }
            ),
        )
        yield checked(
            "postings",
            f"the pool of {format_credits(split.pool)} credits moved as the amounts say",
            self._posting_differences,
        )
        yield from log_steps(home, self._names)

    @property
    def _units(self) -> dict[str, int]:
        return {row["owner"]: int(row["units"]) for row in self.study.signed}

    @cached_property
    def _disputes(self) -> list[Row]:
        return self.study.home.database.read("disputes_of_epoch", {"epoch": self.epoch.id})

    @property
    def _names(self) -> dict[tuple[str, str], str]:
        """Every record and ledger entry that the epoch rests on, by kind and id."""
        names = {
            (RECORD, self.study.task["record"]): "the task's rules",
            (RECORD, self.study.seal.content_id): "the study's seal",
            (RECORD, self.epoch.id): "the payout",
        }
        for one in self._disputes:
            names[RECORD, one["id"]] = f"the dispute {one['id'][:12]}"
            if one["record"] is not None:
                names[RECORD, one["record"]] = f"the decision on the dispute {one['id'][:12]}"
        for entry, (kind, _, moved) in self._entries().items():
            if moved:
                names[ENTRY, entry] = f"the entry of the {kind}"
        return names

    def _posting_differences(self) -> list[DifferenceView]:
        home, epoch = self.study.home, self.epoch
        asked = {"entry": epoch.id, "account": pool_account(epoch.task)}
        [before] = home.database.read("balance_before_entry", asked)
        pairs: dict[str, tuple[Any, Any]] = {
            "pool before the epoch": (self.split.pool, before["amount"])
        }
        for entry, (kind, reason, wanted) in self._entries().items():
            found = home.database.read("entry_by_id", {"id": entry})
            moved = home.database.read("postings_of_entry", {"entry": entry})
            stored = {k: _moved(**row) for k, row in enumerate(moved, 1)}
            lines = {
                k: _moved(one.source, one.destination, one.amount)
                for k, one in enumerate(wanted, 1)
            }
            name = "" if entry == epoch.id else " of the settlement"
            pairs[f"entry of the payout{name}"] = (
                [(row["kind"], row["reason"]) for row in found],
                [(kind, reason)] if wanted else [],
            )
            pairs |= _pairs(f"posting{name}", stored, lines)
        return unequal(pairs)

    def _entries(self) -> dict[str, tuple[str, str, list[Posting]]]:
        """Return the ledger entries that there must be: kind, reason and postings by id."""
        epoch, split = self.epoch, self.split
        pool, hold = pool_account(epoch.task), hold_account(epoch.id)
        sponsor = self.study.task["sponsor"]
        if not self.study.rules.dispute_seconds:
            paid = payout_postings(pool, sponsor, split.amounts, split.returned)
            return {epoch.id: (PAYOUT, epoch.id, paid)}
        settled: tuple[str, str, list[Posting]] = (PAYOUT, epoch.id, [])
        if epoch.state == "final":
            paid = payout_postings(hold, sponsor, split.amounts, split.returned)
            settled = (PAYOUT, epoch.id, paid)
        elif epoch.state == "void":
            upheld = [row["record"] for row in self._disputes if row["decision"] == UPHOLD]
            settled = (VOID, upheld[0] if upheld else "", [Posting(hold, pool, split.pool)])
        return {
            epoch.id: (HOLD, epoch.id, [Posting(pool, hold, split.pool)]),
            settlement_entry(epoch.id): settled,
        }


def _moved(source: str, destination: str, amount: int) -> str:
    return f"{amount} µcr {source} → {destination}"


def _pairs(word: str, recorded: dict[Any, Any], found: dict[Any, Any]) -> dict[str, Any]:
    """Return what is recorded and found of each thing that either has."""
    return {
        f"{word} {name}": (recorded.get(name), found.get(name))
        for name in sorted({*recorded, *found})
    }
