"""Every route as every role: each answers 403 exactly where the table says no."""

import dataclasses
import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from workbench.core.access_tokens import make_access_token, token_sha256
from workbench.core.envelope import Envelope
from workbench.core.keys import PrivateKey
from workbench.core.roles import ROLES, plays
from workbench.core.rotations import prove_possession
from workbench.core.settings import Settings
from workbench.core.wire import AccessRequest
from workbench.server import schema
from workbench.server.app import create_app, describe
from workbench.server.permissions import PERMISSIONS
from workbench.workflows import access, join, roles
from workbench.workflows.home import Home

MACHINE = "a-token-of-this-test"
ROUTES = [
    (method.upper(), path, route["operationId"])
    for path, methods in schema.openapi(describe())["paths"].items()
    for method, route in methods.items()
]
# A principal of each role bears its name; "nobody" is one without a role.
PEOPLE = [*ROLES, "nobody"]


class Team:
    """A home whose people have one role each."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.keys = {name: PrivateKey.make() for name in PEOPLE}
        self.tokens = {name: make_access_token() for name in [*PEOPLE, "newcomer"]}
        for name in PEOPLE:
            join.register(home, self.sign(name, "principal", {"name": name, "owner": name}))
        for role in ["admin", *ROLES[:-1]]:
            body = {"principal": role, "role": role, "granted": True, "nonce": "1"}
            roles.change_role(home, self.sign("admin", "role", body))
        for name, token in self.tokens.items():
            access.grant(home, AccessRequest(principal=name, sha256=token_sha256(token)))

    def sign(self, name: str, kind: str, body: dict[str, Any]) -> dict[str, Any]:
        """Return a record signed by a person."""
        return Envelope.sign(kind, body, self.keys[name], home=self.home.origin).to_json()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    root = tmp_path_factory.mktemp("team")
    settings = dataclasses.replace(
        Settings.from_environment(), home=root / "home", cache_dir=root / "cache", n_workers=1
    )
    home = Home.open(settings)
    yield home
    home.close()


@pytest.fixture(scope="module")
def team(home: Home) -> Team:
    return Team(home)


@pytest.fixture(scope="module")
def client(home: Home) -> Iterator[TestClient]:
    app: FastAPI = create_app(home, MACHINE)
    # The stream of changes ends after its first message.
    app.state.activity.ending = True
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


def _ask(client: TestClient, token: str, method: str, path: str, json: Any = None) -> Any:
    body = {} if json is None and method == "POST" else json
    address = re.sub(r"\{[a-z0-9_]+\}", "x", path)
    return client.request(method, address, headers={"Authorization": f"Bearer {token}"}, json=body)


@pytest.mark.parametrize("name", PEOPLE)
def test_a_role_may_do_what_the_table_says(team: Team, client: TestClient, name: str) -> None:
    held = [] if name == "nobody" else [name]
    found = {
        route: _ask(client, team.tokens[name], method, path).status_code
        for method, path, route in ROUTES
    }
    assert 401 not in found.values()
    assert max(found.values()) < 500
    refused = {route for route, status in found.items() if status == 403}
    assert refused == {route for route in found if not plays(held, PERMISSIONS[route])}


@pytest.mark.usefixtures("team")
def test_the_machines_person_may_do_everything(client: TestClient) -> None:
    found = {_ask(client, MACHINE, method, path).status_code for method, path, _ in ROUTES}
    assert found.isdisjoint({401, 403})


def test_a_refusal_says_which_role_may(team: Team, client: TestClient) -> None:
    answer = _ask(client, team.tokens["viewer"], "POST", "/tasks").json()
    assert answer["title"] == "ForbiddenError"
    assert answer["detail"] == "viewer is viewer here"
    assert answer["wanted"] == "treasurer, admin: who may open task"
    assert "workbench role give viewer" in answer["next_step"]


@pytest.mark.usefixtures("team")
@pytest.mark.parametrize("token", ["mwt_" + "a" * 43, "mwt_", "Mwt_" + "a" * 43])
def test_a_stranger_is_refused_before_anything_is_parsed(client: TestClient, token: str) -> None:
    """The token has the shape of one, or nearly."""
    headers = {"Authorization": f"Bearer {token}"}
    for method, path, _ in ROUTES:
        answer = client.request(method, path, headers=headers, content=b"{ not json")
        assert answer.status_code == 401, path


def test_a_revoked_token_opens_nothing_from_then_on(team: Team, client: TestClient) -> None:
    token = make_access_token()
    access.grant(team.home, AccessRequest(principal="short-lived", sha256=token_sha256(token)))
    assert _ask(client, token, "GET", "/health").status_code == 200
    answer = _ask(client, team.tokens["admin"], "POST", "/access/short-lived/revocation").json()
    assert answer[0]["revoked_at"] is not None
    assert _ask(client, token, "GET", "/health").status_code == 401
    again = {"principal": "short-lived", "sha256": token_sha256(token)}
    assert _ask(client, MACHINE, "POST", "/access", again).status_code == 409


def test_a_token_is_stored_nowhere(team: Team) -> None:
    token = team.tokens["treasurer"].encode()
    files = [path for path in team.home.settings.home.rglob("*") if path.is_file()]
    assert files
    for path in files:
        assert token not in path.read_bytes(), path
    listed = access.list_tokens(team.home)
    assert token_sha256(team.tokens["treasurer"]) in {view.sha256 for view in listed}


def test_a_token_sends_no_record_of_another_person(team: Team, client: TestClient) -> None:
    body = {"address": "0x" + "ab" * 20, "nonce": "1"}
    record = {"envelope": team.sign("contributor", "address", body)}
    path = "/principals/addresses"
    refused = _ask(client, team.tokens["reviewer"], "POST", path, record)
    assert refused.status_code == 403
    assert "signed by another key than that of reviewer" in refused.json()["detail"]
    assert _ask(client, team.tokens["contributor"], "POST", path, record).status_code == 200


@pytest.mark.parametrize("content_type", ["application/json", "text/plain", "application/x+json"])
def test_no_content_type_gets_another_persons_record_through(
    team: Team, client: TestClient, content_type: str
) -> None:
    body = {"address": "0x" + "cd" * 20, "nonce": "2"}
    record = Envelope.sign("address", body, team.keys["contributor"]).to_json()
    headers = {
        "Authorization": f"Bearer {team.tokens['reviewer']}",
        "Content-Type": content_type,
    }
    answer = client.post("/principals/addresses", headers=headers, json={"envelope": record})
    assert answer.status_code == 403


def test_a_newcomer_registers_under_the_name_of_its_token_alone(
    team: Team, client: TestClient
) -> None:
    team.keys["newcomer"] = PrivateKey.make()
    token = team.tokens["newcomer"]

    def register(name: str) -> Any:
        body = {"name": name, "owner": name}
        record = {"envelope": team.sign("newcomer", "principal", body)}
        return _ask(client, token, "POST", "/principals", record)

    other = {"envelope": team.sign("newcomer", "address", {"address": "", "nonce": ""})}
    assert _ask(client, token, "POST", "/principals/rotations", other).status_code == 403
    assert register("somebody-else").status_code == 403
    assert register("newcomer").status_code == 200
    assert register("newcomer").status_code == 200


def test_jobs_are_asked_for_by_whose_token_it_is(team: Team, client: TestClient) -> None:
    """The client's own label says nothing against a token."""
    headers = {
        "Authorization": f"Bearer {team.tokens['reviewer']}",
        "X-Workbench-Identity": "contributor",
    }
    job = client.post("/verifications", headers=headers, json={"files": True}).json()
    [row] = team.home.database.read("job_by_id", {"id": job["id"]})
    assert row["requested_by"] == "reviewer"
    path = f"/jobs/{job['id']}/cancellation"
    refused = _ask(client, team.tokens["contributor"], "POST", path)
    assert (refused.status_code, refused.json()["detail"]) == (403, "the job is of reviewer")
    for name in ("reviewer", "admin"):
        assert _ask(client, team.tokens[name], "POST", path).status_code == 200


def test_a_rotation_can_be_sent_again_after_a_lost_answer(team: Team, client: TestClient) -> None:
    old, new = team.keys["nobody"], PrivateKey.make()
    body = {
        "principal": "nobody",
        "old": old.public_hex,
        "new": new.public_hex,
        "proof": prove_possession(new, "nobody", old.public_hex),
        "reason": "",
    }
    record = {"envelope": team.sign("nobody", "rotation", body)}
    answers = [
        _ask(client, team.tokens["nobody"], "POST", "/principals/rotations", record)
        for _ in range(2)
    ]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json() == answers[1].json()
    assert answers[0].json()["public_key"] == new.public_hex


@pytest.mark.parametrize("content", [b"{ not json", b"[" * 100_000, b'{"a": "\xff"}'])
def test_who_may_not_is_refused_before_its_body_is_looked_into(
    team: Team, client: TestClient, content: bytes
) -> None:
    for method, path, route in ROUTES:
        if method != "POST" or route == "put_blob":
            continue
        address = re.sub(r"\{[a-z0-9_]+\}", "x", path)
        headers = {"Content-Type": "application/json"}
        headers["Authorization"] = f"Bearer {team.tokens['viewer']}"
        answer = client.post(address, headers=headers, content=content)
        may = plays(["viewer"], PERMISSIONS[route])
        assert (answer.status_code == 403) is not may, (route, answer.text)


@pytest.mark.parametrize("name", ["contributor", "admin"])
def test_a_token_offers_data_of_its_own_group_alone(
    team: Team, client: TestClient, name: str
) -> None:
    asked = {"file_sha256": "0" * 64, "file_name": "a.csv", "license": "CC0-1.0"}
    token, path = team.tokens[name], "/tasks/x/contributions"
    refused = _ask(client, token, "POST", path, asked | {"owner": "treasurer"})
    assert refused.status_code == 403
    assert f"signs for {name}, not for treasurer" in refused.json()["detail"]
    own = asked | {"owner": name}
    refused = _ask(client, token, "POST", path, own)
    assert (refused.status_code, refused.json()["next_step"]) == (
        403, "send the file, then name it again"
    )  # fmt: skip
    content = f"a file of {name}".encode()
    sent = client.put("/blobs", headers={"Authorization": f"Bearer {token}"}, content=content)
    own["file_sha256"] = sent.json()["sha256"]
    assert _ask(client, token, "POST", path, own).status_code == 404  # there is no task x
    # Who only names it does not get as far.
    [other] = {"contributor", "admin"} - {name}
    named = own | {"owner": other}
    first_rows = {key: value for key, value in named.items() if key != "license"}
    for route, body in {path: named, "/tasks/x/first-rows": first_rows}.items():
        answer = _ask(client, team.tokens[other], "POST", route, body)
        assert f"{other}, whose token it is, has not sent" in answer.json()["detail"], route
    assert _ask(client, MACHINE, "POST", path, asked | {"owner": "treasurer"}).status_code == 404
    draft = {
        "id": "d" * 64,
        "task": "x",
        "owner": "treasurer",
        "file_name": "",
        "license": "",
        "file_sha256": "0" * 64,
        "rows_sha256": "0" * 64,
        "n_rows_submitted": 0,
        "n_rows": 0,
        "commitment": None,
        "findings": '{"findings":[]}',
    }
    team.home.database.write(lambda tx: tx.execute("put_draft", draft | {"now": tx.now}))
    answer = _ask(client, token, "POST", f"/contributions/{'d' * 64}/mask", {"drop": False})
    assert answer.status_code == 403


def test_single_rows_are_their_groups_and_reviewers_to_see(team: Team, client: TestClient) -> None:
    def status(name: str, rows: str) -> int:
        path = f"/epochs/x:1/why?owner=contributor&rows={rows}"
        return int(_ask(client, team.tokens[name], "GET", path).status_code)

    found = {name: (status(name, "false"), status(name, "true")) for name in ROLES}
    may = {"contributor", "reviewer", "admin"}
    assert found == {name: (404, 404 if name in may else 403) for name in ROLES}
