"""What a browser is sent: built, whole, and small."""

import gzip
from pathlib import Path
from typing import Any

STATIC = Path(__file__).parents[3] / "workbench"
MOST_BYTES = 400_000


def test_labextension_and_cards_together_stay_small(widgets: Any) -> None:
    del widgets  # skips where nothing is built
    scripts = [
        *(STATIC / "widgets" / "static").glob("*.js"),
        *(STATIC / "lab" / "labextension" / "static").glob("*.js"),
    ]
    assert len(scripts) > 1
    assert sum(len(gzip.compress(path.read_bytes(), 9)) for path in scripts) < MOST_BYTES
