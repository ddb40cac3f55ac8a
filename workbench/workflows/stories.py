"""Stories: what viewers may read of a task and of its runs."""

from workbench.core.kinds import KINDS
from workbench.core.wire import EpochView, TaskView
from workbench.pages import (
    Arrival,
    PublishedRun,
    PublishedRuns,
    Reign,
    TaskStory,
    best_paid,
    make_closing,
    make_merging,
    make_reigns,
    published_run,
    seals_by_run,
)
from workbench.registry.task import TaskSpec
from workbench.workflows.home import Home
from workbench.workflows.proposals import list_champions, list_proposals
from workbench.workflows.train import list_runs

_FINE_TUNE = "fine-tune"
_UTILITY = "utility"


def tell_story(
    home: Home, task: TaskView, epochs: list[EpochView], runs: PublishedRuns
) -> TaskStory:
    """Return a task's story: owners and numbers, never rows, names of files or paths."""
    spec = TaskSpec.from_body(task.spec)
    arrivals = [
        Arrival(
            at=row["created_at"],
            owner=row["owner"],
            n_rows=row["n_rows"],
            license=row["license"],
        )
        for row in home.database.read("contributions_of_task", {"task": task.id})
        if row["state"] == "accepted" and row["n_rows"]
    ]
    proposals = {one.id: one for one in list_proposals(home, task.id)}
    champions = list_champions(home, task.id)
    first = next(iter(proposals.values()), None)
    reigns = make_reigns(
        [reign for run in runs.runs if (reign := _reign(run)) is not None],
        None if first is None else (first.created_at, first.base),
        champions,
    )
    best = best_paid(epochs[-1].payouts) if epochs else None
    happened = [
        task.created_at,
        *(one.at for one in arrivals),
        *(one.at for one in reigns),
        *(epoch.created_at for epoch in epochs),
    ]
    return TaskStory(
        id=task.id,
        title=task.title,
        kind=task.kind,
        rows=KINDS[task.kind].rows,
        sponsor=task.sponsor,
        created_at=task.created_at,
        metric=spec.metric,
        base=None if spec.base is None else spec.base["name"],
        licenses=list(spec.licenses),
        classes=list(spec.classes),
        pool=task.pool,
        pay_on=spec.pay_on,
        semivalue=spec.semivalue,
        owner_cap=None if spec.owner_cap is None else str(spec.owner_cap),
        minimum_gain_units=str(spec.minimum_gain_units),
        dispute_seconds=spec.dispute_seconds,
        arrivals=arrivals,
        reigns=reigns,
        merges=[make_merging(one, proposals[one.proposal]) for one in champions],
        bounties=task.bounties,
        bounty_price=str(spec.merge.bounty_price),
        closings=[make_closing(epoch) for epoch in epochs],
        best_owner=None if best is None else best[0],
        best_per_row=None if best is None else str(best[1]),
        as_of=max(happened),
    )


def list_published_runs(home: Home, task: TaskView) -> PublishedRuns:
    """Return what is published of a task's runs, oldest first."""
    seals = seals_by_run(home.database.read("seals_of_task", {"task": task.id}))
    runs = [published_run(run, seals.get(run.id, [])) for run in list_runs(home, task.id)]
    moments = [task.created_at]
    for run in runs:
        moments += [run.created_at, *(s.at for s in run.seals), *(a.at for a in run.again)]
    return PublishedRuns(
        task=task.id,
        title=task.title,
        as_of=max(moments),
        runs=runs,
        metric=str(task.spec["metric"]),
    )


def _reign(run: PublishedRun) -> Reign | None:
    utility = run.metrics.get(_UTILITY)
    if run.kind != _FINE_TUNE or run.model is None or utility is None:
        return None
    return Reign(at=run.created_at, model=run.model, run=run.id, utility=utility)
