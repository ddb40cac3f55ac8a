"""Claims are told by the log alone: what was paid up to an epoch, at the addresses of its time."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.integration.workflows.conftest import Lab, make_rows
from workbench.core.envelope import Envelope
from workbench.core.errors import ForbiddenError, InvalidInputError, NotFoundError, SignatureError
from workbench.core.evm import keccak_256
from workbench.core.keys import PrivateKey
from workbench.core.settings import Settings
from workbench.core.wire import ClaimsView, DraftRequest, EpochView, ValueRequest
from workbench.ledger.claims import ClaimTree
from workbench.server.app import create_app
from workbench.workflows import contribute, pay, value
from workbench.workflows.claims import export_claims
from workbench.workflows.home import Home
from workbench.workflows.keys import set_address

POOL = 1_000_000_007
FIRST, SECOND, THIRD = (f"0x{digit * 40}" for digit in "abc")


def name(lab: Lab, owner: str, address: str, nonce: str = "1") -> None:
    named = set_address(lab.home, lab.sign(owner, "address", {"address": address, "nonce": nonce}))
    assert (named.owner, named.address) == (owner, address)


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """An open home whose first epoch is paid; ana had an address before, ben names one after."""
    folder = tmp_path_factory.mktemp("claims")
    settings = Settings(
        home=folder / "home", cache_dir=folder / "cache", keys_dir=folder / "keys",
        tracking_uri="http://127.0.0.1:9", n_workers=1,
    )  # fmt: skip
    lab = Lab(Home.open(settings))
    lab.open_task(recipe={"utility": "ridge"})
    lab.contribute_all()
    lab.fund(POOL)
    name(lab, "ana", FIRST)
    yield lab
    lab.home.close()


@pytest.fixture(scope="module")
def study(lab: Lab) -> str:
    job = value.start(lab.home, "clouds", ValueRequest())
    return str(lab.wait(job)["study"])


@pytest.fixture(scope="module")
def between(lab: Lab, study: str) -> EpochView:
    """The first epoch; after it ana moves, and ben names where he is paid."""
    first: EpochView = lab.pay(study)
    name(lab, "ana", SECOND, "2")
    name(lab, "ben", THIRD)
    return first


@pytest.fixture(scope="module")
def hills(lab: Lab, between: EpochView) -> EpochView:
    """An epoch of another task, paid after the first."""
    assert between.number == 1
    lab.open_task("hills", recipe={"utility": "ridge"})
    for seed, owner in enumerate(("ana", "ben")):
        digest, _ = lab.home.blobs.put([make_rows(30, seed)])
        draft = contribute.draft(
            lab.home,
            "hills",
            DraftRequest(
                file_sha256=digest, file_name="rows.jsonl", license="CC-BY-4.0", owner=owner
            ),
        )
        contribute.submit(lab.home, draft.id, lab.consent(draft))
    lab.fund(POOL, "hills", task_id="hills")
    job = value.start(lab.home, "hills", ValueRequest())
    body = {"task": "hills", "study": str(lab.wait(job)["study"]), "nonce": "1"}
    return pay.close_epoch(lab.home, "hills", lab.sign("sponsor", "payout", body))


@pytest.fixture(scope="module")
def epochs(
    lab: Lab, study: str, between: EpochView, hills: EpochView
) -> tuple[EpochView, EpochView]:
    """Two epochs of a task; between them another task's."""
    assert hills.number == 1
    lab.fund(POOL, "2")
    return between, lab.pay(study, "2")


def paid(epoch: EpochView, owner: str) -> int:
    return next(int(row.amount) for row in epoch.payouts if row.owner == owner)


def told(view: ClaimsView) -> dict[tuple[str, str | None], int]:
    return {(row.owner, row.address): int(row.amount) for row in view.rows}


def test_an_epochs_claims_are_cumulative_and_stay_where_they_were(
    lab: Lab, epochs: tuple[EpochView, EpochView]
) -> None:
    first, second = epochs
    view = export_claims(lab.home, "clouds:2")
    wanted = {
        ("ana", FIRST): paid(first, "ana"),
        ("ana", SECOND): paid(second, "ana"),
        ("ben", THIRD): paid(first, "ben") + paid(second, "ben"),
        ("eva", None): paid(first, "eva") + paid(second, "eva"),
    }
    assert told(view) == {key: amount for key, amount in wanted.items() if amount}
    assert int(view.claimable) + int(view.waiting) == int(first.paid) + int(second.paid)
    assert view.n_epochs == 2
    assert view.dump is not None
    tree = ClaimTree.load(view.dump, keccak_256())
    assert tree.root == view.root
    assert sum(amount for amount, _ in tree.places.values()) == int(view.claimable)


def test_an_earlier_epoch_and_size_give_the_root_that_there_was(
    lab: Lab, epochs: tuple[EpochView, EpochView]
) -> None:
    first, second = epochs
    [row] = lab.home.database.select(
        "select max(seq) + 1 as size from log where entry like ?", [f'%"id":"{first.id}"%']
    ).to_pylist()
    then = export_claims(lab.home, first.id, log_size=row["size"])
    assert told(then)[("ana", FIRST)] == paid(first, "ana")
    assert ("ben", None) in told(then)
    now = export_claims(lab.home, first.id)
    assert told(now)[("ben", THIRD)] == paid(first, "ben")
    assert then.root != now.root
    assert now.log_size > then.log_size
    with pytest.raises(InvalidInputError, match="do not pay clouds:2"):
        export_claims(lab.home, second.id, log_size=row["size"])


def test_all_tasks_count_what_was_paid_before(
    lab: Lab, epochs: tuple[EpochView, EpochView], hills: EpochView
) -> None:
    first, second = epochs
    alone = export_claims(lab.home, "clouds:1", all_tasks=True)
    assert (told(alone), alone.n_epochs) == (told(export_claims(lab.home, "clouds:1")), 1)
    all_of_them = export_claims(lab.home, "clouds:2", all_tasks=True)
    assert all_of_them.n_epochs == 3
    total = sum(int(epoch.paid) for epoch in (first, second, hills))
    assert int(all_of_them.claimable) + int(all_of_them.waiting) == total
    # Paid after ana moved.
    assert told(all_of_them)[("ana", SECOND)] == paid(second, "ana") + paid(hills, "ana")


@pytest.mark.usefixtures("epochs")
@pytest.mark.parametrize("size", [0, -1, 10**6])
def test_a_size_that_the_log_does_not_have_is_refused(lab: Lab, size: int) -> None:
    with pytest.raises(InvalidInputError, match="the log has"):
        export_claims(lab.home, "clouds:1", log_size=size)


def test_an_epoch_that_is_none_is_not_found(lab: Lab) -> None:
    with pytest.raises(NotFoundError, match="no epoch"):
        export_claims(lab.home, "clouds:9")


@pytest.mark.usefixtures("epochs")
def test_the_same_address_again_is_no_record(lab: Lab) -> None:
    [before] = lab.home.database.read("count_records")
    name(lab, "ana", SECOND, "3")
    assert lab.home.database.read("count_records") == [before]


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ({"address": FIRST}, "the body"),
        ({"address": FIRST, "nonce": "9", "owner": "ben"}, "the body"),
        ({"address": 5, "nonce": "9"}, "the body"),
        ({"address": FIRST.upper(), "nonce": "9"}, "no address"),
        ({"address": "0x" + "0" * 40, "nonce": "9"}, "zero address"),
        ({"address": "0x12", "nonce": "9"}, "no address"),
    ],
)
def test_a_record_that_names_no_address_is_refused(
    lab: Lab, body: dict[str, Any], found: str
) -> None:
    with pytest.raises(InvalidInputError, match=found):
        set_address(lab.home, lab.sign("ana", "address", body))


def test_nobody_names_an_address_with_a_key_that_is_not_registered(lab: Lab) -> None:
    stranger = Envelope.sign("address", {"address": FIRST, "nonce": "1"}, PrivateKey.make())
    with pytest.raises(ForbiddenError, match="not registered"):
        set_address(lab.home, stranger.to_json())
    forged = lab.sign("ana", "address", {"address": FIRST, "nonce": "7"})
    forged["body"]["address"] = THIRD
    with pytest.raises(SignatureError):
        set_address(lab.home, forged)


@pytest.mark.usefixtures("epochs")
def test_the_route_answers_what_the_workflow_tells(lab: Lab) -> None:
    with TestClient(create_app(lab.home, token="t"), headers={"Authorization": "Bearer t"}) as http:
        found = http.get("/epochs/clouds:2/claims").json()
        assert found == export_claims(lab.home, "clouds:2").model_dump(mode="json")
        refused = http.get("/epochs/clouds:2/claims", params={"log_size": "1e3"})
        assert refused.status_code == 422
