import json
from pathlib import Path

import nbformat
import pytest

import workbench.dashboards
from workbench.dashboards.published import Published
from workbench.dashboards.serve import PAGES, configuration, notebooks_dir

SHARE = Path(workbench.dashboards.__file__).parent / "share" / "jupyter" / "voila" / "templates"


def test_only_this_machine_is_served_and_only_with_a_token(tmp_path: Path) -> None:
    config = configuration(Published(tmp_path), port=1, token="t", base_url="/")
    assert config.Voila.ip == "127.0.0.1"
    assert config.Voila.token == "t"


def test_no_file_and_no_traceback_is_served_and_no_template_but_ours() -> None:
    config = json.loads((notebooks_dir() / "voila.json").read_text())["VoilaConfiguration"]
    assert config["file_allowlist"] == []
    assert not config["show_tracebacks"]
    assert config["strip_sources"]
    assert config["allow_template_override"] == config["allow_theme_override"] == "NO"


def test_the_template_names_no_other_host() -> None:
    for path in [*SHARE.rglob("*.*"), *(SHARE / "workbench").iterdir()]:
        if path.is_file():
            assert "//" not in path.read_text().replace("// ", "")


@pytest.mark.parametrize("page", PAGES)
def test_dashboard_notebooks_hold_calls_and_no_code(page: str) -> None:
    notebook = nbformat.read(notebooks_dir() / f"{page}.ipynb", as_version=4)
    nbformat.validate(notebook)
    for cell in notebook.cells:
        assert not cell.get("outputs")
        assert len(cell.source.splitlines()) <= 5
        assert "def " not in cell.source
