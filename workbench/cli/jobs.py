"""``workbench job``: work that goes on in the server."""

from typing import Annotated

import typer

from workbench.cli.door import Answer, Door, verb
from workbench.cli.tables import frame_table
from workbench.client.job import Job
from workbench.core.wire import JobView

app = typer.Typer(help="Work that goes on in the server.", no_args_is_help=True)
_Identity = Annotated[str, typer.Argument(metavar="JOB", help="The job's id or its beginning.")]


@verb(app, "list")
def list_jobs(door: Door) -> Answer:
    """List all jobs, oldest first."""
    views = door.bench.api.get_all(JobView, "jobs")
    frame = door.bench.jobs()
    frame["id"] = frame["id"].str[:12]
    screen = frame_table(frame, "no job was asked for yet")
    return Answer([view.model_dump(mode="json") for view in views], screen)


@verb(app, "show")
def show_job(door: Door, job: _Identity) -> Answer:
    """Show one job."""
    return _answer(door.bench.job(job))


@verb(app, "watch")
def watch_job(door: Door, job: _Identity) -> Answer:
    """Watch a job until it ends; interrupting stops the watching, not the job."""
    return _answer(door.bench.job(job).wait())


@verb(app, "cancel")
def cancel_job(door: Door, job: _Identity) -> Answer:
    """Ask a job to stop; what it has stored stays."""
    return _answer(door.bench.job(job).cancel())


@verb(app, "stop")
def stop_job(door: Door, job: _Identity) -> Answer:
    """End a fine-tune's training early; the best adapter so far becomes its model."""
    return _answer(door.bench.job(job).stop())


@verb(app, "priority")
def change_priority(
    door: Door,
    job: _Identity,
    priority: Annotated[str, typer.Argument(metavar="PRIORITY", help="low, normal or high.")],
) -> Answer:
    """Have a queued job run sooner or later."""
    return _answer(door.bench.job(job).change_priority(priority))


def _answer(job: Job) -> Answer:
    return Answer(job.view.model_dump(mode="json"), repr(job))
