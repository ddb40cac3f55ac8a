"""The extension of a Jupyter server: what the panel and the wizards in the browser speak to."""

from typing import Any


def _jupyter_server_extension_points() -> list[dict[str, Any]]:
    # Jupyter asks every extension at its start: only who is enabled is imported.
    from workbench.lab.app import LabExtension  # noqa: PLC0415

    return [{"module": "workbench.lab", "app": LabExtension}]
