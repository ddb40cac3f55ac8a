"""Every verb that a page may ask a person to sign for, from what is shown to what is recorded."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.integration.lab.test_signing import confirm, prepare, state
from tests.integration.proposals.conftest import make_hard_rows
from workbench.client.bench import Bench
from workbench.client.study import Study
from workbench.core.credits import format_credits
from workbench.lab.verbs import VERBS

HIDDEN = [{"features": [i / 8, 1.0], "label": ["low", "high"][i % 2]} for i in range(16)]
HOUR = 3600
PEOPLE = ("ana", "ben")
SEEN: set[str] = set()


def signed(page: httpx.Client, verb: str, identity: str = "ana", **arguments: Any) -> Any:
    """Return what was shown and what came of confirming it."""
    shown = prepare(page, verb, identity, **arguments)
    assert shown["identity"] == identity
    answer = confirm(page, shown)
    assert answer.status_code == 200, answer.text
    SEEN.add(verb)
    return shown, answer.json()["result"]


@pytest.fixture(scope="module")
def disputable(bench: Bench) -> str:
    """A task with two owners, whose epochs can be disputed for an hour."""
    bench.open_task(
        "rain",
        title="Will it rain?",
        kind="tabular-classification",
        test=HIDDEN,
        licenses=["CC-BY-4.0"],
        classes=["low", "high"],
        n_features=2,
        dispute_seconds=HOUR,
        minimum_gain_units=0,
        sign=True,
    )
    for k, name in enumerate(PEOPLE):
        rows = [
            {"f0": i / 9 + k / 70, "f1": 2.0 + k, "label": ["low", "high"][i % 2]}
            for i in range(1, 13)
        ]
        given = bench.as_(name).task("rain").contribute(rows, license="CC-BY-4.0", sign=True)
        assert given.state == "accepted", given
    return "rain"


@pytest.fixture(scope="module")
def study(bench: Bench, disputable: str) -> Study:
    return bench.value(disputable)


def contributed(bench: Bench, rows: list[dict[str, Any]], **options: Any) -> str:
    return bench.as_("ben").task("clouds").contribute(rows, license="CC-BY-4.0", **options).id


def test_submit_and_withdraw(page: httpx.Client, bench: Bench) -> None:
    rows = [{"f0": i / 11, "f1": 7.0, "label": ["low", "high"][i % 2]} for i in range(1, 9)]
    draft = contributed(bench, rows)
    _, result = signed(page, "submit", "ben", contribution=draft)
    assert result["state"] == "accepted"
    shown, result = signed(page, "withdraw", "ben", contribution=draft)
    assert "nobody can undo that" in shown["words"]
    assert result["record"]
    assert state(bench, draft) == "withdrawn"


def test_review(page: httpx.Client, bench: Bench) -> None:
    leaked = [{"f0": r["features"][0], "f1": 1.0, "label": r["label"]} for r in HIDDEN]  # type: ignore[index]
    new = [{"f0": i / 13, "f1": 9.0, "label": ["low", "high"][i % 2]} for i in range(1, 9)]
    waiting = contributed(bench, leaked + new, sign=True)
    assert state(bench, waiting) == "quarantined"
    asked = {"contribution": waiting, "decision": "refuse", "reason": "it holds the test"}
    shown, result = signed(page, "review", **asked)
    assert "it holds the test" in shown["words"]
    assert result["state"] == "refused"


def test_grant_above_the_limit_and_approve(page: httpx.Client, bench: Bench) -> None:
    for name in PEOPLE:
        bench.as_(name).principal  # noqa: B018 - registers them
    shown, result = signed(page, "grant", owner="ana", amount="150")
    assert shown["words"] == "I give 150.00 credits of the treasury to ana."
    assert result["state"] == "proposed"
    # The record names the movement only: what it moves is said all the same.
    shown, result = signed(page, "approve", "ben", id=result["id"])
    assert (
        "It moves 150.00 credits from the treasury to user:ana, as ana proposed."
        in (shown["words"])
    )
    assert result["state"] == "executed"


def test_transfer_hold_settle_and_void(page: httpx.Client, bench: Bench) -> None:
    bench.as_("ben").principal  # noqa: B018
    bench.as_("ana").principal  # noqa: B018
    bench.grant("ana", "10", sign=True)
    _, entry = signed(page, "transfer", to="ben", amount="1")
    assert entry["kind"] == "transfer"
    until = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    shown, hold = signed(page, "hold", payee="ben", amount="2", until=until)
    assert shown["words"].startswith("ana sets 2.00 credits aside for ben until ")
    shown, result = signed(page, "settle", "ben", hold=hold["id"], amount="1.5")
    assert "I take 1.50 credits" in shown["words"]
    assert (result["state"], result["settled"]) == ("settled", "1500000")
    _, hold = signed(page, "hold", payee="ben", amount="3", until=until)
    _, result = signed(page, "void", "ben", hold=hold["id"])
    assert (result["state"], result["settled"]) == ("void", "0")


@pytest.mark.parametrize("until", ["tomorrow", "2030-01-01T00:00:00", ""])
def test_a_hold_until_no_instant_is_refused(page: httpx.Client, until: str) -> None:
    asked = {"payee": "ben", "amount": "1", "until": until}
    answer = page.post("workbench/prepare", json={"verb": "hold", "arguments": asked})
    assert answer.status_code == 422
    assert "with a zone" in answer.json()["wanted"]


def test_fund_pay_dispute_and_resolve(
    page: httpx.Client, bench: Bench, disputable: str, study: Study
) -> None:
    bench.grant("sponsor", "90", sign=True)
    shown, _ = signed(page, "fund", "sponsor", task=disputable, amount="90")
    assert shown["words"] == (
        "I add 90.00 credits to the pool of the task rain.\nThey pay the owners of its data: "
        "the task holds 0.00 credits for that now, 90.00 with these."
    )
    _, epoch = signed(page, "pay", "sponsor", study=study.id)
    assert (epoch["state"], epoch["pool"]) == ("provisional", "90000000")
    shown, disputed = signed(page, "dispute", epoch=epoch["id"], reason="rows counted twice")
    assert "nothing of it is paid" in shown["words"]
    assert disputed["state"] == "disputed"
    asked = {"epoch": epoch["id"], "decision": "uphold", "reason": "true"}
    shown, resolved = signed(page, "resolve", "sponsor", **asked)
    assert "It is about rain:1, whose pool of 90.00 credits is held" in shown["words"]
    assert resolved["disputes"][0]["decision"] == "uphold"


def test_bounties_are_funded_as_the_pool_is_and_much_waits_for_a_second_treasurer(
    page: httpx.Client, bench: Bench, disputable: str
) -> None:
    bench.as_("sponsor").principal  # noqa: B018 - registers it
    asked: dict[str, Any] = {"task": disputable, "into": "bounties"}
    shown, task = signed(page, "fund", "sponsor", amount="12.5", **asked)
    assert shown["body"]["for"] == "bounties"
    assert shown["words"] == (
        "I add 12.50 credits to the bounties of the task rain.\nThey pay whoever makes its model "
        "better: the task holds 0.00 credits for that now, 12.50 with these."
    )
    assert task["bounties"] == "12500000"
    answer = confirm(page, prepare(page, "fund", "sponsor", amount="150", **asked)).json()
    assert answer["result"]["bounties"] == "12500000"
    assert "150.00 credits to bounty:rain: waits for" in answer["waiting"]


@pytest.mark.parametrize(
    ("changes", "found", "wanted"),
    [
        ({"into": "pocket"}, "into is 'pocket'", "bounties, which pay merges"),
        ({"amount": "0"}, "0 credits cannot be moved", "more than 0"),
        ({"amount": "1,5"}, "'1,5' is no amount", "12.5"),
        ({"identity": "ana"}, "only sponsor funds rain", ""),
    ],
)
def test_a_wrong_funding_says_what_is_wanted(
    page: httpx.Client, disputable: str, changes: dict[str, str], found: str, wanted: str
) -> None:
    given = {"task": disputable, "amount": "1", "into": "bounties"} | changes
    whose = given.pop("identity", "sponsor")
    asked = {"verb": "fund", "arguments": given, "identity": whose}
    answer = page.post("workbench/prepare", json=asked)
    if whose == "ana":
        answer = confirm(page, answer.json())
    assert answer.status_code in {403, 422}, answer.text
    assert found in answer.json()["detail"]
    assert wanted in answer.json()["wanted"]


@pytest.fixture(scope="module")
def better(bench: Bench) -> str:
    """A run that beats the champion of a task with bounties: ben's rows are many."""
    task = bench.open_task(
        "hills",
        title="High or low",
        kind="tabular-classification",
        test=rows_of(make_hard_rows(120, 99)),
        licenses=["CC-BY-4.0"],
        classes=["low", "high"],
        n_features=2,
        merge={"tau": 500_000, "bounty_price": "1000"},
        sign=True,
    )
    bench.grant("sponsor", "100", sign=True)
    task.fund("100", bounties=True, sign=True)
    for name, rows in {
        "ana": frame_of(make_hard_rows(40, 1, noisy=0.4)), "ben": frame_of(make_hard_rows(150, 2))
    }.items():  # fmt: skip
        bench.as_(name).task("hills").contribute(rows, license="CC-BY-4.0", sign=True)
    bench.train("hills", owners=["ana"])
    return str(bench.as_("ben").train("hills", owners=["ana", "ben"]).id)


def rows_of(lines: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in lines.splitlines()]


def frame_of(lines: bytes) -> list[dict[str, Any]]:
    return [
        {"f0": row["features"][0], "f1": row["features"][1], "label": row["label"]}
        for row in rows_of(lines)
    ]


def test_propose_review_merge_and_rollback(page: httpx.Client, bench: Bench, better: str) -> None:
    champion = bench.task("hills").view.champion
    shares = ["author:ben:2/3", "data:ana:1/3"]
    shown, found = signed(
        page, "propose", "ben", run=better, claim="it knows both hills", shares=shares
    )
    # Two records are signed: the digest that commits, and what it opens, which is shown whole.
    assert shown["kind"] == "commitment"
    assert shown["opens"]["claim"] == "it knows both hills"
    assert found["weights"] == shown["opens"]["weights"]
    assert found["base"] != found["weights"]
    for said in ("it knows both hills", "2/3 to ben as author", str(champion)[:12]):
        assert said in shown["words"]
    bench.job(found["job"]).wait()
    judged = bench.proposal(found["id"])
    assert judged.state == "evaluated", judged.view.verdicts
    asked = {"proposal": found["id"], "decision": "maybe", "reason": "it is surer"}
    answer = page.post("workbench/prepare", json={"verb": "review-proposal", "arguments": asked})
    assert answer.status_code == 422, answer.text
    asked["decision"] = "approve"
    shown, reviewed = signed(page, "review-proposal", **asked)
    assert "I approve the proposal" in shown["words"]
    assert reviewed["approvals"] == 1
    shown, merged = signed(page, "merge", "sponsor", proposal=found["id"])
    paid = format_credits(int(merged["merge"]["bounty"]))
    assert int(merged["merge"]["bounty"]) > 0
    assert f"earns {paid} credits of the task's bounties" in shown["words"]
    assert merged["state"] == "merged"
    asked = {"proposal": found["id"], "reason": "it forgets the low ones"}
    shown, undone = signed(page, "rollback", "sponsor", **asked)
    assert f"bounty of {paid} credits was paid, and stays paid" in shown["words"]
    assert undone["merge"]["rolled_back_because"] == "it forgets the low ones"


def test_a_page_proposes_no_file_of_the_machine(page: httpx.Client, bench: Bench) -> None:
    assert bench.settings is not None
    key = bench.settings.keys_dir / "sponsor.key"
    assert key.is_file()
    asked = {"run": str(key), "claim": "read this"}
    answer = page.post("workbench/prepare", json={"verb": "propose", "arguments": asked})
    assert answer.status_code == 404, answer.text


def test_no_verb_was_left_out() -> None:
    """Last in this file: what the tests above have signed is all there is to sign."""
    assert set(VERBS) == SEEN
