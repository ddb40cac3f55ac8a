"""MLflow's pages behind Jupyter: a real server of a real database, which shows and never writes."""

import json
import os
import signal
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest
from mlflow import MlflowClient

from tests.jupyter_servers import TOKEN, Jupyter, serve
from workbench.core.settings import Settings
from workbench.tracking.database import make_database

pytestmark = pytest.mark.timeout(600)

START_SECONDS = 240
AJAX = "workbench/mlflow/ajax-api/2.0/mlflow"
QUESTION = (
    "query Run($data: MlflowGetRunInput!) {mlflowGetRun(input: $data) {run {info {runName}}}}"
)


@pytest.fixture(scope="module")
def tracked(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    root = tmp_path_factory.mktemp("tracked")
    return Settings(
        home=root / "home",
        cache_dir=root / "cache",
        keys_dir=root / "keys",
        tracking_uri=f"sqlite:///{root}/home/mlflow/mlflow.db",
    )


@pytest.fixture(scope="module")
def run(tracked: Settings) -> Any:
    """A run with a curve and a page of somebody's among its files."""
    make_database(tracked.tracking_uri, tracked.artifacts_dir)
    client = MlflowClient(tracked.tracking_uri)
    where = tracked.artifacts_dir.as_uri()
    run = client.create_run(client.create_experiment("speech", where), run_name="the first")
    client.log_metric(run.info.run_id, "loss", 3.25, step=1)
    client.log_text(run.info.run_id, "<script>alert(1)</script>", "page.html")
    client.set_terminated(run.info.run_id)
    return run.info


@pytest.fixture(scope="module")
def jupyter(
    tracked: Settings, run: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Jupyter]:
    del run
    with serve(tracked, tmp_path_factory.mktemp("jupyter")) as jupyter:
        yield jupyter


@pytest.fixture
def page(jupyter: Jupyter) -> Iterator[httpx.Client]:
    with closing(jupyter.page()) as client:
        until_it_is_there(client)
        yield client


def until_it_is_there(client: httpx.Client, path: str = "workbench/mlflow/") -> httpx.Response:
    """Ask as often as the page does that is shown meanwhile."""
    deadline = time.monotonic() + START_SECONDS
    while (answer := client.get(path)).status_code == 202:
        assert "MLflow is starting" in answer.text
        assert 'http-equiv="refresh"' in answer.text
        assert time.monotonic() < deadline
        time.sleep(0.5)
    return answer


def test_the_page_may_ask_this_host_only_and_stand_in_our_frames_only(page: httpx.Client) -> None:
    answer = page.get("workbench/mlflow/")
    assert (answer.status_code, "<title>MLflow</title>" in answer.text) == (200, True)
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'self'" in policy
    assert "http" not in policy
    script = answer.text.partition('defer="defer" src="')[2].partition('"')[0]
    loaded = page.get(f"workbench/mlflow/{script}")
    assert loaded.headers["Content-Type"].startswith("text/javascript")
    assert "max-age" in loaded.headers["Cache-Control"]


def test_what_it_reads_arrives(page: httpx.Client, run: Any) -> None:
    # MLflow's page sends the cookie as a header; nothing else of it knows of Jupyter's check.
    del page.headers["X-XSRFToken"]
    cookie = page.cookies["mlflow-request-header-X-XSRFToken"]
    headers = {"X-XSRFToken": str(httpx.QueryParams(f"t={cookie}")["t"])}
    asked = {"experiment_ids": [run.experiment_id]}
    answer = page.post(f"{AJAX}/runs/search", json=asked, headers=headers)
    assert [one["info"]["run_name"] for one in answer.json()["runs"]] == ["the first"]
    asked = {"query": QUESTION, "variables": {"data": {"runId": run.run_id}}}
    answer = page.post("workbench/mlflow/graphql", json=asked, headers=headers)
    assert answer.json()["data"]["mlflowGetRun"]["run"]["info"]["runName"] == "the first"
    params = {"run_id": run.run_id, "metric_key": "loss", "token": TOKEN}
    answer = page.get(f"{AJAX}/metrics/get-history", params=params)
    assert [one["value"] for one in answer.json()["metrics"]] == [3.25]
    assert page.post(f"{AJAX}/runs/search", json={}).status_code == 403


def test_a_page_among_the_files_of_a_run_can_do_nothing(page: httpx.Client, run: Any) -> None:
    params = {"run_uuid": run.run_id, "path": "page.html"}
    answer = page.get("workbench/mlflow/get-artifact", params=params)
    assert "<script>" in answer.text
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_run_is_found_by_its_id(page: httpx.Client, run: Any) -> None:
    answer = page.get(f"workbench/mlflow/runs/{run.run_id}")
    where = f"/user/ana/workbench/mlflow/#/experiments/{run.experiment_id}/runs/{run.run_id}"
    assert (answer.status_code, answer.headers["Location"]) == (302, where)
    missing = page.get(f"workbench/mlflow/runs/{'0' * 32}")
    assert missing.status_code == 404
    assert "Next step" in missing.text


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "ajax-api/2.0/mlflow/runs/delete"),
        ("POST", "ajax-api/2.0/mlflow/runs/set-tag"),
        ("POST", "ajax-api/2.0/mlflow/runs/log-metric"),
        ("POST", "ajax-api/2.0/mlflow/experiments/create"),
        ("POST", "ajax-api/3.0/mlflow/ui-telemetry"),
        ("POST", "ajax-api/2.0/mlflow/upload-artifact"),
        ("POST", "ajax-api/2.0/mlflow/gateway-proxy"),
        ("GET", "ajax-api/2.0/mlflow/gateway-proxy"),
        ("GET", "ajax-api/3.0/mlflow/gateway/secrets/list"),
        ("GET", "graphql"),
        ("POST", "api/2.0/mlflow/runs/search"),
        ("PUT", "ajax-api/2.0/mlflow-artifacts/artifacts/a"),
        ("PATCH", "ajax-api/2.0/mlflow/registered-models/update"),
        ("DELETE", "ajax-api/2.0/mlflow/registered-models/delete"),
    ],
)
def test_what_writes_or_asks_other_hosts_is_refused(
    page: httpx.Client, run: Any, method: str, path: str
) -> None:
    content = json.dumps({"run_id": run.run_id, "name": "x", "key": "loss", "value": "1"})
    answer = page.request(method, f"workbench/mlflow/{path}", content=content)
    assert (answer.status_code, answer.json()["title"]) == (403, "ForbiddenError")
    assert answer.json()["next_step"]


def test_nor_does_graphql_write(page: httpx.Client) -> None:
    asked: dict[str, Any] = {"query": 'mutation { testMutation(inputString: "a") { output } }'}
    assert page.post("workbench/mlflow/graphql", json=asked).status_code == 403
    assert page.post("workbench/mlflow/graphql", json=[asked]).status_code == 422


@pytest.mark.parametrize("path", ["static-files/%2e%2e/secret", "static-files/a%2Fb", "%2e%2e"])
def test_no_path_leads_out(page: httpx.Client, path: str) -> None:
    url = httpx.URL(str(page.base_url), raw_path=f"/user/ana/workbench/mlflow/{path}".encode())
    assert page.get(url).status_code == 422


def test_it_starts_again_after_its_end_and_ends_with_jupyter(
    tracked: Settings, tmp_path: Path
) -> None:
    with serve(tracked, tmp_path) as jupyter, closing(jupyter.page()) as client:
        assert client.get("workbench/mlflow/").status_code == 202
        waiting = client.post(f"{AJAX}/runs/search", json={})
        assert (waiting.status_code, waiting.json()["title"]) == (503, "TrackingUnavailableError")
        first = children(jupyter.pid)
        assert first
        for pid in first:
            os.kill(pid, signal.SIGKILL)
        while (answer := client.get("workbench/mlflow/")).status_code != 503:
            assert answer.status_code == 202
        assert "did not start" in answer.text
        assert client.get("workbench/mlflow/").status_code == 202
        second = children(jupyter.pid)
        os.kill(jupyter.pid, signal.SIGKILL)
    deadline = time.monotonic() + START_SECONDS
    while any(is_alive(pid) for pid in second):
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_a_database_that_cannot_be_opened_is_said_with_a_way_on(tmp_path: Path) -> None:
    file = tmp_path / "home" / "mlflow" / "mlflow.db"
    file.parent.mkdir(parents=True)
    file.write_text("no database at all" * 1000)
    settings = Settings(
        home=tmp_path / "home", cache_dir=tmp_path / "cache", keys_dir=tmp_path / "keys",
        tracking_uri=f"sqlite:///{file}",
    )  # fmt: skip
    folder = tmp_path / "jupyter"
    folder.mkdir()
    with serve(settings, folder) as jupyter, closing(jupyter.page()) as client:
        answer = until_it_is_there(client)
    assert answer.status_code == 503
    assert "Next step" in answer.text
    assert "not a database" in answer.text


def test_a_tracking_server_is_asked_instead(tmp_path: Path) -> None:
    settings = Settings(
        home=tmp_path / "home", cache_dir=tmp_path / "cache", keys_dir=tmp_path / "keys",
        tracking_uri="http://ana:secret@127.0.0.1:9",
    )  # fmt: skip
    folder = tmp_path / "jupyter"
    folder.mkdir()
    with serve(settings, folder) as jupyter, closing(jupyter.page()) as client:
        answer = client.get("workbench/mlflow/")
        assert (answer.status_code, "at 127.0.0.1" in answer.text) == (503, True)
        assert "secret" not in answer.text
        assert children(jupyter.pid) == []


def children(pid: int) -> list[int]:
    """Return the processes that a process has started and that still run."""
    told = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for path in told for child in path.read_text().split()]


def is_alive(pid: int) -> bool:
    """Return whether a process runs."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
