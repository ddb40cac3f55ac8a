"""Whoever committed to rows first has them, whatever is submitted first."""

import json
from typing import Any

import pytest

from tests.integration.workflows.conftest import make_rows
from workbench.core.canonical import canonical_bytes
from workbench.core.commitment import commitment_digest, make_salt
from workbench.core.errors import ForbiddenError, InvalidInputError, NotFoundError
from workbench.core.wire import DraftRequest, MaskRequest, Opening, TrainRequest
from workbench.workflows import commit, contribute, mirror, train
from workbench.workflows.inputs import owner_rows


def commit_to(lab: Any, owner: str, content: bytes) -> tuple[str, str]:
    """Commit an owner to a file; return the commitment and its salt."""
    digest, _ = lab.home.blobs.put([content])
    salt = make_salt()
    body = {"task": "clouds", "owner": owner}
    body |= {"digest": commitment_digest(salt, "clouds", owner, digest)}
    return commit.commit(lab.home, "clouds", lab.sign(owner, "commitment", body)).id, salt


def reveal(lab: Any, owner: str, content: bytes, commitment: str, salt: str) -> Any:
    """Contribute the file of a commitment, signed."""
    digest, _ = lab.home.blobs.put([content])
    opening = Opening(commitment=commitment, salt=salt)
    draft = contribute.draft(
        lab.home,
        "clouds",
        DraftRequest(
            file_sha256=digest,
            file_name="rows.jsonl",
            license="CC-BY-4.0",
            owner=owner,
            opening=opening,
        ),
    )
    shown = {"commitment": commitment, "salt": salt, "file_sha256": digest}
    return contribute.submit(lab.home, draft.id, with_reveal(lab, draft, shown))


def with_reveal(lab: Any, draft: Any, shown: Any) -> Any:
    """Return the signed submission of a draft that opens a commitment."""
    body = lab.consent(draft)["body"] | {"reveal": shown}
    return lab.sign(draft.owner, "contribution", body)


def lines(content: bytes) -> set[bytes]:
    """Return rows in canonical form."""
    return {canonical_bytes(json.loads(line)) for line in content.splitlines()}


def counted(lab: Any) -> dict[str, set[bytes]]:
    """Return owner → the lines that are trained on."""
    return {
        owner.owner: set().union(*(lines(lab.home.blobs.read(digest)) for digest in owner.rows))
        for owner in owner_rows(lab.home, "clouds")
    }


SHARED, OWN = make_rows(10, 7), make_rows(6, 8)


def test_rows_go_to_the_earlier_commitment_even_after_they_were_accepted(lab: Any) -> None:
    mine = commit_to(lab, "ana", SHARED)
    later = lab.contribute("ben", SHARED + OWN)
    assert (later.state, later.n_rows) == ("accepted", 16)

    first = reveal(lab, "ana", SHARED, *mine)

    assert (first.state, first.n_rows) == ("accepted", 10)
    later = contribute.get_contribution(lab.home, later.id)
    assert (later.state, later.n_rows) == ("accepted", 6)
    assert [f.message for f in later.findings if f.code == "earlier-commitment"] == [
        "10 rows belong to ana, who committed to them earlier"
    ]
    assert counted(lab) == {"ana": lines(SHARED), "ben": lines(OWN)}
    # The bytes that ben signed are still what he signed.
    assert lines(lab.home.blobs.read(later.rows_sha256)) == lines(SHARED + OWN)
    [record] = lab.home.database.read("counted_records", {"id": later.id})
    assert lines(lab.home.blobs.read(record["rows_sha256"])) == lines(OWN)


def test_a_bundle_shows_who_signed_for_the_rows_that_were_left(lab: Any) -> None:
    mine = commit_to(lab, "ana", SHARED)
    later = lab.contribute("ben", SHARED + OWN)
    reveal(lab, "ana", SHARED, *mine)

    run = lab.wait(train.start(lab.home, "clouds", TrainRequest(size="quick")))["run"]

    entry = mirror.make_entry(lab.home, run, hidden_test=True)
    envelopes = entry.check()
    [record] = lab.home.database.read("counted_records", {"id": later.id})
    assert record["content_id"] in {one.content_id for one in envelopes}
    assert record["rows_sha256"] in entry.blobs
    assert later.rows_sha256 not in entry.blobs


def test_an_owner_whose_rows_are_all_somebody_elses_is_no_player(lab: Any) -> None:
    mine = commit_to(lab, "ana", SHARED)
    lab.contribute("ben", SHARED)

    reveal(lab, "ana", SHARED, *mine)

    assert set(counted(lab)) == {"ana"}


def test_the_order_of_reveals_changes_nothing(lab: Any) -> None:
    ana, ben = commit_to(lab, "ana", SHARED), commit_to(lab, "ben", SHARED + OWN)
    lab.contribute("eva", OWN)

    reveal(lab, "ben", SHARED + OWN, *ben)
    assert {owner: len(rows) for owner, rows in counted(lab).items()} == {"ben": 16}
    reveal(lab, "ana", SHARED, *ana)

    assert counted(lab) == {"ana": lines(SHARED), "ben": lines(OWN)}


def test_a_later_commitment_takes_nothing(lab: Any) -> None:
    lab.contribute("ben", SHARED)
    mine = commit_to(lab, "ana", SHARED + OWN)

    found = reveal(lab, "ana", SHARED + OWN, *mine)

    assert found.n_rows == 6
    assert {owner: len(rows) for owner, rows in counted(lab).items()} == {"ana": 6, "ben": 10}


def test_a_commitment_opens_only_for_its_own_file_owner_and_salt(lab: Any) -> None:
    commitment, salt = commit_to(lab, "ana", SHARED)
    other, _ = commit_to(lab, "ben", SHARED)
    for owner, content, name, secret in (
        ("ana", OWN, commitment, salt),
        ("ben", SHARED, commitment, salt),
        ("ana", SHARED, commitment, make_salt()),
        # A copied salt does not open one's own commitment.
        ("ben", SHARED, other, salt),
    ):
        with pytest.raises(InvalidInputError, match="is not opened"):
            reveal(lab, owner, content, name, secret)
    with pytest.raises(NotFoundError, match="no commitment"):
        reveal(lab, "ana", SHARED, "0" * 64, salt)
    assert reveal(lab, "ana", SHARED, commitment, salt).state == "accepted"


def test_a_submission_opens_what_its_draft_opened(lab: Any) -> None:
    commitment, salt = commit_to(lab, "ana", SHARED)
    digest, _ = lab.home.blobs.put([SHARED])
    request = DraftRequest(
        file_sha256=digest,
        file_name="rows.jsonl",
        license="CC-BY-4.0",
        owner="ana",
        opening=Opening(commitment=commitment, salt=salt),
    )
    draft = contribute.draft(lab.home, "clouds", request)
    with pytest.raises(InvalidInputError, match="reveals None"):
        contribute.submit(lab.home, draft.id, lab.consent(draft))
    wrong = {"commitment": commitment, "salt": make_salt(), "file_sha256": digest}
    with pytest.raises(InvalidInputError, match="is not opened"):
        contribute.submit(lab.home, draft.id, with_reveal(lab, draft, wrong))
    plain = lab.draft("ben", OWN)
    with pytest.raises(InvalidInputError, match="the submission reveals"):
        contribute.submit(lab.home, plain.id, with_reveal(lab, plain, wrong))


def test_commitments_are_signed_by_their_owner_once(lab: Any) -> None:
    digest = commitment_digest(make_salt(), "clouds", "ana", "0" * 64)
    body = {"task": "clouds", "owner": "ana", "digest": digest}
    with pytest.raises(ForbiddenError, match="signs for 'ben'"):
        commit.commit(lab.home, "clouds", lab.sign("ben", "commitment", body))
    for wrong in (body | {"extra": 1}, {"task": "clouds"}, body | {"digest": "A" * 64}):
        with pytest.raises(InvalidInputError):
            commit.commit(lab.home, "clouds", lab.sign("ana", "commitment", wrong))
    record = lab.sign("ana", "commitment", body)
    first = commit.commit(lab.home, "clouds", record)
    assert commit.commit(lab.home, "clouds", record) == first
    assert commit.list_commitments(lab.home, "clouds") == [first]


def test_masked_rows_of_a_committed_file_keep_its_claim(open_lab: Any) -> None:
    lab = open_lab()
    hidden, _ = lab.home.blobs.put([b'{"label":"low","text":"a hidden one"}\n'])
    lab.open_task(
        kind="text-classification", metric="accuracy", hidden_test_sha256=hidden, n_features=0
    )
    rows = [
        {"text": "write to ana.lopez@correo-andes.pe about the river", "label": "low"},
        {"text": "the mountain sleeps under the snow", "label": "high"},
    ]
    content = b"".join(json.dumps(row).encode() + b"\n" for row in rows)
    commitment, salt = commit_to(lab, "ana", content)
    lab.contribute("ben", json.dumps(rows[1]).encode() + b"\n")
    digest, _ = lab.home.blobs.put([content])
    draft = contribute.draft(
        lab.home,
        "clouds",
        DraftRequest(
            file_sha256=digest,
            file_name="rows.jsonl",
            license="CC-BY-4.0",
            owner="ana",
            opening=Opening(commitment=commitment, salt=salt),
        ),
    )

    masked = contribute.mask(lab.home, draft.id, MaskRequest())
    shown = {"commitment": commitment, "salt": salt, "file_sha256": digest}
    found = contribute.submit(lab.home, masked.id, with_reveal(lab, masked, shown))

    assert (found.state, found.n_rows) == ("accepted", 2)
    assert set(counted(lab)) == {"ana"}
