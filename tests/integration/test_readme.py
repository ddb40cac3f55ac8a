"""What the README shows a researcher runs as it stands, on a server of its own."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from workbench.client.bench import Bench
from workbench.client.launch import stop_server
from workbench.core.settings import Settings
from workbench.demo.staging import contribute_all, open_scene
from workbench.demo.tumour import tumour_scene

README = Path(__file__).parents[2] / "README.md"


@pytest.fixture
def home(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    for name, value in settings.environment().items():
        monkeypatch.setenv(name, value)
    yield settings
    stop_server(settings)


def test_the_researchers_tour_runs(home: Settings) -> None:
    tour = re.findall(r"^```python\n(.*?)^```", README.read_text(), re.M | re.S)
    # The demo's eighth clinic, who was not there yet, is the reader with a frame in hand.
    scene = tumour_scene(n_owners=8)
    owners = dict(scene.owners)
    frame = owners.pop("clinic-h")
    small = {owner: owners[owner] for owner in ("clinic-a", "clinic-c")}
    with Bench.open(home.home, quiet=True) as bench:
        played = replace(scene, owners=small)
        open_scene(bench.as_("sponsor", owner="sponsor"), played, None)
        contribute_all(bench, played)
    told: dict[str, Any] = {"frame": frame}
    for block in tour:
        exec(compile(block, "README.md", "exec"), told)
    told["bench"].close()
    values = told["study"].values
    assert set(values["owner"]) == {"clinic-a", "clinic-c", "me"}
    assert told["run"].model is not None
