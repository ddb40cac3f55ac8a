"""The script that pages carry is what ``extensions/pages`` builds, and carries its licences."""

import shutil
import subprocess
from pathlib import Path

import pytest

from workbench.pages.checking import script

SOURCE = Path(__file__).parents[3] / "extensions" / "pages"
BUILT = (SOURCE / "node_modules" / "esbuild").is_dir() and shutil.which("node") is not None
needs_node = pytest.mark.skipif(not BUILT, reason="npm ci in extensions/pages was not run")


@needs_node
def test_the_script_is_what_its_source_builds(tmp_path: Path) -> None:
    built = tmp_path / "check.js"
    subprocess.run(["node", "build.js", str(built)], cwd=SOURCE, check=True)
    assert built.read_text() == script() + "\n", "run: npm run build in extensions/pages"


@needs_node
def test_its_source_is_typed() -> None:
    subprocess.run(["node", "node_modules/typescript/bin/tsc", "--noEmit"], cwd=SOURCE, check=True)


def test_it_can_stand_in_a_page_and_names_whose_work_it_holds() -> None:
    text = script()
    assert not any(end in text.lower() for end in ("</script", "<!--", "<script"))
    assert text.count("MIT License") >= 2
    for network in ("fetch(", "XMLHttpRequest", "WebSocket", "eval(", "import("):
        assert network not in text
