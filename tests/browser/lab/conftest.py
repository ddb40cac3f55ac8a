"""JupyterLab as a person has it: a real server with our extension, a real home, a real browser."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page

from tests.integration.client.conftest import make_frame
from tests.jupyter_servers import ROOT, TOKEN, Jupyter, serve
from workbench.client.bench import Bench
from workbench.client.launch import stop_server
from workbench.client.models import Model
from workbench.client.progress import Silent
from workbench.client.task import Task
from workbench.client.transport import Transport
from workbench.core.settings import Settings
from workbench.training.tiny_gpt2 import tiny_gpt2

LABEXTENSION = ROOT / "workbench" / "lab" / "labextension"
OPEN_SECONDS = 90
WAIT_SECONDS = 180


def serve_lab(
    home: Settings, folder: Path, *flags: str, **options: Any
) -> AbstractContextManager[Jupyter]:
    """Start JupyterLab and Notebook 7 with the labextension of this source tree."""
    if not (LABEXTENSION / "package.json").is_file():
        pytest.fail("the labextension is not built. Next: make extension")
    extensions = folder / "labextensions"
    extensions.mkdir()
    (extensions / "merit-workbench").symlink_to(LABEXTENSION)
    settings = folder / "jupyterlab_settings_dir" / "@jupyterlab" / "apputils-extension"
    settings.mkdir(parents=True)
    (settings / "notification.jupyterlab-settings").write_text('{"fetchNews": "false"}')
    all_flags = [
        f"--LabApp.extra_labextensions_path={extensions}",
        f"--JupyterNotebookApp.extra_labextensions_path={extensions}",
        "--LabApp.expose_app_in_browser=True",
        "--JupyterNotebookApp.expose_app_in_browser=True",
        "--LabApp.news_url=None",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        *flags,
    ]
    # With the two that Lab's own plugins ask for.
    names = ["workbench.lab", "jupyterlab", "notebook", "jupyter_lsp", "jupyter_server_terminals"]
    return serve(home, folder, extensions=names, flags=all_flags, **options)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """A home whose server ends with the module, and logs nowhere that answers."""
    root = tmp_path_factory.mktemp("home")
    settings = Settings(
        home=root / "home",
        cache_dir=root / "cache",
        keys_dir=root / "keys",
        # Nobody listens there: runs stay pending.
        tracking_uri="http://127.0.0.1:9",
        idle_seconds=120,
        checkpoint_seconds=1,
        n_workers=1,
    )
    yield settings
    stop_server(settings)


@pytest.fixture(scope="module")
def bench(home: Settings) -> Iterator[Bench]:
    """The sponsor's, with a task of a tiny language model and rows to train on."""
    with Transport(home) as transport:
        bench = Bench(transport, home.keys_dir, "sponsor", settings=home, make_display=Silent)
        base = tiny_gpt2(home.models_dir, n_layers=2, width=32)
        rng = np.random.default_rng(0)
        # No two texts alike: near copies of the hidden test would be quarantined.
        letters = list("aeiklmnopstx")
        texts = [" ".join(map("".join, rng.choice(letters, (6, 4)))) for _ in range(60)]
        task = bench.open_task(
            "speech", title="Speech", kind="causal-lm", test=texts[40:], licenses=["CC-BY-4.0"],
            base=Model("tiny", base), sign=True,
            recipe={"batch_rows": 4, "rank": 2, "last_blocks": 1, "dtype": "float32"},
        )  # fmt: skip
        assert task.contribute(texts[:40], license="CC-BY-4.0", sign=True).state == "accepted"
        yield bench


def open_clouds(
    bench: Bench,
    name: str = "clouds",
    *,
    title: str = "Two clouds",
    n_hidden: int = 64,
    **rules: Any,
) -> Task:
    """Open a task that is valued within seconds: points of two clouds."""
    hidden = [
        {"features": [row.f0, row.f1], "label": row.label}
        for row in make_frame(n_hidden, 99).itertuples(index=False)
    ]
    return bench.open_task(
        name, title=title, kind="tabular-classification", test=hidden, licenses=["CC-BY-4.0"],
        classes=["low", "high"], n_features=2, sign=True, **rules,
    )  # fmt: skip


def wait_until(page: Page, holds: Callable[[], bool]) -> None:
    """Wait for something outside the page, which goes on meanwhile."""
    for _ in range(WAIT_SECONDS * 10):
        if holds():
            return
        page.wait_for_timeout(100)
    raise AssertionError("it did not come to be")


@pytest.fixture(scope="module")
def jupyter(
    home: Settings, bench: Bench, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Jupyter]:
    """JupyterLab and Notebook 7, with the labextension of this source tree."""
    del bench  # its server and task are there
    with serve_lab(home, tmp_path_factory.mktemp("jupyter")) as jupyter:
        yield jupyter


@pytest.fixture
def lab(jupyter: Jupyter, visit: Callable[..., Page]) -> Callable[..., Page]:
    """Open JupyterLab with an empty workspace, and wait until its plugins are there."""

    def open_lab(path: str = "lab?reset", on: Jupyter = jupyter, **options: object) -> Page:
        joined = "&" if "?" in path else "?"
        page = visit(f"{on.url}{path}{joined}token={TOKEN}", **options)
        page.wait_for_function(
            "() => window.jupyterapp?.restored.then(() => true)", timeout=OPEN_SECONDS * 1000
        )
        return page

    return open_lab


@pytest.fixture
def run_command() -> Callable[..., object]:
    """Execute one of Lab's commands, as the palette would."""

    def run(page: Page, command: str, **arguments: object) -> object:
        return page.evaluate(
            "([command, args]) => "
            "window.jupyterapp.commands.execute(command, args).then(() => null)",
            [command, arguments],
        )

    return run


@pytest.fixture
def run_cells(run_command: Callable[..., object]) -> Callable[[Page], None]:
    """Run every cell of the notebook in front, once its kernel is there.

    Before that, Lab asks which kernel to take.
    """

    def run(page: Page) -> None:
        page.wait_for_function(
            "() => window.jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel"
            "?.status === 'idle'",
            timeout=OPEN_SECONDS * 1000,
        )
        run_command(page, "notebook:run-all-cells")

    return run


@pytest.fixture
def notebook(jupyter: Jupyter) -> Callable[[str, str], Path]:
    """Write a notebook of one cell into the server's folder."""
    import nbformat

    def write(name: str, code: str) -> Path:
        path = jupyter.folder / name
        book = nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_code_cell(code)],
            metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
        )
        nbformat.write(book, path)
        return path

    return write
