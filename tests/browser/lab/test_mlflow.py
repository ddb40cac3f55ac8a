"""MLflow's pages as a tab of JupyterLab: what is shown while they start, and a run among them."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from workbench.client.bench import Bench
from workbench.client.launch import stop_server
from workbench.core.settings import Settings

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]

LONG_MS = 240_000
ASKED = "/workbench/mlflow/ajax-api/"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """A home with its own tracking database, as everybody has it who has set nothing."""
    root = tmp_path_factory.mktemp("home")
    settings = Settings(
        home=root / "home",
        cache_dir=root / "cache",
        keys_dir=root / "keys",
        tracking_uri=f"sqlite:///{root}/home/mlflow/mlflow.db",
        idle_seconds=120,
        n_workers=1,
    )
    yield settings
    stop_server(settings)


def test_a_run_opens_in_mlflow(
    lab: Callable[..., Page],
    bench: Bench,
    run_command: Callable[..., object],
    picture: Callable[[Page, str], None],
    faults: list[str],
) -> None:
    page = lab()
    # The shell of MLflow's pages, while the fine-tune is on its way.
    run_command(page, "workbench:mlflow")
    frame = page.frame_locator("#workbench-mlflow iframe")
    expect(frame.get_by_role("status")).to_contain_text("goes on by itself")
    picture(page, "lab-mlflow-starting")
    run = bench.train("speech", "quick", steps=20)
    expect(frame.get_by_text("Experiments").first).to_be_visible(timeout=LONG_MS)
    picture(page, "lab-mlflow")

    page.wait_for_function(
        """async run => {
          const api = globalThis[Symbol.for('merit-workbench.api')];
          return (await api.get('/runs/{run}', {path: {run}})).tracking_run !== null;
        }""",
        arg=run.id,
        timeout=LONG_MS,
        polling=2_000,
    )
    run_command(page, "workbench:open-run", run=run.id)
    page.get_by_role("button", name="Open in MLflow").click()
    frame = page.frame_locator(f"[id='workbench-mlflow-{run.id}'] iframe")
    expect(frame.get_by_text("Parameters").first).to_be_visible(timeout=LONG_MS)
    expect(frame.get_by_text("loss", exact=True).first).to_be_visible(timeout=LONG_MS)
    picture(page, "lab-mlflow-run")

    # The tab comes back with the page.
    page.reload()
    page.wait_for_function("() => window.jupyterapp?.restored.then(() => true)", timeout=LONG_MS)
    expect(frame.get_by_text("Parameters").first).to_be_visible(timeout=LONG_MS)
    # MLflow's page also asks for a login and for its assistant, which are kept from it.
    refused = "Failed to load resource: the server responded with a status of 403"
    faults[:] = [one for one in faults if not (one.startswith(refused) and ASKED in one)]
