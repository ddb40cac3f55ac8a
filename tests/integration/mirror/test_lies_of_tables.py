"""Whatever a table says otherwise than its records, or a record says without a right, is named."""

import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.integration.mirror.conftest import Liar, Rows, Storied
from tests.integration.mirror.story import LIMIT
from tests.integration.mirror.test_lies import check, first, in_table
from workbench.core.canonical import canonical_bytes, sha256_hex
from workbench.core.envelope import Envelope
from workbench.core.errors import CorruptBundleError
from workbench.core.keys import PrivateKey
from workbench.ledger.head import TreeHead
from workbench.ledger.log import START, Walk
from workbench.ledger.tree import Frontier, leaf_hash
from workbench.mirror.contents import _log_row

Said = str
Lie = Callable[[Liar], None]


@pytest.fixture
def mirror(storied: Storied, tmp_path: Path) -> Path:
    return Path(shutil.copytree(storied.mirror, tmp_path / "mirror"))


@pytest.fixture
def liar(storied: Storied, mirror: Path) -> Liar:
    """The server itself, which has the keys of everybody it lies about."""
    found = Liar.of(mirror, PrivateKey.load(storied.written.folder / "server.key"))
    found.keys = storied.written.keys
    return found


def refused(mirror: Path, said: str) -> None:
    with pytest.raises(CorruptBundleError, match=said) as caught:
        check(mirror)
    assert caught.value.next_step


def last(name: str, value: Any) -> Callable[[Rows], None]:
    def change(rows: Rows) -> None:
        rows[-1][name] = value

    return change


def where(wanted: dict[str, Any], **changes: Any) -> Callable[[Rows], None]:
    def change(rows: Rows) -> None:
        [row] = [one for one in rows if wanted.items() <= one.items()]
        row.update(changes)

    return change


def gone(rows: Rows) -> None:
    rows.pop()


def twice(rows: Rows) -> None:
    rows.append(rows[-1])


def other(name: str, value: Any) -> Callable[[Rows], None]:
    """Add a row that nobody signed for."""

    def change(rows: Rows) -> None:
        rows.append(rows[-1] | {name: value})

    return change


ZERO = "0" * 64
TIME = "2026-11-26T00:00:00.000000+00:00"
LIES: dict[str, tuple[str, Callable[[Rows], None], Said]] = {
    "a key's owner": ("signing_key", first("owner", "mallory"), "the owner of the key"),
    "a key's principal": ("signing_key", first("principal", "m"), "the principal of the key"),
    "a role": ("signing_key", first("roles", "treasurer"), "the roles of the key"),
    "a key that was not replaced": (
        "signing_key", where({"replaced_by": None, "principal": "ana"}, replaced_by=ZERO),
        "the replaced_by of the key",
    ),
    "an address": (
        "signing_key", where({"principal": "ana", "replaced_by": None}, address="0x" + "c" * 40),
        "the address of the key",
    ),
    "a key's record": ("signing_key", first("record", ZERO), "the record of the key"),
    "a key's time": ("signing_key", first("created_at", "2020-01-01T00:00:00+00:00"),
                     "the created_at of the key"),
    "a missing key": ("signing_key", gone, "the key .* is not in its tables"),
    "a key of nobody": ("signing_key", other("public_key", ZERO), "no record says so"),
    "a key twice": ("signing_key", twice, "is in its tables twice"),
    "a principal who joined later": ("principal", last("created_at", "2020-01-01T00:00:00+00:00"),
                                     "the time of the principal"),
    "a missing principal": ("principal", lambda rows: rows.pop(0), "nobody registered"),
    "a member's owner": ("member", first("owner", "eva"), "the owner of the member"),
    "a member's name": ("member", first("principal", "eva"), "the principal of the member"),
    "a missing member": ("member", gone, "the member .* is not in its tables"),
    "a task's title": ("task", first("title", "Three"), "the title of the task"),
    "a contribution's key": ("contribution", first("principal", ZERO), "the key of the contrib"),
    "a commitment": ("contribution", where({"owner": "lea"}, commitment=None),
                     "the commitment of the contribution"),
    "another's commitment": ("contribution", where({"owner": "kai"}, commitment=ZERO),
                             "the commitment of the contribution"),
    "rows that count": ("contribution", where({"owner": "kai"}, counted_sha256=None),
                        "the rows that count of the contribution"),
    "rows that count of whom nobody counted": (
        "contribution", where({"owner": "ana"}, counted_sha256=ZERO), "a signed count"),
    "a number of rows": ("contribution", where({"owner": "kai"}, n_rows="16"),
                         "the number of rows of the contribution"),
    "a number of rows of gates": ("contribution", where({"owner": "ana"}, n_rows="39"),
                                  "the number of rows of the contribution"),
    "a state after review": ("contribution", where({"owner": "mia"}, state="refused"),
                             "the state of the contribution"),
    "a state after refusal": ("contribution", where({"owner": "nia"}, state="accepted"),
                              "the state of the contribution"),
    "a withdrawn one": ("contribution", where({"owner": "pia"}, state="accepted"),
                        "the state of the contribution"),
    "one that nobody withdrew": ("contribution", where({"owner": "ana"}, state="withdrawn"),
                                 "the state of the contribution"),
    "a missing contribution": (
        "contribution", lambda rows: rows.remove(next(r for r in rows if r["owner"] == "mia")),
        "is of no contribution"),
    "a missing digest": ("contribution_row", gone, "the number of digests of rows"),
    "a row of what was withdrawn": ("contribution_row", other("contribution", "?"), "KeyError"),
    "a row's task": ("contribution_row", last("task", "hills"), "the task of a row"),
    "a row of another": ("displaced_row", first("owner", "mia"), "the owner of the row of another"),
    "a missing row of another": ("displaced_row", gone, "the row of another"),
    "a row that is its own": ("displaced_row", other("position", "12"), "no record says so"),
    "a method": ("study", first("method", "exact-ish"), "the method of the study"),
    "a budget": ("study", first("budget", "2"), "the budget of the study"),
    "options": ("study", first("options", "{}"), "the options of the study"),
    "a state of a study": ("study", first("state", "running"), "the state of the study"),
    "trainings of a coalition": ("study_coalition", last("n_replicates", 2),
                                 "the digest of the utilities"),
    "a value": ("sealed_value", first("value", 0.5), "the value in units of the study"),
    "a player": ("player", first("owner", "mallory"), "the owner of the study"),
    "an epoch's end": ("epoch", first("final_at", None), "the final_at of the epoch"),
    "an epoch's number": ("epoch", first("number", 4), "the number of the epoch"),
    "an epoch's study": ("epoch", first("study", ZERO), "the study of the epoch"),
    "what returns": ("epoch", first("returned", "7"), "the returned of the epoch"),
    "a missing epoch": ("epoch", gone, "the epoch .* is not in its tables"),
    "a payout": ("payout", last("amount", "5"), "the amount of the payout"),
    "a payout of nobody": ("payout", other("owner", "mallory"), "the payout 'mallory in"),
    "a missing payout": ("payout", gone, "the payout .* is not in its tables"),
    "a reason": ("dispute", first("reason", "none"), "the reason of the dispute"),
    "who disputes": ("dispute", first("owner", "noise"), "the owner of the dispute"),
    "a missing dispute": ("dispute", gone, "the dispute .* is not in its tables"),
    "a decision": ("resolution", where({"decision": "uphold"}, decision="dismiss"),
                   "the decision of the decision on"),
    "who decides": ("resolution", first("owner", "ana"), "the owner of the decision on"),
    "a missing decision": ("resolution", gone, "the decision on .* is not in its tables"),
    "an outcome": ("settlement", where({"outcome": "void"}, outcome="final"),
                   "the outcome of the settlement of"),
    "a settlement of what is open": ("settlement", other("epoch", ZERO), "no record says so"),
    "a missing settlement": ("settlement", gone, "the settlement of .* is not in its tables"),
    "what is held": ("hold", where({"state": "held"}, amount="1"), "the amount of the hold"),
    "whom it is for": ("hold", where({"state": "held"}, payee="eva"), "the payee of the hold"),
    "what was taken": ("hold", where({"state": "settled"}, settled="100"), "the settled of the"),
    "what is closed": ("hold", where({"state": "void"}, state="expired"), "the state of the hold"),
    "until when": ("hold", where({"state": "held"}, expires_at="2030-01-01T00:00:00+00:00"),
                   "the expires_at of the hold"),
    "when it was closed": ("hold", where({"state": "expired"}, closed_at=None), "the closed_at of"),
    "a missing hold": ("hold", gone, "the hold .* is not in its tables"),
    "who approved": ("treasury_move", where({"state": "executed"}, approved_by="eva"),
                     "the approved_by of the treasury's movement"),
    "what waits": ("treasury_move", where({"state": "proposed"}, amount="3"),
                   "the amount of the treasury's movement"),
    "what was executed": ("treasury_move", where({"state": "proposed"}, state="executed"),
                          "the state of the treasury's movement"),
    "a missing movement": ("treasury_move", gone, "the treasury's movement .* is not in"),
}  # fmt: skip


@pytest.mark.parametrize("lie", LIES)
def test_a_lie_in_a_table_is_named(liar: Liar, mirror: Path, lie: str) -> None:
    table, change, said = LIES[lie]
    in_table(table, change)(liar)
    refused(mirror, said)


def _of_owner(owner: str) -> Callable[[Rows], None]:
    return lambda rows: rows.remove(next(row for row in rows if row["owner"] == owner))


def _named_ana_too(rows: Rows) -> None:
    rows.remove(next(row for row in rows if "ana-too" in row.values()))


LEFT_OUT: dict[str, tuple[dict[str, Callable[[Rows], None]], Said]] = {
    "a person who signed nothing": (
        {"principal": _named_ana_too, "signing_key": _named_ana_too}, "is a principal, "
    ),
    "a contribution of which nothing speaks": ({"contribution": _of_owner("ola")},
                                               "is a contribution, "),
}  # fmt: skip


@pytest.mark.parametrize("what", LEFT_OUT)
def test_what_is_left_out_is_named_though_nothing_later_speaks_of_it(
    liar: Liar, mirror: Path, what: str
) -> None:
    changes, said = LEFT_OUT[what]
    for table, change in changes.items():
        in_table(table, change)(liar)
    refused(mirror, f"{said}.* which is left out of its tables")


def test_a_record_is_anothers_only_if_the_server_said_so(liar: Liar, mirror: Path) -> None:
    for table in ("principal", "signing_key"):
        in_table(table, _named_ana_too)(liar)
    joined = _record(liar, "principal", name="ana-too").content_id
    body = {"run": ZERO, "origin": ZERO, "entry_sha256": ZERO, "records": [joined]}
    append(liar, signed("eva", "bundle", body)(liar))
    refused(mirror, "which is left out of its tables")
    append(liar, Envelope.sign("bundle", body, liar.key))
    check(mirror)


def test_every_table_of_records_is_lied_about(storied: Storied) -> None:
    """Of the others no record says anything: they are the origin's word."""
    tables = {path.name for path in (storied.mirror / "tables").iterdir()}
    by_other_tests = {"evaluation", "game", "run", "seal", "model_version"}
    unsigned = {"look", "permutation"}
    assert tables <= {table for table, *_ in LIES.values()} | by_other_tests | unsigned


# ------------------------------------------------------------------------------ the log itself


def signed(name: str, kind: str, body: dict[str, Any]) -> Callable[[Liar], Any]:
    return lambda liar: Envelope.sign(kind, body, liar.keys[name], home=liar.key.public_hex)


def append(liar: Liar, *lines: dict[str, Any] | Envelope) -> None:
    """Add records and movements to the log, and sign that."""
    rows = liar.rows("log")
    for line in lines:
        entry: dict[str, Any] = {"seq": len(rows), "time": datetime.now(UTC).isoformat()}
        if isinstance(line, Envelope):
            entry |= {"kind": "record", "record": line.content_id}
            rows.append({"entry": entry, "record": line.to_json()})
        else:
            rows.append({"entry": entry | {"kind": "entry", "entry": line}})
    head, tree, prev = liar.manifest.head, Frontier(), START
    for row in rows:
        row["entry"]["prev"] = prev
        text = canonical_bytes(row["entry"])
        prev = sha256_hex(text)
        tree.append(leaf_hash(text))
    other = TreeHead(head.origin, tree.size, tree.root.hex(), head.time)
    liar.write("log", rows, head=other.signed(liar.key))


def movement(identity: str, kind: str, reason: str, *lines: tuple[str, str, int]) -> dict[str, Any]:
    postings = [{"source": a, "destination": b, "amount": str(n)} for a, b, n in lines]
    return {"id": identity, "kind": kind, "reason": reason, "postings": postings}


def _record(liar: Liar, kind: str, **wanted: Any) -> Envelope:
    found = [Envelope.from_json(row["record"]) for row in liar.rows("log") if "record" in row]
    return next(one for one in found if one.kind == kind and wanted.items() <= one.body.items())


def _of(liar: Liar, table: str, **wanted: Any) -> dict[str, Any]:
    return next(row for row in liar.rows(f"tables/{table}") if wanted.items() <= row.items())


def _minted(liar: Liar) -> None:
    append(liar, movement("x", "grant", ZERO, ("treasury", "user:eva", 5)))


def _minted_for_a_record(liar: Liar) -> None:
    record = _record(liar, "transfer").content_id
    append(liar, movement("x", "transfer", record, ("treasury", "user:eva", 5)))


def _more_than_signed(liar: Liar) -> None:
    grant = signed("sponsor", "grant", {"owner": "eva", "amount": "5", "nonce": "x"})(liar)
    append(
        liar, grant, movement(grant.content_id, "grant", grant.content_id,
                              ("treasury", "user:eva", 6)),
    )  # fmt: skip


def _much_on_one_word(liar: Liar) -> None:
    body = {"owner": "eva", "amount": str(LIMIT + 1), "nonce": "x"}
    grant: Envelope = signed("sponsor", "grant", body)(liar)
    append(
        liar, grant, movement(grant.content_id, "grant", grant.content_id,
                              ("treasury", "user:eva", LIMIT + 1)),
    )  # fmt: skip


def _limit_by_another(liar: Liar) -> None:
    append(liar, signed("sponsor", "treasury-limit", {"limit": "0", "previous": None})(liar))


def _limit_out_of_turn(liar: Liar) -> None:
    body = {"limit": "0", "previous": None}
    append(liar, Envelope.sign("treasury-limit", body, liar.key))


def _of_another_purse(liar: Liar) -> None:
    body = {"source": "ben", "destination": "eva", "amount": "5", "nonce": "x"}
    append(liar, signed("eva", "transfer", body)(liar))


def _moves_nothing(liar: Liar) -> None:
    body = {"source": "ben", "destination": "eva", "amount": "5", "nonce": "x"}
    append(liar, signed("ben", "transfer", body)(liar))


def _of_no_home(liar: Liar) -> None:
    body = {"source": "ben", "destination": "eva", "amount": "5", "nonce": "x"}
    moved = Envelope.sign("transfer", body, liar.keys["ben"])
    line = ("user:ben", "user:eva", 5)
    append(liar, moved, movement(moved.content_id, "transfer", moved.content_id, line))


def _of_another_home(liar: Liar) -> None:
    body = {"source": "ben", "destination": "eva", "amount": "5", "nonce": "x"}
    moved = Envelope.sign("transfer", body, liar.keys["ben"], home=ZERO)
    line = ("user:ben", "user:eva", 5)
    append(liar, moved, movement(moved.content_id, "transfer", moved.content_id, line))


def _joined_elsewhere(liar: Liar) -> None:
    """Somebody who joined another home, where the same key signs."""
    body = {"name": "m", "owner": "m"}
    joined = Envelope.sign("principal", body, PrivateKey.make(), home=ZERO)
    append(liar, joined)
    row = body | {"public_key": joined.author, "record": joined.content_id, "created_at": TIME}
    liar.write("tables/principal", [*liar.rows("tables/principal"), row])


def _agreed_elsewhere(liar: Liar) -> None:
    """A submission that was signed for another home."""
    row = _of(liar, "contribution", owner="ben")
    body = _record(liar, "contribution", contribution=row["id"]).body
    again = Envelope.sign("contribution", body, liar.keys["ben"], home=ZERO)
    append(liar, again)
    in_table("contribution", where({"owner": "ben"}, record=again.content_id))(liar)


def _by_no_treasurer(liar: Liar) -> None:
    append(liar, signed("eva", "grant", {"owner": "eva", "amount": "5", "nonce": "x"})(liar))


def _by_no_admin(liar: Liar) -> None:
    body = {"principal": "eva", "role": "admin", "granted": True, "nonce": "x"}
    append(liar, signed("eva", "role", body)(liar))


def _by_a_replaced_key(liar: Liar) -> None:
    body = {"source": "ana", "destination": "eva", "amount": "5", "nonce": "x"}
    append(liar, signed("ana-before", "transfer", body)(liar))


def _by_a_stranger(liar: Liar) -> None:
    liar.keys = liar.keys | {"m": PrivateKey.make()}
    append(liar, signed("m", "address", {"address": "0x" + "d" * 40, "nonce": "x"})(liar))


def _rotated_without_proof(liar: Liar) -> None:
    old, new = liar.keys["eva"], PrivateKey.make()
    body = {"principal": "eva", "old": old.public_hex, "new": new.public_hex, "reason": ""}
    append(liar, signed("eva", "rotation", body | {"proof": "0" * 128})(liar))


def _rotated_by_another(liar: Liar) -> None:
    from workbench.core.rotations import prove_possession

    old, new = liar.keys["eva"], PrivateKey.make()
    body = {"principal": "eva", "old": old.public_hex, "new": new.public_hex, "reason": "lost"}
    body["proof"] = prove_possession(new, "eva", old.public_hex)
    append(liar, signed("ben", "rotation", body)(liar))


def _admitted_by_a_stranger(liar: Liar) -> None:
    append(liar, signed("eva", "member", {"owner": "ana", "principal": "m"})(liar))


def _approved_by_its_proposer(liar: Liar) -> None:
    waits = _of(liar, "treasury_move", state="proposed")["id"]
    append(liar, signed("sponsor", "approval", {"record": waits})(liar))


def _approved_twice(liar: Liar) -> None:
    done = _of(liar, "treasury_move", state="executed")["id"]
    append(liar, signed("sponsor", "approval", {"record": done})(liar))


def _taken_by_its_payer(liar: Liar) -> None:
    held = _of(liar, "hold", state="held")["id"]
    append(liar, signed("ana", "settlement", {"hold": held, "amount": "1"})(liar))


def _taken_twice(liar: Liar) -> None:
    taken = _of(liar, "hold", state="settled")["id"]
    append(liar, signed("ben", "void", {"hold": taken})(liar))


def _expired_early(liar: Liar) -> None:
    held = _of(liar, "hold", state="held")["id"]
    append(
        liar,
        movement(f"{held}:expiry", "expiry", held, (f"hold:{held}", "user:ana", 100)),
    )


def _settled_early(liar: Liar) -> None:
    epoch = _of(liar, "epoch", number=3)
    back = (f"hold:{epoch['id']}", "pool:clouds", int(epoch["pool"]))
    append(liar, movement(f"{epoch['id']}:settled", "void", epoch["id"], back))


def _disputed_twice(liar: Liar) -> None:
    epoch = _of(liar, "epoch", number=3)["id"]
    append(liar, signed("eva", "dispute", {"epoch": epoch, "reason": "again"})(liar))


def _disputed_by_nobody(liar: Liar) -> None:
    epoch = _of(liar, "epoch", number=3)["id"]
    append(liar, signed("pia", "dispute", {"epoch": epoch, "reason": "why"})(liar))


def _decided_by_itself(liar: Liar) -> None:
    dispute = _of(liar, "dispute", owner="eva")["id"]
    body = {"dispute": dispute, "decision": "uphold", "reason": "mine"}
    append(liar, signed("eva", "resolution", body)(liar))


def _withdrawn_by_another(liar: Liar) -> None:
    row = _of(liar, "contribution", owner="ben")
    body = {"contribution": row["id"], "file_sha256": row["file_sha256"]}
    append(liar, signed("eva", "withdrawal", body)(liar))


def _reviewed_by_its_owner(liar: Liar) -> None:
    row = _of(liar, "contribution", owner="ola")
    body = {"contribution": row["id"], "decision": "accept", "reason": "mine"}
    append(liar, signed("ola", "review", body)(liar))


def _reviewed_twice(liar: Liar) -> None:
    row = _of(liar, "contribution", owner="nia")
    body = {"contribution": row["id"], "decision": "accept", "reason": "after all"}
    append(liar, signed("sponsor", "review", body)(liar))


def _counted_out_of_turn(liar: Liar) -> None:
    body = _record(liar, "counted").body | {"previous": ZERO}
    append(liar, Envelope.sign("counted", body, liar.key))


def _paid_by_a_stranger(liar: Liar) -> None:
    study = _of(liar, "study")["id"]
    append(liar, signed("eva", "payout", {"task": "clouds", "study": study, "nonce": "x"})(liar))


def _paid_and_not_moved(liar: Liar) -> None:
    study = _of(liar, "study")["id"]
    body = {"task": "clouds", "study": study, "nonce": "x"}
    append(liar, signed("sponsor", "payout", body)(liar))


def _contributor(liar: Liar, name: str, roles: str) -> Envelope:
    """Let somebody contribute in the team."""
    in_table("signing_key", where({"principal": name}, roles=roles))(liar)
    body = {"principal": name, "role": "contributor", "granted": True, "nonce": "x"}
    found: Envelope = signed("sponsor", "role", body)(liar)
    return found


def _agreed_to_nothing(liar: Liar) -> None:
    """The row of a submission that names a consent in other words."""
    row = _of(liar, "contribution", owner="ben")
    body = _record(liar, "contribution", contribution=row["id"]).body
    agreed = _record(liar, "consent", contribution=row["id"]).body
    consent = signed("ben", "consent", agreed | {"words": ZERO})(liar)
    again = signed("ben", "contribution", body | {"consent": consent.content_id})(liar)
    append(liar, _contributor(liar, "ben", "contributor, treasurer"), consent, again)
    in_table("contribution", where({"owner": "ben"}, record=again.content_id))(liar)


def _opened_otherwise(liar: Liar) -> None:
    row = _of(liar, "contribution", owner="lea")
    body = _record(liar, "contribution", contribution=row["id"]).body
    again = signed("lea", "contribution", body | {"reveal": body["reveal"] | {"salt": ZERO}})(liar)
    append(liar, _contributor(liar, "lea", "contributor"), again)
    in_table("contribution", where({"owner": "lea"}, record=again.content_id))(liar)


@pytest.mark.parametrize(
    ("lie", "said"),
    [
        (_minted, "'x' moves money, and no record asks for it"),
        (_minted_for_a_record, "'x' moves money, and no record asks for it"),
        (_more_than_signed, "the postings of the ledger entry .* 6.*Wanted: .* 5"),
        (_much_on_one_word, "on one person's word. Wanted: the word of two"),
        (_limit_by_another, "the limit .* is signed by"),
        (_limit_out_of_turn, "the limit before of the limit"),
        (_of_another_purse, "is signed for 'eva'. Wanted: a signature for 'ben'"),
        (_moves_nothing, "moved nothing"),
        (_of_no_home, "it was signed for no home"),
        (_of_another_home, "it was signed for the home 0000"),
        (_joined_elsewhere, "'m' rests on the record .* signed for the home 0000"),
        (_agreed_elsewhere, "rests on the record .* signed for the home 0000"),
        (_by_no_treasurer, "signed by eva, who was no treasurer then"),
        (_by_no_admin, "signed by eva, who was no admin then"),
        (_by_a_replaced_key, "which was replaced before"),
        (_by_a_stranger, "whom nobody registered"),
        (_rotated_without_proof, "proves nothing"),
        (_rotated_by_another, "signed by ben, who was no admin then"),
        (_admitted_by_a_stranger, "is admitted by eva"),
        (_approved_by_its_proposer, "by sponsor, who proposed it"),
        (_approved_twice, "which does not wait"),
        (_taken_by_its_payer, "is signed for 'ana'. Wanted: a signature for 'ben'"),
        (_taken_twice, "the hold is settled"),
        (_expired_early, "was not to be: the hold is held"),
        (_settled_early, "is settled, and was not due"),
        (_disputed_twice, "eva has disputed clouds:3 before"),
        (_disputed_by_nobody, "pia, who was not valued"),
        (_decided_by_itself, "who was no treasurer then"),
        (_withdrawn_by_another, "is signed for 'eva'. Wanted: a signature for 'ben'"),
        (_reviewed_by_its_owner, "who was no reviewer then"),
        (_reviewed_twice, "is of what waits no more"),
        (_counted_out_of_turn, "the record before of the count"),
        (_paid_by_a_stranger, "who was no treasurer then"),
        (_paid_and_not_moved, "moved nothing"),
        (_agreed_to_nothing, "the words of the consent to the contribution"),
        (_opened_otherwise, "the digest of the commitment of the contribution"),
    ],
)
def test_a_record_without_a_right_or_a_movement_without_a_record_is_named(
    liar: Liar, mirror: Path, lie: Lie, said: str
) -> None:
    lie(liar)
    refused(mirror, said)


def test_a_limit_that_was_raised_first_is_there_to_be_read(liar: Liar, mirror: Path) -> None:
    before = _record(liar, "treasury-limit", limit=str(LIMIT)).content_id
    body = {"limit": str(2 * LIMIT), "previous": before}
    append(liar, Envelope.sign("treasury-limit", body, liar.key))
    _much_on_one_word(liar)
    check(mirror)


def test_the_log_that_is_written_anew_is_taken_where_nothing_is_wrong(
    liar: Liar, mirror: Path
) -> None:
    """The lies above are seen for what they say, not for how they are written."""
    append(liar)
    walk = Walk()
    for row in liar.rows("log"):
        assert walk.step(_log_row(row["entry"])) is None
    assert check(mirror).contents is not None
    assert json.loads(liar.manifest.head_text)
