"""The JavaScript beside the widgets."""

import gzip
import json
from pathlib import Path

import pytest

import workbench
from workbench.core.errors import NotBuiltError
from workbench.widgets.built import built

ROOT = Path(__file__).parents[3]
MOST_BYTES = 400_000


def test_a_file_that_was_never_built_is_named_with_the_next_step() -> None:
    with pytest.raises(NotBuiltError) as raised:
        built("nothing.js")
    assert raised.value.next_step == "make extension"
    assert "nothing.js" in str(raised.value)


def test_all_that_a_browser_is_sent_is_small() -> None:
    folders = [built("cards.js").parent, ROOT / "workbench" / "lab" / "labextension" / "static"]
    sizes = {
        path.name: len(gzip.compress(path.read_bytes()))
        for folder in folders
        for path in folder.glob("*.js")
    }
    assert sum(sizes.values()) < MOST_BYTES, sizes


def test_packages_of_the_browser_have_the_version_of_the_python_package() -> None:
    for path in (ROOT / "extensions").glob("*/package.json"):
        if path.parent.name != "chain":
            assert json.loads(path.read_text())["version"] == workbench.__version__, path
