"""What was signed for one home counts in no other, though the same people are in both."""

import dataclasses
import json
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.integration.workflows.conftest import Lab, make_rows
from workbench.core.commitment import commitment_digest
from workbench.core.envelope import Envelope
from workbench.core.errors import ConflictError, NotFoundError, SignatureError
from workbench.core.keys import PrivateKey
from workbench.core.rotations import prove_possession
from workbench.core.settings import Settings
from workbench.core.wire import ValueRequest
from workbench.storage import record
from workbench.workflows import (
    commit,
    contribute,
    holds,
    join,
    keys,
    pay,
    receipts,
    roles,
    tasks,
    transfer,
    treasury,
    value,
    verify_home,
    withdraw,
)
from workbench.workflows.home import Home
from workbench.workflows.jobs import Report

Signed = dict[str, Any]
Send = Callable[[Home, Signed], object]


class Twins:
    """Two homes with the same people, keys, task, rows and study; signed for each."""

    def __init__(self, here: Lab, there: Lab) -> None:
        self.here, self.there = here, there
        there.keys = here.keys
        for lab in (here, there):
            for name in ("sponsor", "ana", "ben"):
                self.join(lab, name)
            lab.open_task()
            for name in ("ana", "ben"):
                body = {"owner": name, "amount": "1000", "nonce": f"start {name}"}
                treasury.grant(lab.home, lab.sign("sponsor", "grant", body))
                lab.contribute(name, make_rows(20, len(name) + ord(name[0])))
            lab.fund(5_000)
        self.studies = [self.valued(lab) for lab in (here, there)]

    @staticmethod
    def join(lab: Lab, name: str) -> None:
        """Register a person, with the same key in each home."""
        lab.keys.setdefault(name, PrivateKey.make())
        join.register(lab.home, lab.sign(name, "principal", {"name": name, "owner": name}))

    @staticmethod
    def valued(lab: Lab) -> str:
        """Return a sealed study."""
        return str(lab.wait(value.start(lab.home, "clouds", ValueRequest()))["study"])

    def replayed(self, signed: Signed, send: Send) -> None:
        """Have a record count here, and see that it does not there, whatever it says."""
        send(self.here.home, signed)
        before = state_of(self.there.home)
        with pytest.raises(SignatureError, match="was signed for the home") as caught:
            send(self.there.home, signed)
        assert self.there.home.origin[:16] in str(caught.value.wanted)
        assert state_of(self.there.home) == before


def state_of(home: Home) -> Any:
    """Return all that a record could have changed."""
    views = ("record", "entry", "balance", "principal", "contribution", "hold", "epoch")
    database = home.database
    return [database.select(f"select * from {view} order by all").to_pylist() for view in views]


def sent(work: Callable[..., Any], *about: str) -> Send:
    """Return what sends a record to a workflow that also takes the name of what it is about."""
    return lambda home, signed: work(home, *about, signed)


def to_transfer(home: Home, signed: Signed) -> object:
    return transfer.transfer(home, signed).result()


def settings_of(folder: Path) -> Settings:
    settings = Settings.from_environment(
        {
            "WORKBENCH_HOME": str(folder / "home"),
            "WORKBENCH_CACHE": str(folder.parent / "cache"),
            "WORKBENCH_TRACKING_URI": "http://127.0.0.1:9",
        }
    )
    return dataclasses.replace(settings, n_workers=1)


@pytest.fixture(scope="module")
def twins(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twins]:
    root = tmp_path_factory.mktemp("twins")
    labs = [Lab(Home.open(settings_of(root / name))) for name in ("here", "there")]
    yield Twins(*labs)
    for lab in labs:
        lab.home.close()


def verified(home: Home) -> dict[str, Any]:
    report = Report("test", publish=lambda _: None, cancelled=lambda: False)
    return verify_home.check(home, {"files": False}, report)


MOVES: dict[str, tuple[str, Signed, Send]] = {
    "transfer": ("ana", {"source": "ana", "destination": "ben", "amount": "7"}, to_transfer),
    "hold": (
        "ana",
        {
            "payer": "ana", "payee": "ben", "amount": "7",
            "expires_at": (datetime.now(UTC) + timedelta(days=1)).isoformat(),
        },
        sent(holds.hold),
    ),
    "grant": ("sponsor", {"owner": "ana", "amount": "7"}, sent(treasury.grant)),
    "funding": ("sponsor", {"task": "clouds", "amount": "7"}, sent(tasks.fund_task, "clouds")),
    "address": ("ana", {"address": "0x" + "d" * 40}, sent(keys.set_address)),
}  # fmt: skip


@pytest.mark.parametrize("kind", MOVES)
def test_what_moves_money_in_one_home_moves_none_in_another(twins: Twins, kind: str) -> None:
    name, body, send = MOVES[kind]
    twins.replayed(twins.here.sign(name, kind, body | {"nonce": f"replay {kind}"}), send)


def test_a_study_of_the_same_values_is_paid_where_it_was_signed_for_alone(twins: Twins) -> None:
    # The records of both homes name the same things: only the home tells them apart.
    assert twins.studies[0] == twins.studies[1]
    body = {"task": "clouds", "study": twins.studies[0], "nonce": "1"}
    signed = twins.here.sign("sponsor", "payout", body)
    twins.replayed(signed, sent(pay.close_epoch, "clouds"))


def test_consents_commitments_and_submissions_are_for_one_home(twins: Twins) -> None:
    rows = make_rows(6, 1_234)
    digest = commitment_digest("5" * 64, "clouds", "ana", "6" * 64)
    body = {"task": "clouds", "owner": "ana", "digest": digest}
    committed = twins.here.sign("ana", "commitment", body)
    twins.replayed(committed, sent(commit.commit, "clouds"))
    here, there = (lab.draft("ana", rows) for lab in (twins.here, twins.there))
    assert here.id == there.id
    submission = twins.here.consent(here)
    [consent] = twins.here.home.database.read(
        "record_by_content_id", {"content_id": submission["body"]["consent"]}
    )
    agreed = json.loads(consent["envelope"])
    twins.replayed(agreed, sent(receipts.give_consent, here.id))
    # Known from a bundle, it is still no consent to this home.
    known = Envelope.from_json(agreed)
    twins.there.home.database.write(lambda tx: record.append(tx, known, of_another_home=True))
    own = twins.there.sign("ana", "contribution", submission["body"])
    with pytest.raises(SignatureError, match="the consent was signed for the home"):
        contribute.submit(twins.there.home, there.id, own)
    twins.replayed(submission, sent(contribute.submit, here.id))
    file = {"contribution": here.id, "file_sha256": here.file_sha256}
    twins.there.contribute("ana", rows)
    gone = twins.here.sign("ana", "withdrawal", file)
    twins.replayed(gone, sent(withdraw.withdraw, here.id))
    assert contribute.get_contribution(twins.there.home, here.id).state == "accepted"


def test_keys_and_rights_are_given_for_one_home(twins: Twins) -> None:
    twins.here.keys["kim"] = PrivateKey.make()
    joined = twins.here.sign("kim", "principal", {"name": "kim", "owner": "kim"})
    twins.replayed(joined, sent(join.register))
    # What came in a bundle registers nobody either.
    known = Envelope.from_json(joined)
    twins.there.home.database.write(lambda tx: record.append(tx, known, of_another_home=True))
    with pytest.raises(SignatureError):
        join.register(twins.there.home, joined)
    member = twins.here.sign("ana", "member", {"owner": "ana", "principal": "lee"})
    twins.replayed(member, sent(join.admit))
    old, new = twins.here.keys["ben"], PrivateKey.make()
    body = {"principal": "ben", "old": old.public_hex, "new": new.public_hex, "reason": ""}
    body["proof"] = prove_possession(new, "ben", old.public_hex)
    twins.replayed(twins.here.sign("ben", "rotation", body), sent(keys.rotate_key))
    role = {"principal": "ana", "role": "admin", "granted": True, "nonce": "1"}
    twins.replayed(twins.here.sign("ana", "role", role), sent(roles.change_role))


def test_what_names_a_thing_of_one_home_finds_it_nowhere_else(twins: Twins) -> None:
    body = {"payer": "ana", "payee": "sponsor", "amount": "7", "nonce": "for the sponsor"}
    body["expires_at"] = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    held = holds.hold(twins.here.home, twins.here.sign("ana", "hold", body))
    taken = twins.here.sign("sponsor", "settlement", {"hold": held.id, "amount": "7"})
    with pytest.raises(NotFoundError):
        holds.settle(twins.there.home, held.id, taken)
    approved = twins.here.sign("sponsor", "approval", {"record": held.id})
    with pytest.raises(NotFoundError):
        treasury.approve(twins.there.home, approved)


@pytest.mark.parametrize("home", [None, "0" * 64])
def test_a_record_that_names_no_home_or_nobodys_is_refused(twins: Twins, home: str | None) -> None:
    body = {"source": "ana", "destination": "ben", "amount": "1", "nonce": f"for {home}"}
    signed = Envelope.sign("transfer", body, twins.here.keys["ana"], home=home)
    before = state_of(twins.here.home)
    with pytest.raises(SignatureError, match="was signed for"):
        to_transfer(twins.here.home, signed.to_json())
    assert state_of(twins.here.home) == before


def test_both_homes_verify(twins: Twins) -> None:
    for lab in (twins.here, twins.there):
        found = verified(lab.home)
        assert found["first_bad"] is None


# ------------------------------------------------------------- homes of before, and of a backup


@pytest.fixture
def older(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> tuple[Lab, Signed]:
    """A home whose records name no home, and one of its transfers."""
    with monkeypatch.context() as before:
        before.setattr(Envelope, "check_home", lambda self, _: self)
        before.setattr(Home, "origin", property(lambda _: None))
        lab.keys.clear()
        for name in ("eva", "ana", "ben"):
            lab.sign(name, "note", {})
        grant = lab.sign("eva", "grant", {"owner": "ana", "amount": "50", "nonce": "1"})
        treasury.grant(lab.home, grant)
        body = {"source": "ana", "destination": "ben", "amount": "5", "nonce": "1"}
        moved = lab.sign("ana", "transfer", body)
        to_transfer(lab.home, moved)
    assert "home" not in moved
    return lab, moved


@pytest.fixture
def lab(open_lab: Callable[[], Lab]) -> Lab:
    """Return an open home without anything in it."""
    return open_lab()


def test_records_of_before_stand_and_none_follows_one_that_names_its_home(
    older: tuple[Lab, Signed],
) -> None:
    lab, moved = older
    assert verified(lab.home)["first_bad"] is None
    # Sent again, it gets its first answer; another of its kind is not taken any more.
    again: Any = to_transfer(lab.home, moved)
    assert again.postings[0].amount == "5"
    late = Envelope.sign("transfer", moved["body"] | {"nonce": "2"}, lab.keys["ana"])
    with pytest.raises(SignatureError, match="signed for no home"):
        to_transfer(lab.home, late.to_json())
    to_transfer(lab.home, lab.sign("ana", "transfer", moved["body"] | {"nonce": "3"}))
    assert verified(lab.home)["first_bad"] is None
    # A server that takes it all the same cannot hide it.
    size = verified(lab.home)["size"]
    lab.home.database.write(lambda tx: record.append(tx, late, of_another_home=True))
    bad = verified(lab.home)["first_bad"]
    assert (bad["step"], bad["seq"]) == ("log", size)
    assert "signed for no home" in bad["found"]


def test_a_study_that_was_paid_before_is_not_paid_again_by_the_same_words(
    open_lab: Callable[[], Lab], monkeypatch: pytest.MonkeyPatch
) -> None:
    lab = open_lab()
    lab.open_task()
    lab.contribute("ana", make_rows(20, 1))
    lab.contribute("ben", make_rows(20, 2))
    lab.fund(5_000)
    study = Twins.valued(lab)
    with monkeypatch.context() as before:
        before.setattr(Envelope, "check_home", lambda self, _: self)
        body = {"task": "clouds", "study": study, "nonce": study}
        old = Envelope.sign("payout", body, lab.keys["sponsor"]).to_json()
        paid = pay.close_epoch(lab.home, "clouds", old)
    lab.fund(5_000, nonce="2")
    assert lab.pay(study, nonce=study).id == paid.id
    assert len(pay.list_epochs(lab.home, "clouds")) == 1
    assert lab.pay(study, nonce="another").number == 2


def test_a_restored_home_is_the_same_home(open_lab: Callable[[], Lab], tmp_path: Path) -> None:
    lab = open_lab()
    for name in ("sponsor", "ana", "ben"):
        Twins.join(lab, name)
    body = {"owner": "ana", "amount": "50", "nonce": "1"}
    treasury.grant(lab.home, lab.sign("sponsor", "grant", body))
    lab.home.close()
    shutil.copytree(lab.home.settings.home, tmp_path / "copy" / "home")
    lab = Lab(open_lab().home, lab.keys)
    moved = lab.sign(
        "ana", "transfer", {"source": "ana", "destination": "ben", "amount": "5", "nonce": "1"}
    )
    to_transfer(lab.home, moved)
    copy = Home.open(settings_of(tmp_path / "copy"))
    try:
        assert copy.origin == lab.home.origin
        # Lost with what came after the backup, it may be sent again, and counts once.
        first: Any = to_transfer(copy, moved)
        second: Any = to_transfer(copy, moved)
        assert first == second
        other = moved["body"] | {"amount": "6"}
        with pytest.raises(ConflictError):
            to_transfer(copy, lab.sign("ana", "transfer", other))
    finally:
        copy.close()
