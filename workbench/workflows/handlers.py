"""Which handler does the work of which job."""

from collections.abc import Mapping
from typing import Final

from workbench.workflows import (
    backup,
    champions,
    compare,
    contribution_jobs,
    generate,
    judging,
    mirror,
    models,
    preview,
    reproduce,
    sizes,
    track,
    train,
    value,
    verify,
)
from workbench.workflows.jobs import Handler

HANDLERS: Final[Mapping[str, Handler]] = {
    "contribute": contribution_jobs.handle_draft,
    "submit": contribution_jobs.handle_submission,
    "mask": contribution_jobs.handle_mask,
    "train": train.handle,
    "compare": compare.handle,
    "generate": generate.handle,
    "value": value.handle,
    "preview": preview.handle,
    "reproduce": reproduce.handle,
    "sizes": sizes.handle,
    "import-model": models.handle,
    "track": track.handle,
    "verify": verify.handle,
    "backup": backup.handle,
    "mirror": mirror.handle,
    "judge": judging.handle,
    "champion": champions.handle,
}
