"""Everything that moves money or states, in any order, with crashes: the books always balance.

A home with its real database, log, gates, workers and studies, beside a model of a few lines.
After every step: the home verifies (every entry of the log, every signature, every file), the
balances that everybody sees are those that follow from the log, from the model, and sum to 0;
nobody but the treasury owes; states are the model's.

``WORKBENCH_CARDS=100`` builds so many houses, in other ways each time, instead of the usual few.
"""

import copy
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from tests.integration.workflows.conftest import JOB_SECONDS, Lab, make_rows
from tests.property.cards_home import Clock, Crash, FragileHome, SharedWorkers
from tests.property.cards_model import (
    CAPS,
    LIMIT,
    SPONSOR,
    TREASURY,
    WINDOWS,
    Contribution,
    Hold,
    Model,
    Proposal,
    RefusedError,
    Study,
)
from workbench.core.envelope import Envelope
from workbench.core.errors import ConflictError, ForbiddenError, InsufficientFundsError
from workbench.core.keys import PrivateKey
from workbench.core.rotations import prove_possession
from workbench.core.settings import Settings
from workbench.core.wire import DraftRequest, ValueRequest
from workbench.workflows import (
    contribute,
    dispute,
    holds,
    join,
    keys,
    pay,
    settle,
    tasks,
    transfer,
    treasury,
    value,
    withdraw,
)
from workbench.workflows.home import Home

Body = dict[str, Any]
Named = Mapping[str, Any]
Call = Callable[[Home], object]
Keys = dict[str, PrivateKey]

OWNERS = ("ana", "ben", "eva")
TREASURERS = (SPONSOR, "tess")
EVERYBODY = (*OWNERS, *TREASURERS)
GIVEN = 500_000
POOL = 700_001

ONCE = st.builds(Crash, st.sampled_from(["uncommitted", "committed", "signed"]), st.just(1))
# Most steps are left in peace.
CRASHES = st.one_of(st.none(), st.none(), st.none(), ONCE)
LONGER = st.builds(
    Crash, st.sampled_from(["uncommitted", "committed", "signed"]), st.integers(1, 3)
)
LONG_CRASHES = st.one_of(st.none(), st.none(), LONGER)
OWNER = st.sampled_from(EVERYBODY)
PAIR = st.permutations(EVERYBODY).map(lambda people: list(people[:2]))
TASK = st.sampled_from(sorted(WINDOWS))
AMOUNT = st.one_of(st.integers(1, GIVEN // 3), st.integers(1, 3 * GIVEN))
BIG = st.one_of(st.integers(1, LIMIT), st.integers(LIMIT - 1, 3 * LIMIT))
MINUTES = st.integers(1, 90)


def pick(data: st.DataObject, named: Named, state: str) -> str:
    """Return the name of one in a state, where there is one; now and then of any."""
    apt = [name for name, one in named.items() if one.state == state]
    if not apt or data.draw(st.integers(0, 4)) == 0:
        apt = list(named)
    return data.draw(st.sampled_from(sorted(apt)))


class House(RuleBasedStateMachine):
    """A home and its model."""

    template: Settings
    at_first: tuple[Model, Keys]
    workers: SharedWorkers
    folder: Path
    clock: Clock
    n_made = 0

    @initialize()
    def open(self) -> None:
        """Copy the home that all houses begin with."""
        House.n_made += 1
        self.model, self.keys = copy.deepcopy(self.at_first)
        self.clock.minute = 0
        folder = self.folder / str(House.n_made)
        self.fragile = FragileHome(self.template, folder, self.workers)
        self.n_signed = 0
        # Applied movements with one record: what can be sent again.
        self.sent: list[tuple[Call, Envelope]] = []
        self.n_rows = 0

    def teardown(self) -> None:
        """Do what no run may leave out, and close it."""
        if not hasattr(self, "fragile"):
            return
        try:
            # First of all: where a step broke something, that is what is to be said.
            self.compare(self.model)
            for person in EVERYBODY:
                self.overdraw(person)
            for task in WINDOWS:
                self.end_task(task)
            self.compare(self.model)
        finally:
            self.fragile.close()

    def end_task(self, task: str) -> None:
        """Pay once more, have it undone where that can be, and pay by withdrawn rows."""
        rests_on = self.model.accepted(task)
        studies = self.model.studies.items()
        apt = [name for name, one in studies if one.task == task and one.rests_on <= set(rests_on)]
        if not apt:
            return
        [name] = sorted(apt)[:1]
        self.fund_by(task, 1_001, None)
        epoch = self.pay_by(name, None)
        self.compare(self.model)
        if WINDOWS[task]:
            dispute = self.dispute_by(epoch, SPONSOR, None)
            self.resolve_by(epoch, dispute, TREASURERS[1], "uphold", None)
            assert self.model.epochs[epoch].state == "void"
            self.compare(self.model)
        self.withdraw_by(sorted(self.model.studies[name].rests_on)[0], None)
        self.fund_by(task, 1, None)
        self.pay_by(name, None)

    def overdraw(self, person: str) -> None:
        """Try to give, and to set aside, one unit more than a person has."""
        amount = self.model.balances.get(f"user:{person}", 0) + 1
        other = next(one for one in EVERYBODY if one != person)
        body = {"source": person, "destination": other, "amount": str(amount)}
        record = self.sign(person, "transfer", body).to_json()
        with pytest.raises(InsufficientFundsError):
            transfer.transfer(self.home, record).result()
        aside = {"payer": person, "payee": other, "amount": str(amount)}
        aside["expires_at"] = self.clock.at(self.model.minute + 1).isoformat()
        with pytest.raises(InsufficientFundsError):
            holds.hold(self.home, self.sign(person, "hold", aside).to_json())

    @property
    def home(self) -> Home:
        """The home, as it is open now."""
        return self.fragile.home

    def sign(self, person: str, kind: str, body: Body, *, nonce: bool = True) -> Envelope:
        """Return a record."""
        self.n_signed += 1
        own = {"nonce": str(self.n_signed)} if nonce else {}
        return Envelope.sign(kind, body | own, self.keys[person], home=self.home.origin)

    def step(
        self,
        call: Call,
        apply: Callable[[Model], object],
        crash: Crash | None,
        *,
        whole: bool = True,
    ) -> bool:
        """Do something in the home and in the model, perhaps with a crash and a repetition.

        Parameters
        ----------
        whole : one transaction does all of it, so that a crash leaves all or nothing.

        Returns
        -------
        bool : whether it was done, not refused.
        """
        after, error = copy.deepcopy(self.model), None
        try:
            apply(after)
        except RefusedError as refused:
            after, error = self.model, refused.error

        def attempt() -> None:
            if error is None:
                call(self.home)
            else:
                with pytest.raises(error):
                    call(self.home)

        if crash is None:
            attempt()
        else:
            came = self.fragile.crash_in(crash, attempt)
            if whole:
                is_done = not came or crash.place != "uncommitted"
                self.compare(after if is_done else self.model)
            self.fragile.verified()
            # Whoever got no answer asks again, with the same record.
            attempt()
        self.model = after
        return error is None

    def send(
        self, envelope: Envelope, call: Call, apply: Callable[[Model], object], crash: Crash | None
    ) -> None:
        """Do what one signed record says; keep it, to send it again."""
        if self.step(call, apply, crash):
            self.sent.append((call, envelope))

    # ------------------------------------------------------------------------------- movements

    @rule(pair=PAIR, amount=AMOUNT, crash=CRASHES)
    def transfer(self, pair: list[str], amount: int, crash: Crash | None) -> None:
        """Give credits to somebody else, or try to give more than there are."""
        source, destination = pair
        body = {"source": source, "destination": destination, "amount": str(amount)}
        record = self.sign(source, "transfer", body)
        self.send(
            record,
            lambda home: transfer.transfer(home, record.to_json()).result(),
            lambda model: model.transfer(source, destination, amount),
            crash,
        )

    @rule(pair=PAIR, amount=AMOUNT, minutes=MINUTES, crash=CRASHES)
    def hold(self, pair: list[str], amount: int, minutes: int, crash: Crash | None) -> None:
        """Set credits aside."""
        payer, payee = pair
        until = self.model.minute + minutes
        body = {"payer": payer, "payee": payee, "amount": str(amount)}
        body["expires_at"] = self.clock.at(until).isoformat()
        record = self.sign(payer, "hold", body)
        self.send(
            record,
            lambda home: holds.hold(home, record.to_json()),
            lambda model: model.open_hold(record.content_id, Hold(payer, payee, amount, until)),
            crash,
        )

    @precondition(lambda self: self.model.holds)
    @rule(data=st.data(), part=st.integers(0, 5), crash=CRASHES)
    def end_hold(self, data: st.DataObject, part: int, crash: Crash | None) -> None:
        """Settle a hold by some quarters of it, five being too many, or void it; perhaps again."""
        name = pick(data, self.model.holds, "held")
        hold = self.model.holds[name]
        taken = 0 if part == 0 else 1 + hold.amount * part // 4
        kind, body = ("settlement", {"amount": str(taken)}) if taken else ("void", {})
        record = self.sign(hold.payee, kind, body | {"hold": name}, nonce=False)
        if any(record.content_id == envelope.content_id for _, envelope in self.sent):
            # What is sent again gets its first answer, and that is another rule.
            return
        end = holds.settle if taken else holds.void
        state = "settled" if taken else "void"
        self.send(
            record,
            lambda home: end(home, name, record.to_json()),
            lambda model: model.end_hold(name, state, taken),
            crash,
        )

    @rule(person=st.sampled_from(TREASURERS), owner=OWNER, amount=BIG, crash=CRASHES)
    def grant(self, person: str, owner: str, amount: int, crash: Crash | None) -> None:
        """Give credits of the treasury; many wait for a second person."""
        record = self.sign(person, "grant", {"owner": owner, "amount": str(amount)})
        proposal = Proposal(f"user:{owner}", amount, person)
        self.send(
            record,
            lambda home: treasury.grant(home, record.to_json()),
            lambda model: model.propose(record.content_id, proposal),
            crash,
        )

    @rule(task=TASK, amount=BIG, crash=CRASHES)
    def fund(self, task: str, amount: int, crash: Crash | None) -> None:
        """Fund a task; many credits wait for a second person."""
        self.fund_by(task, amount, crash)

    def fund_by(self, task: str, amount: int, crash: Crash | None) -> None:
        """Fund a task."""
        record = self.sign(SPONSOR, "funding", {"task": task, "amount": str(amount)})
        proposal = Proposal(f"pool:{task}", amount, SPONSOR)
        self.send(
            record,
            lambda home: tasks.fund_task(home, task, record.to_json()),
            lambda model: model.propose(record.content_id, copy.copy(proposal)),
            crash,
        )

    @precondition(lambda self: self.model.proposals)
    @rule(data=st.data(), person=st.sampled_from(TREASURERS), crash=CRASHES)
    def approve(self, data: st.DataObject, person: str, crash: Crash | None) -> None:
        """Approve what waits, or one's own proposal, or what is executed."""
        name = pick(data, self.model.proposals, "proposed")
        record = self.sign(person, "approval", {"record": name}, nonce=False)
        if any(record.content_id == envelope.content_id for _, envelope in self.sent):
            return
        self.send(
            record,
            lambda home: treasury.approve(home, record.to_json()),
            lambda model: model.approve(name, person),
            crash,
        )

    @precondition(lambda self: self.sent)
    @rule(data=st.data(), crash=CRASHES)
    def send_again(self, data: st.DataObject, crash: Crash | None) -> None:
        """Send a record that was applied: nothing moves, unless its key was replaced."""
        call, envelope = data.draw(st.sampled_from(self.sent))
        if envelope.author not in {key.public_hex for key in self.keys.values()}:
            with pytest.raises(ForbiddenError):
                call(self.home)
            return
        self.step(call, lambda _: None, crash)

    @precondition(lambda self: any(e.kind == "transfer" for _, e in self.sent))
    @rule(data=st.data())
    def use_a_nonce_twice(self, data: st.DataObject) -> None:
        """Sign another transfer with the nonce of an earlier one: a conflict."""
        earlier = [e for _, e in self.sent if e.kind == "transfer"]
        body = data.draw(st.sampled_from(earlier)).body
        person, author = body["source"], self.keys[body["source"]]
        if not any(e.body == body and e.author == author.public_hex for e in earlier):
            return
        other = body | {"amount": str(int(body["amount"]) + 1)}
        record = self.sign(person, "transfer", other, nonce=False).to_json()
        with pytest.raises(ConflictError):
            transfer.transfer(self.home, record).result()

    # ----------------------------------------------------------------------- time, keys, crashes

    @rule(minutes=MINUTES, stopped=st.sampled_from([False, False, True]), crash=CRASHES)
    def advance(self, minutes: int, stopped: bool, crash: Crash | None) -> None:
        """Let time pass, perhaps while no server runs; then it looks what is due."""
        self.clock.minute += minutes
        if stopped:
            self.fragile.restart()

        def look(home: Home) -> None:
            holds.expire_due(home)
            settle.settle_due(home, self.clock.now())

        self.step(look, lambda model: model.advance(minutes), crash, whole=False)

    @rule(person=OWNER, crash=CRASHES)
    def rotate(self, person: str, crash: Crash | None) -> None:
        """Give somebody a new key; the old one signs nothing any more."""
        old, new = self.keys[person], PrivateKey((1_000 + self.n_signed).to_bytes(32, "big"))
        body = {"principal": person, "old": old.public_hex, "new": new.public_hex, "reason": ""}
        body["proof"] = prove_possession(new, person, old.public_hex)
        record = self.sign(person, "rotation", body, nonce=False)
        self.step(lambda home: keys.rotate_key(home, record.to_json()), lambda _: None, crash)
        gift = {"source": person, "destination": "nobody", "amount": "1", "nonce": "old"}
        late = Envelope.sign("transfer", gift, old, home=self.home.origin)
        with pytest.raises(ForbiddenError, match="was replaced"):
            transfer.transfer(self.home, late.to_json())
        self.keys[person] = new

    # ------------------------------------------------------------- contributions, studies, epochs

    @rule(task=TASK, owner=st.sampled_from(OWNERS), n_known=st.integers(0, 2), crash=LONG_CRASHES)
    def contribute(self, task: str, owner: str, n_known: int, crash: Crash | None) -> None:
        """Bring new rows and perhaps some that the task has, through the real gates."""
        self.n_rows += 1
        lines = make_rows(5, self.n_rows).splitlines(keepends=True)
        known = self.model.rows_of(task)
        lines += sorted(known)[:n_known]
        draft, signed = drafted(Lab(self.home, self.keys), task, owner, b"".join(lines))
        taken = Contribution(task, owner, frozenset(lines) - known)
        self.step(
            lambda home: contribute.submit(home, draft, signed),
            lambda model: model.contributions.update({draft: taken}),
            crash,
            whole=False,
        )

    @precondition(lambda self: self.model.contributions)
    @rule(data=st.data(), crash=LONG_CRASHES)
    def withdraw(self, data: st.DataObject, crash: Crash | None) -> None:
        """Take rows back, perhaps ones that are withdrawn already."""
        self.withdraw_by(pick(data, self.model.contributions, "accepted"), crash)

    def withdraw_by(self, name: str, crash: Crash | None) -> None:
        """Take a contribution back."""
        known = contribute.get_contribution(self.home, name)
        body = {"contribution": name, "file_sha256": known.file_sha256}
        record = self.sign(known.owner, "withdrawal", body, nonce=False)
        if self.model.contributions[name].state == "withdrawn":
            # The very record again changes nothing; this one may be it, or of another key.
            return
        self.step(
            lambda home: withdraw.withdraw(home, name, record.to_json()),
            lambda model: model.withdraw(name),
            crash,
            whole=False,
        )

    @precondition(lambda self: any(self.model.accepted(task) for task in WINDOWS))
    @rule(data=st.data(), crash=LONG_CRASHES)
    def study(self, data: st.DataObject, crash: Crash | None) -> None:
        """Value a task's owners by real trainings; killed on the way, the values are the same."""
        task = data.draw(st.sampled_from([t for t in sorted(WINDOWS) if self.model.accepted(t)]))
        found: list[tuple[str, dict[str, int]]] = []

        self.step(lambda home: found.append(valued(home, task)), lambda _: None, crash, whole=False)
        assert all(one == found[0] for one in found)
        [name, units] = found[0]
        rests_on = self.model.accepted(task)
        assert set(units) == {one.owner for one in rests_on.values()}
        self.model.studies[name] = Study(task, units, frozenset(rests_on))

    @precondition(lambda self: any(self.model.balances[f"pool:{task}"] for task in WINDOWS))
    @rule(data=st.data(), crash=CRASHES)
    def pay(self, data: st.DataObject, crash: Crash | None) -> None:
        """Close an epoch, perhaps by withdrawn rows or of the pool that is empty."""
        apt = [name for name, one in self.model.studies.items() if self.model.can_pay(one)]
        if not apt or data.draw(st.integers(0, 4)) == 0:
            apt = list(self.model.studies)
        self.pay_by(data.draw(st.sampled_from(sorted(apt))), crash)

    def pay_by(self, name: str, crash: Crash | None) -> str:
        """Close an epoch by a study; return its id."""
        study = self.model.studies[name]
        record = self.sign(SPONSOR, "payout", {"task": study.task, "study": name})
        self.send(
            record,
            lambda home: pay.close_epoch(home, study.task, record.to_json()),
            lambda model: model.pay(record.content_id, study),
            crash,
        )
        return record.content_id

    @precondition(lambda self: self.model.epochs)
    @rule(data=st.data(), owner=OWNER, crash=CRASHES)
    def dispute(self, data: st.DataObject, owner: str, crash: Crash | None) -> None:
        """Dispute an epoch, perhaps too late, twice or as a stranger."""
        self.dispute_by(pick(data, self.model.epochs, "provisional"), owner, crash)

    def dispute_by(self, epoch: str, owner: str, crash: Crash | None) -> str:
        """Dispute an epoch; return the dispute's id."""
        body = {"epoch": epoch, "reason": f"reason {self.n_signed}"}
        record = self.sign(owner, "dispute", body, nonce=False)
        self.send(
            record,
            lambda home: dispute.dispute_epoch(home, epoch, record.to_json(), self.clock.now()),
            lambda model: model.dispute(epoch, record.content_id, owner),
            crash,
        )
        return record.content_id

    @precondition(lambda self: any(epoch.disputes for epoch in self.model.epochs.values()))
    @rule(
        data=st.data(), judge=st.sampled_from(TREASURERS),
        decision=st.sampled_from(["uphold", "dismiss"]), crash=CRASHES,
    )  # fmt: skip
    def resolve(self, data: st.DataObject, judge: str, decision: str, crash: Crash | None) -> None:
        """Decide on a dispute, perhaps on one's own or once more."""
        disputed = {name: one for name, one in self.model.epochs.items() if one.disputes}
        epoch = pick(data, disputed, "disputed")
        name = data.draw(st.sampled_from(sorted(disputed[epoch].disputes)))
        self.resolve_by(epoch, name, judge, decision, crash)

    def resolve_by(
        self, epoch: str, name: str, judge: str, decision: str, crash: Crash | None
    ) -> None:
        """Decide on a dispute."""
        body = {"dispute": name, "decision": decision, "reason": f"reason {self.n_signed}"}
        record = self.sign(judge, "resolution", body, nonce=False)
        self.send(
            record,
            lambda home: dispute.resolve_dispute(home, name, record.to_json(), self.clock.now()),
            lambda model: model.resolve(epoch, name, judge, decision),
            crash,
        )

    # ----------------------------------------------------------------------------------- the laws

    @invariant()
    def the_house_stands(self) -> None:
        """What is shown, what follows from the log, and the model are the same."""
        if hasattr(self, "fragile"):
            self.compare(self.model)

    def compare(self, model: Model) -> None:
        """Hold the home against a model."""
        replayed, shown = self.fragile.verified(), self.fragile.shown()
        assert sum(shown.values()) == 0
        assert not [a for a, amount in shown.items() if amount < 0 and a != TREASURY]
        assert shown == replayed
        assert shown == {a: amount for a, amount in model.balances.items() if amount}
        states = self.fragile.states
        assert states("holds", "state", owner=None) == {
            name: (hold.state,) for name, hold in model.holds.items()
        }
        assert states("treasury_moves", "state", id=None) == {
            name: (one.state,) for name, one in model.proposals.items()
        }
        for task in WINDOWS:
            epochs = pay.list_epochs(self.home, task)
            assert {epoch.id: epoch.state for epoch in epochs} == {
                name: one.state for name, one in model.epochs.items() if one.task == task
            }
            accepted = {
                one.id: one.n_rows
                for one in contribute.list_contributions(self.home, task)
                if one.state == "accepted"
            }
            assert accepted == {n: len(one.rows) for n, one in model.accepted(task).items()}


def make_template(settings: Settings, workers: SharedWorkers) -> tuple[Model, Keys]:
    """Write a home with two tasks that were valued, and people who have some credits.

    Returns
    -------
    tuple of its model and everybody's keys.
    """
    opened = Home.open(settings)
    lab, model = Lab(replace(opened, executor=workers.of(opened))), Model()
    lab.home.jobs.bind(lab.home)
    for person in EVERYBODY:
        lab.keys[person] = PrivateKey((1 + EVERYBODY.index(person)).to_bytes(32, "big"))
        join.register(lab.home, lab.sign(person, "principal", {"name": person, "owner": person}))
    for person in EVERYBODY:
        body = {"owner": person, "amount": str(GIVEN), "nonce": f"first {person}"}
        treasury.grant(lab.home, lab.sign(SPONSOR, "grant", body))
        model.move(TREASURY, f"user:{person}", GIVEN)
    for task, minutes in WINDOWS.items():
        rules: Body = {"dispute_seconds": 60 * minutes} if minutes else {}
        rules |= {"owner_cap": str(CAPS[task])} if CAPS[task] < 1 else {}
        lab.open_task(task, recipe={"utility": "ridge"}, **rules)
        lab.fund(POOL, f"first {task}", task)
        model.move(TREASURY, f"pool:{task}", POOL)
        for seed, owner in enumerate(OWNERS[:2]):
            lines = make_rows(5, 1_000 + seed)
            draft, signed = drafted(lab, task, owner, lines)
            contribute.submit(lab.home, draft, signed)
            rows = frozenset(lines.splitlines(keepends=True))
            model.contributions[draft] = Contribution(task, owner, rows)
        name, units = valued(lab.home, task)
        model.studies[name] = Study(task, units, frozenset(model.accepted(task)))
    lab.wait_logged()
    lab.home.jobs.stop()
    lab.home.jobs.join()
    lab.home.database.close()
    return model, lab.keys


def drafted(lab: Lab, task: str, owner: str, lines: bytes) -> tuple[str, Body]:
    """Offer rows to a task; return the draft's id and the signed record that submits it."""
    sha256, _ = lab.home.blobs.put([lines])
    request = DraftRequest(
        file_sha256=sha256, file_name="rows.jsonl", license="CC-BY-4.0", owner=owner
    )
    draft = contribute.draft(lab.home, task, request)
    return draft.id, lab.consent(draft)


def valued(home: Home, task: str) -> tuple[str, dict[str, int]]:
    """Value a task's owners; return the study and their sealed units."""
    job = value.start(home, task, ValueRequest())
    ended = home.jobs.wait(job.id, JOB_SECONDS)
    assert ended.result is not None
    view = value.get_study(home, str(ended.result["study"]))
    return view.id, {row.owner: int(row.units) for row in view.values}


@pytest.fixture
def house(tmp_path: Path) -> Iterator[type[House]]:
    """A machine whose houses begin with the same home, and share workers and a clock."""
    first = Settings(
        home=tmp_path / "template", cache_dir=tmp_path / "cache", keys_dir=tmp_path / "keys",
        tracking_uri="http://127.0.0.1:9", n_workers=1, treasury_limit=LIMIT,
    )  # fmt: skip
    workers, clock = SharedWorkers(tmp_path), Clock()
    with clock.kept():
        at_first = make_template(first, workers)
        names = {"template": first, "at_first": at_first, "workers": workers}
        yield type("Houses", (House,), names | {"folder": tmp_path / "houses", "clock": clock})
    workers.close()


@pytest.mark.timeout(7_200)
def test_the_house_of_cards_stands(house: type[House]) -> None:
    n_houses = int(os.environ.get("WORKBENCH_CARDS", "0"))
    case = house.TestCase
    case.settings = settings(
        max_examples=n_houses or 5,
        stateful_step_count=60 if n_houses else 30,
        derandomize=not n_houses,
        database=None,
        deadline=None,
        phases=[Phase.generate, Phase.shrink] if n_houses else [Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    case("runTest").runTest()
