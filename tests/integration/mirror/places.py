"""Where homes of these tests lie."""

from pathlib import Path
from typing import Any

from workbench.core.settings import Settings


def settings_at(folder: Path, **changes: Any) -> Settings:
    """Return the settings of a home in a folder, which logs nowhere that answers."""
    return Settings(
        home=folder / "home", cache_dir=folder / "cache", keys_dir=folder / "keys",
        tracking_uri="http://127.0.0.1:9", n_workers=1, **changes,
    )  # fmt: skip
