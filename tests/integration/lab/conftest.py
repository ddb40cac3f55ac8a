"""A real Jupyter server with the extension, on loopback, as a hub would start it for Ana."""

from collections.abc import Iterator

import httpx
import pytest

from tests.jupyter_servers import Jupyter, serve
from workbench.client.bench import Bench
from workbench.client.launch import stop_server
from workbench.client.progress import Silent
from workbench.client.transport import Transport
from workbench.core.settings import Settings

MAX_UPLOAD = 24 * 2**20
# Longer than a busy machine keeps a test waiting between two of its requests.
SILENCE_SECONDS = 10
TREASURY_LIMIT = 100 * 10**6


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    root = tmp_path_factory.mktemp("home")
    settings = Settings(
        home=root / "home",
        cache_dir=root / "cache",
        keys_dir=root / "keys",
        # Nobody listens there: runs stay pending.
        tracking_uri="http://127.0.0.1:9",
        idle_seconds=120,
        n_workers=1,
        max_upload_bytes=MAX_UPLOAD,
        treasury_limit=TREASURY_LIMIT,
    )
    yield settings
    stop_server(settings)


@pytest.fixture(scope="module")
def bench(home: Settings) -> Iterator[Bench]:
    """The sponsor's, with one open task."""
    hidden = [{"features": [i / 8, 1.0], "label": ["low", "high"][i % 2]} for i in range(16)]
    with Transport(home) as transport:
        bench = Bench(transport, home.keys_dir, "sponsor", settings=home, make_display=Silent)
        bench.open_task(
            "clouds",
            title="Two clouds",
            kind="tabular-classification",
            test=hidden,
            licenses=["CC-BY-4.0"],
            classes=["low", "high"],
            n_features=2,
            sign=True,
        )
        yield bench


@pytest.fixture(scope="module")
def jupyter(
    home: Settings, bench: Bench, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Jupyter]:
    del bench  # its server and task are there
    flags = [f"--LabExtension.upload_silence_seconds={SILENCE_SECONDS}"]
    with serve(home, tmp_path_factory.mktemp("jupyter"), flags=flags) as jupyter:
        yield jupyter


@pytest.fixture
def page(jupyter: Jupyter) -> Iterator[httpx.Client]:
    client = jupyter.page()
    yield client
    client.close()


@pytest.fixture
def stranger(jupyter: Jupyter) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=jupyter.url, trust_env=False, timeout=30) as client:
        yield client
