"""Which handler does the work of which job."""

from collections.abc import Mapping
from typing import Final

from workbench.workflows import compare, models, preview, reproduce, track, train, value
from workbench.workflows.jobs import Handler

HANDLERS: Final[Mapping[str, Handler]] = {
    "train": train.handle,
    "compare": compare.handle,
    "value": value.handle,
    "preview": preview.handle,
    "reproduce": reproduce.handle,
    "import-model": models.handle,
    "track": track.handle_pending,
}
