"""Money is recomputed from what is recorded; whatever was changed, the first wrong step says so."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.integration.workflows.conftest import Edit, Lab, make_rows
from workbench.core.errors import NotFoundError
from workbench.core.keys import PrivateKey
from workbench.core.settings import Settings
from workbench.core.wire import EpochView, RecomputationView, ValueRequest
from workbench.ledger.head import TreeHead
from workbench.ledger.tree import Frontier
from workbench.server.app import create_app
from workbench.storage.blobs import BlobStore
from workbench.workflows import payouts, publish, value, why
from workbench.workflows.home import Home
from workbench.workflows.recompute import recompute

POOL = 1_000_000_007
STUDY_STEPS = ["signed records", "utilities", "values", "sealed units"]
EPOCH_STEPS = [
    *STUDY_STEPS,
    "weights",
    "shares and rounding",
    "postings",
    "Merkle root",
    "tree head",
]


def make_lab(folder: Path, **options: Any) -> Lab:
    settings = Settings(
        home=folder / "home", cache_dir=folder / "cache", keys_dir=folder / "keys",
        tracking_uri="http://127.0.0.1:9", n_workers=1,
    )  # fmt: skip
    lab = Lab(Home.open(settings))
    lab.open_task(**options)
    lab.contribute_all()
    # Ten rows of ana's again: the gate takes them out, and says whose they are.
    of_ana = b"".join(make_rows(40, 0).splitlines(keepends=True)[:10])
    lab.contribute("zoe", of_ana + make_rows(9, 5))
    lab.fund(POOL)
    return lab


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """An open home whose task caps owners, and whose utilities are a closed form."""
    lab = make_lab(tmp_path_factory.mktemp("clouds"), recipe={"utility": "ridge"}, owner_cap="1/3")
    yield lab
    lab.home.close()


def valued(lab: Lab, **request: Any) -> str:
    job = value.start(lab.home, "clouds", ValueRequest(**request))
    return str(lab.wait(job)["study"])


@pytest.fixture(scope="module")
def study(lab: Lab) -> str:
    """An exact study of all owners."""
    return valued(lab)


@pytest.fixture(scope="module")
def epoch(lab: Lab, study: str) -> EpochView:
    """It was paid."""
    found: EpochView = lab.pay(study)
    return found


def states(found: RecomputationView) -> dict[str, str]:
    return {step.name: step.state for step in found.steps}


def first(found: RecomputationView) -> tuple[str, str, Any, Any]:
    """Return the first step that differs, and in what."""
    step = next(step for step in found.steps if step.state == "different")
    one = step.differences[0]
    return step.name, one.name, one.recorded, one.found


def posting(lab: Lab, entry: str, ordinal: int) -> dict[str, Any]:
    statement = "select amount, destination from posting where entry = ? and ordinal = ?"
    [row] = lab.home.database.select(statement, [entry, ordinal]).to_pylist()
    return dict(row)


class TestEpoch:
    """From utilities to postings."""

    def test_every_step_is_the_same(self, lab: Lab, epoch: EpochView) -> None:
        for name in (epoch.id, epoch.id[:12], "clouds:1"):
            found = recompute(lab.home, name)
            assert (found.kind, found.id, found.study) == ("epoch", epoch.id, epoch.study)
            assert states(found) == dict.fromkeys(EPOCH_STEPS, "same")

    def test_a_changed_utility_is_named(self, lab: Lab, epoch: EpochView, edit: Edit) -> None:
        rows = lab.home.database.select(
            "select game, utility from evaluation where coalition = '5'"
        ).to_pylist()
        key = {"game": rows[0]["game"], "coalition": "5"}
        edit("evaluation", key, utility=rows[0]["utility"] + 0.5)
        found = recompute(lab.home, epoch.id)
        assert first(found)[:2] == ("utilities", "digest of the utilities")
        assert states(found)["values"] == "different"
        assert states(found)["postings"] == "same"

    def test_a_utility_that_is_gone_is_named(self, lab: Lab, epoch: EpochView, edit: Edit) -> None:
        [row] = lab.home.database.select(
            "select game from evaluation where coalition = '5'"
        ).to_pylist()
        edit("evaluation", {"game": row["game"], "coalition": "5"}, coalition="ff5")
        found = recompute(lab.home, epoch.id)
        assert first(found)[0] == "utilities"
        values = next(step for step in found.steps if step.name == "values")
        assert "the utility of coalition 5 is not recorded" in values.differences[0].name

    def test_a_changed_sealed_unit_is_named(
        self, lab: Lab, study: str, epoch: EpochView, edit: Edit
    ) -> None:
        row = next(one for one in value.get_study(lab.home, study).values if one.owner == "ben")
        edit("sealed_value", {"study": study, "player": row.player}, units=int(row.units) + 1)
        found = recompute(lab.home, epoch.id)
        assert first(found) == (
            "sealed units", "units of ben", str(int(row.units) + 1), row.units,
        )  # fmt: skip
        assert states(found) | {"sealed units": "same"} == dict.fromkeys(EPOCH_STEPS, "same")

    @pytest.mark.parametrize("column", ["value", "low", "standard_error"])
    def test_a_changed_interval_is_named(
        self, lab: Lab, study: str, epoch: EpochView, edit: Edit, column: str
    ) -> None:
        row = next(one for one in value.get_study(lab.home, study).values if one.owner == "eva")
        key = {"study": study, "player": row.player}
        edit("sealed_value", key, **{column: getattr(row, column) + 1e-6})
        assert first(recompute(lab.home, epoch.id))[:2] == ("sealed units", f"{column} of eva")

    def test_changed_units_of_a_payout_are_named(
        self, lab: Lab, epoch: EpochView, edit: Edit
    ) -> None:
        edit("payout", {"epoch": epoch.id, "owner": "ana"}, units=7)
        assert first(recompute(lab.home, epoch.id))[:3] == ("weights", "units of ana", "7")

    def test_a_changed_amount_is_named(self, lab: Lab, epoch: EpochView, edit: Edit) -> None:
        [row] = [one for one in epoch.payouts if one.owner == "eva"]
        amount = int(row.amount)
        edit("payout", {"epoch": epoch.id, "owner": "eva"}, amount=amount + 1)
        assert first(recompute(lab.home, epoch.id)) == (
            "shares and rounding", "amount of eva", str(amount + 1), str(amount),
        )  # fmt: skip

    @pytest.mark.parametrize(
        "change", [{"amount": 1}, {"destination": "user:thief"}, {"source": "pool:other"}]
    )
    def test_a_changed_posting_is_named(
        self, lab: Lab, epoch: EpochView, edit: Edit, change: dict[str, Any]
    ) -> None:
        edit("posting", {"entry": epoch.id, "ordinal": 1}, **change)
        found = recompute(lab.home, epoch.id)
        assert first(found)[:2] == ("postings", "posting 2")
        # The log names the postings as they were written.
        mended = {"postings": "same", "Merkle root": "same"}
        assert states(found)["Merkle root"] == "different"
        assert states(found) | mended == dict.fromkeys(EPOCH_STEPS, "same")

    def test_a_pool_that_was_another_is_named(self, lab: Lab, epoch: EpochView, edit: Edit) -> None:
        rows = lab.home.database.select("select id from entry where kind = 'funding'").to_pylist()
        edit("posting", {"entry": rows[0]["id"], "ordinal": 0}, amount=POOL + 5)
        assert first(recompute(lab.home, epoch.id)) == (
            "postings", "pool before the epoch", str(POOL), str(POOL + 5),
        )  # fmt: skip

    def test_a_log_that_was_written_again_is_named(
        self, lab: Lab, epoch: EpochView, edit: Edit
    ) -> None:
        edit("log", {"seq": 0}, entry='{"kind":"record","record":"another"}')
        found = recompute(lab.home, epoch.id)
        assert states(found)["postings"] == "same"
        assert first(found)[:2] == ("tree head", "root of the signed head")

    def test_an_epoch_that_is_not_in_the_log_is_named(
        self, lab: Lab, epoch: EpochView, edit: Edit
    ) -> None:
        [row] = lab.home.database.read("logged_places", {"ids": [epoch.id]})[1:]
        edit("log", {"seq": row["seq"]}, entry=row["entry"].replace(epoch.id, "f" * 64))
        found = recompute(lab.home, epoch.id)
        assert first(found)[:2] == ("Merkle root", "place of the entry of the payout in the log")
        assert states(found)["tree head"] == "different"

    def test_a_head_that_another_server_signed_is_named(self, lab: Lab, epoch: EpochView) -> None:
        path = lab.home.settings.head_path
        signed = path.read_bytes()
        tree = Frontier()
        tree.append(b"0" * 32)
        foreign = PrivateKey.make()
        path.write_bytes(TreeHead.of(tree, foreign, datetime.now(UTC)).signed(foreign))
        found = recompute(lab.home, epoch.id)
        path.write_bytes(signed)
        assert first(found)[0] == "tree head"
        assert "was signed by" in first(found)[1]

    def test_a_rule_that_the_sponsor_did_not_sign_is_named(
        self, lab: Lab, epoch: EpochView, edit: Edit
    ) -> None:
        [row] = lab.home.database.read("tasks", {"id": "clouds"})
        spec = json.loads(row["spec"]) | {"owner_cap": "2/3"}
        edit("task", {"id": "clouds"}, spec=json.dumps(spec))
        assert first(recompute(lab.home, epoch.id))[:2] == ("signed records", "rules of the task")

    def test_a_record_that_was_changed_ends_it(
        self, lab: Lab, study: str, epoch: EpochView, edit: Edit
    ) -> None:
        [row] = lab.home.database.read("study_by_id", {"id": study})
        [sealed] = lab.home.database.read("record_by_content_id", {"content_id": row["record"]})
        envelope = json.loads(sealed["envelope"])
        envelope["body"]["values"][0]["units"] = "5"
        edit("record", {"content_id": row["record"]}, envelope=json.dumps(envelope))
        found = recompute(lab.home, epoch.id)
        assert states(found) == {"signed records": "different"}
        assert "the record of the study's seal is another" in first(found)[1]

    def test_a_name_that_nobody_has_is_refused(self, lab: Lab) -> None:
        with pytest.raises(NotFoundError, match="no epoch or study has the name 'clouds:9'"):
            recompute(lab.home, "clouds:9")


@pytest.mark.parametrize(
    "request_",
    [
        {"method": "surrogate", "budget": 24, "seed": 3},
        {"method": "permutation", "budget": 30, "semivalue": "banzhaf", "n_replicates": 1},
        {"method": "antithetic", "budget": 30, "max_standard_error": 0.5},
        {"method": "auto", "semivalue": "beta:4,1"},
    ],
)
def test_every_way_to_a_value_is_recomputed_without_training(
    lab: Lab, request_: dict[str, Any]
) -> None:
    found = recompute(lab.home, valued(lab, **request_))
    assert found.kind == "study"
    assert states(found) == dict.fromkeys(STUDY_STEPS, "same"), found


class TestEstimate:
    """What an epoch would pay."""

    def test_the_amounts_are_what_is_then_paid_and_lie_in_their_ranges(
        self, lab: Lab, study: str, epoch: EpochView
    ) -> None:
        lab.fund(POOL, nonce="again")
        found = payouts.estimate_payouts(lab.home, study[:16])
        assert found.epochs == [1]
        assert {row.owner: row.amount for row in found.rows} == {
            row.owner: row.amount for row in epoch.payouts
        }
        assert int(found.paid) + int(found.returned) == int(found.pool) == POOL
        assert sum(int(row.amount) for row in found.rows) == int(found.paid)
        for row in found.rows:
            assert int(row.amount_low) <= int(row.amount) <= int(row.amount_high) <= POOL // 3
        assert any(int(row.amount_low) < int(row.amount_high) for row in found.rows)


class TestWhy:
    """From an amount back to coalitions."""

    def test_the_parts_sum_to_the_amount_and_to_the_value(self, lab: Lab, epoch: EpochView) -> None:
        for row in epoch.payouts:
            found = why.explain(lab.home, "clouds:1", row.owner)
            assert found.amount == row.amount
            assert int(found.floor) == POOL * int(found.weight) // int(found.whole)
            assert int(found.floor) + found.rounding - int(found.above_cap) == int(found.amount)
            parts = [size.part for size in found.by_size if size.part is not None]
            assert len(parts) == 5
            assert sum(parts) == pytest.approx(found.value, abs=1e-12)
            assert [size.n_pairs for size in found.by_size] == [1, 4, 6, 4, 1]

    def test_coalitions_are_named_with_what_they_gained(self, lab: Lab, epoch: EpochView) -> None:
        found = why.explain(lab.home, epoch.id, "ana")
        assert found.n_pairs == 16
        assert found.raised[0].marginal == max(one.marginal for one in found.raised)
        for one in found.raised + found.lowered:
            assert one.together - one.without == one.marginal
            assert "ana" not in one.others
        noise = why.explain(lab.home, epoch.id, "noise")
        assert all(one.marginal < 0 for one in noise.lowered)
        assert noise.utility_of_all == found.utility_of_all
        everybody_else = [one for one in noise.lowered if len(one.others) == 4]
        assert all(one.without == noise.utility_without for one in everybody_else)

    def test_duplicates_are_told(self, lab: Lab, epoch: EpochView) -> None:
        [found] = why.explain(lab.home, epoch.id, "zoe").duplicates
        assert (found.code, found.n_rows) == ("duplicate-in-task", 10)
        assert "ana" in found.message
        assert why.explain(lab.home, epoch.id, "ana").duplicates == []

    def test_an_owner_who_was_not_valued_is_refused(self, lab: Lab, epoch: EpochView) -> None:
        with pytest.raises(NotFoundError, match="valued nobody called 'leo'"):
            why.explain(lab.home, epoch.id, "leo")


def test_the_routes_answer(lab: Lab, study: str, epoch: EpochView) -> None:
    app = create_app(lab.home, "a-token-of-this-test")
    with TestClient(app, headers={"Authorization": "Bearer a-token-of-this-test"}) as client:
        again = client.post("/recomputations", json={"name": "clouds:1"})
        reasons = client.get("/epochs/clouds:1/why", params={"owner": "ana"})
        would = client.get(f"/valuations/{study}/payouts")
        nobody = client.get("/epochs/clouds:1/why", params={"owner": "leo"})
    assert states(RecomputationView.model_validate(again.json())) == dict.fromkeys(
        EPOCH_STEPS, "same"
    )
    assert reasons.json()["epoch"] == epoch.id
    assert would.json()["study"] == study
    assert nobody.status_code == 404


class TestRows:
    """Which of an owner's own rows stand out, by number."""

    def test_rows_that_mislead_hurt_and_others_help(self, lab: Lab, epoch: EpochView) -> None:
        noise = why.explain(lab.home, epoch.id, "noise", rows=True)
        ana = why.explain(lab.home, epoch.id, "ana", rows=True)
        assert sum(one.value for one in ana.helped) > 0 > sum(one.value for one in noise.hurt)
        assert abs(noise.hurt[0].value) > max((one.value for one in noise.helped), default=0.0)
        assert [one.value for one in ana.helped] == sorted(
            (one.value for one in ana.helped), reverse=True
        )
        assert "by KNN-Shapley" in ana.rows_say

    def test_they_are_the_owners_own_and_say_nothing_of_what_they_hold(
        self, lab: Lab, epoch: EpochView
    ) -> None:
        own = {
            row["id"]: row["n_rows"]
            for row in lab.home.database.read("contributions_of_task", {"task": "clouds"})
            if row["owner"] == "eva"
        }
        found = why.explain(lab.home, epoch.id, "eva", rows=True)
        rows = found.helped + found.hurt
        assert rows
        for one in rows:
            assert 1 <= one.row <= own[one.contribution]
            assert set(one.model_dump()) == {"contribution", "file_name", "row", "value"}

    def test_rows_that_are_gone_are_said_to_be(
        self, lab: Lab, epoch: EpochView, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(BlobStore, "has", lambda _, digest: digest.startswith("model:"))
        found = why.explain(lab.home, epoch.id, "eva", rows=True)
        assert found.helped == found.hurt == []
        assert "is not here, withdrawn or kept at home" in found.rows_say
        assert why.explain(lab.home, epoch.id, "eva").rows_say == ""


def test_each_payout_line_has_a_page_without_rows(lab: Lab, epoch: EpochView) -> None:
    files = set(publish.publish(lab.home))
    root = lab.home.settings.published_dir
    for page in ("clouds/leaderboard.html", "clouds/payouts.html"):
        links = re.findall(r'href="(why/[^"]+)"', (root / page).read_text())
        assert len(links) == len(epoch.payouts)
        assert {f"clouds/{link}" for link in links} <= files
    for name in (one for one in files if one.startswith("clouds/why/")):
        text = (root / name).read_text()
        for link in re.findall(r'href="([^"#:]+)"', text):
            assert ((root / name).parent / link).is_file(), link
        assert "rows.jsonl" not in text
    documents = [json.loads((root / n).read_text()) for n in files if re.search(r"why/.*json$", n)]
    told = {one["owner"]: one for one in documents}
    assert {owner: one["amount"] for owner, one in told.items()} == {
        row.owner: row.amount for row in epoch.payouts
    }
    assert told["zoe"]["n_duplicates"] == 10
    assert not {"helped", "hurt", "duplicates", "rows_say"} & set(told["zoe"])
