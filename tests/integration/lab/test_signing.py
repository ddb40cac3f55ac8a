"""What a person is shown is what is signed, once, and only on their confirmation."""

import json
from typing import Any

import httpx
import pytest

from workbench.client.bench import Bench
from workbench.core.errors import ConflictError
from workbench.core.settings import Settings
from workbench.lab.signing import KEPT_SECONDS, Signatures


@pytest.fixture
def draft(bench: Bench) -> str:
    """A contribution of Ana's that nobody has signed."""
    count = len(bench.api.connection.request("GET", "/tasks/clouds/contributions").json())
    rows = [{"f0": i / 7 + count, "f1": 2.0, "label": ["low", "high"][i % 2]} for i in range(1, 13)]
    ana = bench.as_("ana")
    found = ana.task("clouds").contribute(rows, license="CC-BY-4.0")
    assert found.state == "draft", found
    return found.id


def prepare(
    page: httpx.Client, verb: str, identity: str = "ana", **arguments: Any
) -> dict[str, Any]:
    answer = page.post(
        "workbench/prepare", json={"verb": verb, "identity": identity, "arguments": arguments}
    )
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def confirm(page: httpx.Client, shown: dict[str, Any], **changes: str) -> httpx.Response:
    about = {"token": shown["token"], "sha256": shown["sha256"]} | changes
    return page.post("workbench/sign", json=about)


def state(bench: Bench, id: str) -> str:
    return bench.contribution(id).state


def test_a_contribution_is_shown_then_signed(page: httpx.Client, bench: Bench, draft: str) -> None:
    shown = prepare(page, "submit", contribution=draft)
    assert shown["kind"] == "consent"
    assert shown["body"]["contribution"] == draft
    assert shown["body"]["file_sha256"] in shown["words"]
    assert "CC-BY-4.0" in shown["words"]
    # Looking has changed nothing.
    assert state(bench, draft) == "draft"
    answer = confirm(page, shown)
    assert answer.status_code == 200, answer.text
    assert answer.json()["result"]["state"] == "accepted"
    receipt = bench.contribution(draft).receipt()
    assert receipt.view.envelope["body"] == shown["body"]
    # Once, and never again.
    again = confirm(page, shown)
    assert (again.status_code, again.json()["title"]) == (409, "ConflictError")


def test_a_confirmation_of_something_else_signs_nothing(
    page: httpx.Client, bench: Bench, draft: str
) -> None:
    shown = prepare(page, "submit", contribution=draft)
    assert confirm(page, shown, sha256="0" * 64).status_code == 409
    # And the token is spent.
    assert confirm(page, shown).status_code == 409
    assert confirm(page, shown, token="guessed").status_code == 409
    assert state(bench, draft) == "draft"


def test_a_token_of_jupyter_alone_cannot_sign(
    page: httpx.Client, stranger: httpx.Client, bench: Bench, draft: str
) -> None:
    shown = prepare(page, "submit", contribution=draft)
    stranger.headers["Authorization"] = "token a-token-of-jupyter"
    assert stranger.get("workbench/api/tasks").status_code == 200
    assert confirm(stranger, shown).status_code == 403
    assert state(bench, draft) == "draft"
    # The refusal came before the token was looked at: the person can still confirm.
    assert confirm(page, shown).status_code == 200


def test_money_moves_by_the_amount_that_was_shown(page: httpx.Client, bench: Bench) -> None:
    bench.as_("ana").principal  # noqa: B018 - registers her
    bench.grant("ana", "5", sign=True)
    shown = prepare(page, "transfer", to="sponsor", amount="1.5")
    assert shown["words"] == "ana gives 1.50 credits to sponsor."
    assert shown["body"]["amount"] == "1500000"
    assert confirm(page, shown).status_code == 200
    assert page.get("workbench/api/statements/ana").json()["closing"] == "3500000"


@pytest.mark.parametrize(
    "request_",
    [
        {},
        {"verb": "rotate_key", "arguments": {}},
        {"verb": "submit", "arguments": {}},
        {"verb": "submit", "arguments": {"contribution": "a", "sign": "True"}},
        {"verb": "submit", "arguments": {"contribution": 3}},
        {"verb": "submit", "arguments": {"contribution": "a"}, "identity": "../ana"},
        {"verb": "submit", "arguments": {"contribution": "a"}, "more": 1},
    ],
)
def test_what_no_verb_takes_is_refused(page: httpx.Client, request_: dict[str, Any]) -> None:
    answer = page.post("workbench/prepare", json=request_)
    assert answer.status_code == 422, answer.text
    assert answer.json()["wanted"]


def test_a_form_of_another_page_is_no_request(page: httpx.Client) -> None:
    content = json.dumps({"verb": "void", "arguments": {"hold": "x"}})
    answer = page.post("workbench/prepare", content=content, headers={"Content-Type": "text/plain"})
    assert answer.status_code == 422


def test_what_the_server_would_refuse_is_said_before_anything_is_signed(
    page: httpx.Client,
) -> None:
    asked = {"verb": "submit", "arguments": {"contribution": "0" * 64}, "identity": "ana"}
    answer = page.post("workbench/prepare", json=asked)
    assert (answer.status_code, answer.json()["title"]) == (404, "NotFoundError")


def test_a_confirmation_ends_after_five_minutes(home: Settings, bench: Bench, draft: str) -> None:
    now = [0.0]
    signatures = Signatures(home, "ana", clock=lambda: now[0])
    shown = signatures.prepare({"verb": "submit", "arguments": {"contribution": draft}})
    now[0] = KEPT_SECONDS + 1
    with pytest.raises(ConflictError, match="older than five minutes"):
        signatures.sign({"token": shown["token"], "sha256": shown["sha256"]})
    assert state(bench, draft) == "draft"


def test_a_record_that_changed_after_it_was_shown_is_not_signed(
    home: Settings, bench: Bench, draft: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from workbench.client.contribution import Contribution

    signatures = Signatures(home, "ana")
    shown = signatures.prepare({"verb": "submit", "arguments": {"contribution": draft}})
    honest = Contribution.consent
    monkeypatch.setattr(
        Contribution, "consent", lambda self, purposes: honest(self, [*purposes, "publication"])
    )
    with pytest.raises(ConflictError, match="is not the consent that was shown"):
        signatures.sign({"token": shown["token"], "sha256": shown["sha256"]})
    assert state(bench, draft) == "draft"
