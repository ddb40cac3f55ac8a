"""What a gate takes of a comparison is whole, and says nothing of what items say."""

import json
from pathlib import Path

from workbench.core.jobs import JobContext, JobSpec
from workbench.training.hidden_items import HiddenItems
from workbench.training.paired_items import ITEMS_FILE, write_items


def test_losses_are_whole_and_errors_are_whole_too(tmp_path: Path) -> None:
    context = JobContext(
        JobSpec("any"), {}, tmp_path, tmp_path, emit=lambda _: None, cancelled=lambda: False
    )
    items = HiddenItems([0, 1], ["a", "b"], {"class": ["x", "y"]})
    losses = {"one": [0.25, 1.004], "other": [0.5, 0.0]}
    write_items(context, items, losses, predictions={"one": [0, 1]}, labels=[0, 0])
    found = json.loads((tmp_path / ITEMS_FILE).read_bytes())
    assert found["losses"] == {"one": [250_000, 1_004_000], "other": [500_000, 0]}
    assert found["errors"] == {"one": [0, 1_000_000]}
    assert found["answers"]["one"] == ["0.25", "1.00"]
    assert found["parts"] == [1, 1]
    assert found["slices"] == {"class": ["x", "y"]}
