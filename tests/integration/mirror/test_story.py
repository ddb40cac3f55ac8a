"""A home in which everything has happened is read, verified and recomputed in its mirror."""

from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path

import pytest

from tests.integration.mirror.conftest import Opened, Storied, opened
from tests.integration.mirror.test_lies import check
from tests.integration.workflows.test_recompute import EPOCH_STEPS, states
from workbench.core.errors import NotFoundError
from workbench.storage import writer
from workbench.workflows import claims, contribute, holds, join, pay, recompute, settle, treasury


@pytest.fixture(scope="module")
def here(storied: Storied, tmp_path_factory: pytest.TempPathFactory) -> Opened:
    """The home itself."""
    with opened(storied.written.copy(tmp_path_factory.mktemp("here"))) as found:
        yield found


@pytest.fixture(scope="module")
def there(storied: Storied, tmp_path_factory: pytest.TempPathFactory) -> Opened:
    """A home that mirrors it."""
    with opened(tmp_path_factory.mktemp("there")) as found:
        found.bench.home_mirror(storied.mirror).import_()
        yield found


def test_it_is_checked_with_nothing_but_the_package(storied: Storied) -> None:
    found = check(storied.mirror)
    assert found.contents is not None
    kinds = {event.envelope.kind for event in found.contents.events if event.envelope}
    assert kinds == {
        "address", "approval", "commitment", "consent", "contribution", "counted", "dispute",
        "funding", "grant", "hold", "member", "payout", "principal", "resolution", "review",
        "role", "rotation", "settlement", "task", "transfer", "treasury-limit",
        "valuation", "void", "withdrawal",
    }  # fmt: skip
    filled = set(found.contents.tables)
    assert {
        "signing_key", "member", "displaced_row", "dispute", "resolution", "settlement", "hold",
        "treasury_move",
    } <= filled  # fmt: skip


def test_both_are_whole_and_say_the_same(here: Opened, there: Opened, storied: Storied) -> None:
    heads = [one.verified() for one in (here, there)]
    assert heads[0]["root"] == heads[1]["root"]
    for view in (
        "balance", "principal", "epoch", "payout", "dispute", "settlement", "hold",
        "treasury_move", "leaderboard", "study_coalition", "semivalue_by_size",
    ):  # fmt: skip
        statement = f"select * from {view} order by all"
        one, other = (found.home.database.select(statement) for found in (here, there))
        assert one.equals(other), view
        assert one.num_rows > 0
    for epoch, state in zip(storied.epochs, ("final", "void", "disputed"), strict=True):
        one, other = (pay.get_epoch(found.home, epoch) for found in (here, there))
        assert one == other
        assert one.state == state


def test_every_epoch_is_recomputed_in_the_mirror(there: Opened, storied: Storied) -> None:
    for epoch in storied.epochs:
        assert states(recompute.recompute(there.home, epoch)) == dict.fromkeys(EPOCH_STEPS, "same")


def test_why_and_payouts_and_the_leaderboard_are_the_same(
    here: Opened, there: Opened, storied: Storied
) -> None:
    epoch = storied.epochs[0]
    for owner in ("ana", "kai", "lea", "noise"):
        one, other = (found.bench.why(epoch, owner).view for found in (here, there))
        # Which rows helped only who has the hidden test can say.
        hidden = {"duplicates", "helped", "hurt", "rows_say"}
        assert "kept at home" in other.rows_say
        assert one.model_dump(exclude=hidden) == other.model_dump(exclude=hidden)
        # Names of files stay at home.
        assert [d.n_rows for d in one.duplicates] == [d.n_rows for d in other.duplicates]
    study = pay.get_epoch(here.home, epoch).study
    one, other = (found.bench.payouts(study).frame for found in (here, there))
    assert one.equals(other)
    boards = [str(found.bench.leaderboard("clouds").frame) for found in (here, there)]
    assert boards[0] == boards[1]


def test_claims_have_the_same_root_at_every_size_of_the_log(
    here: Opened, there: Opened, storied: Storied
) -> None:
    pytest.importorskip("eth_hash")
    end = here.count("log")
    for size in (None, end, end - 5):
        one, other = (
            claims.export_claims(found.home, storied.epochs[0], log_size=size)
            for found in (here, there)
        )
        assert one == other
        assert one.root is not None
    addresses = {row.address for row in one.rows if row.owner == "ana"}
    assert addresses == {f"0x{'a' * 40}"}


def test_people_money_and_rows_are_as_they_were(here: Opened, there: Opened) -> None:
    for read in (join.principals, holds.holds, treasury.moves):
        assert read(here.home) == read(there.home)
    assert {one.state for one in holds.holds(there.home)} == {"held", "settled", "void", "expired"}
    one, other = (
        {row.id: row for row in contribute.list_contributions(found.home, "clouds")}
        for found in (here, there)
    )
    assert one.keys() == other.keys()
    told = {(row.owner, row.state, row.n_rows) for row in other.values()}
    assert {("kai", "accepted", 6), ("lea", "accepted", 10), ("pia", "withdrawn", 9)} <= told
    assert {(row.owner, row.state, row.n_rows) for row in one.values()} == told


def test_of_what_was_withdrawn_the_tombstone_alone_travels(there: Opened, storied: Storied) -> None:
    [gone] = [
        row
        for row in contribute.list_contributions(there.home, "clouds")
        if row.state == "withdrawn"
    ]
    assert not there.home.blobs.has(gone.rows_sha256)
    with pytest.raises(NotFoundError):
        there.home.blobs.path(gone.file_sha256)
    rows = there.home.database.read("count_contribution_rows", {"id": gone.id})
    assert rows == [{"n_rows": 0}]
    names = {path.name for path in Path(storied.mirror).rglob("*")}
    assert gone.rows_sha256[2:] not in names


class Later(datetime):
    """A clock by which every hold is over."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:
        return datetime.now(tz) + timedelta(days=400)


def test_what_is_over_is_left_to_its_origin(there: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    before = there.verified()["root"]
    assert "held" in {one.state for one in holds.holds(there.home)}
    for module in (holds, writer):
        monkeypatch.setattr(module, "datetime", Later)
    there.home.resume()
    assert "held" in {one.state for one in holds.holds(there.home)}
    assert settle.settle_due(there.home, Later.now(UTC)) == []
    assert there.verified()["root"] == before
