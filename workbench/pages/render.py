"""From an epoch to HTML: self-contained pages, and the fragments Voilà shows of them."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from shlex import quote

from jinja2 import Environment, PackageLoader, StrictUndefined

from workbench.core.errors import WorkbenchError
from workbench.core.wire import EpochView, WhyView
from workbench.pages.board import MOST_DRAWN, make_board, make_money, owner_key, unit_of
from workbench.pages.champions import find_merge
from workbench.pages.checking import Checking, script, script_source
from workbench.pages.documents import JsonObject, PublishedEpoch, PublishedModels, PublishedTask
from workbench.pages.events import STRANDS, make_events
from workbench.pages.exploring import ORDERS, bar_unit, make_bars, make_steps
from workbench.pages.models import make_models
from workbench.pages.numbers import format_time
from workbench.pages.reasons import make_reasons
from workbench.pages.run_views import make_run_bars
from workbench.pages.runs import PublishedRuns, make_runs
from workbench.pages.stories import TaskStory, make_story


def leaderboard_html(
    epoch: EpochView,
    *,
    title: str,
    metric: str,
    as_of: datetime,
    models: PublishedModels | None = None,
    reasons: bool = False,
) -> str:
    """Return the leaderboard of an epoch as a self-contained page.

    Parameters
    ----------
    epoch : the closed epoch; its payouts must sum to the pool less what was returned.
    title : the task's title.
    metric : the task's metric, which gives the values their unit.
    as_of : the moment of publication, UTC.
    models : the task's newest comparison of models.
    reasons : whether each owner's page of reasons is beside it, and linked.

    Returns
    -------
    str
        HTML that needs no script and no other file and asks the network for nothing.

    Raises
    ------
    InvalidInputError
        The epoch's amounts do not add up.
    """
    values = _epoch_values(epoch, title, metric, as_of, linked=True) | _models_values(models)
    values["reasons"] = reasons
    return _page("leaderboard.html.j2", f"{title}: leaderboard, epoch {epoch.number}", values)


def payouts_html(
    epoch: EpochView,
    *,
    title: str,
    metric: str,
    as_of: datetime,
    reasons: bool = False,
    check: Checking | None = None,
) -> str:
    """Return the payouts of an epoch as a self-contained page; see ``leaderboard_html``.

    With ``check`` the page can check itself: its one script, named in its policy, holds what it
    prints against the signed log. A page that shows some owners of many names the one that can.
    """
    values = _epoch_values(epoch, title, metric, as_of, linked=True) | {"reasons": reasons}
    if check is not None:
        values["check"] = check.elsewhere() if values["board"].n_more else check
    return _page("payouts.html.j2", f"{title}: payouts, epoch {epoch.number}", values)


def all_html(
    epoch: EpochView,
    *,
    title: str,
    metric: str,
    as_of: datetime,
    reasons: bool = False,
    check: Checking | None = None,
) -> str:
    """Return all owners of an epoch of many, in text alone; see ``payouts_html``."""
    values = _epoch_values(epoch, title, metric, as_of, linked=True)
    values |= {"reasons": reasons, "check": check}
    return _page("all.html.j2", f"{title}: all owners, epoch {epoch.number}", values)


def task_html(story: TaskStory) -> str:
    """Return a task's story as a self-contained page."""
    values = {"task": story, "story": make_story(story), "linked": True}
    return _page("task.html.j2", f"{story.title}: the task", values)


def runs_html(runs: PublishedRuns, *, has_epoch: bool) -> str:
    """Return a task's runs as a self-contained page.

    Parameters
    ----------
    runs : all of them.
    has_epoch : whether there are pages of payouts to link to.
    """
    values = {"runs": runs, "board": make_runs(runs.runs), "has_epoch": has_epoch, "linked": True}
    return _page("runs.html.j2", f"{runs.title}: runs", values)


def why_html(
    why: WhyView,
    epoch: EpochView,
    *,
    title: str,
    as_of: datetime,
    check: Checking | None = None,
) -> str:
    """Return why an owner gets its amount as a self-contained page, without any of its rows.

    With ``check``, of the epoch, the page can check the amount; see ``payouts_html``.
    """
    found = make_reasons(why)
    got = "got" if epoch.state == "final" else "would get"
    name = f"{title}: why {why.owner} {got} {found.amount.text}{found.amount.further} credits"
    values = {**vars(found), "epoch": epoch, "as_of": as_of}
    values |= {"pool": make_money(epoch.pool), "returned": make_money(epoch.returned)}
    values["check"] = None if check is None else check.of_one_owner(owner_key(why.owner))
    return _page("why.html.j2", name, values)


def index_html(tasks: list[JsonObject], as_of: datetime) -> str:
    """Return the start page of what is published, from the lines of ``index_entry``."""
    return _page("index.html.j2", "Merit Workbench: published results", _index_values(tasks, as_of))


def leaderboard_fragment(published: PublishedEpoch, *, linked: bool = True) -> str:
    """Return the leaderboard without the page around it, for a notebook or Voilà.

    ``linked`` says whether the static pages are beside it, so that links to them work.
    """
    values = _published_values(published, linked) | _models_values(published.models)
    return _render("leaderboard.html.j2", values)


def payouts_fragment(published: PublishedEpoch, *, linked: bool = True) -> str:
    """Return the payouts without the page around them; see ``leaderboard_fragment``."""
    return _render("payouts.html.j2", _published_values(published, linked))


def task_fragment(story: TaskStory) -> str:
    """Return a task's story without the page around it and without links to static pages."""
    values = {"task": story, "story": make_story(story), "linked": False}
    return _render("task.html.j2", values)


def runs_fragment(runs: PublishedRuns) -> str:
    """Return a task's runs without the page around them; see ``task_fragment``."""
    values = {"runs": runs, "board": make_runs(runs.runs), "has_epoch": False, "linked": False}
    return _render("runs.html.j2", values)


def index_fragment(tasks: list[JsonObject], as_of: datetime | None) -> str:
    """Return the list of published tasks without the page around it."""
    return _render("index.html.j2", _index_values(tasks, as_of))


def navigation_fragment(tasks: Sequence[PublishedTask], chosen: str, page: str) -> str:
    """Return links to the pages and tasks; each view has its own address.

    Parameters
    ----------
    tasks : the tasks that are published.
    chosen : the id of the task on screen.
    page : ``"task"``, ``"leaderboard"``, ``"payouts"`` or ``"runs"``.
    """
    has_epoch = all(task.epoch is not None for task in tasks if task.id == chosen)
    values = {"tasks": tasks, "chosen": chosen, "page": page, "has_epoch": has_epoch}
    return _render("navigation.html.j2", values)


def order_fragment(published: PublishedEpoch, quantity: str) -> str:
    """Return the owners as bars of one of ``ORDERS``, longest first."""
    bars = make_bars(published.epoch, quantity)
    values = {
        "bars": bars[:MOST_DRAWN],
        "n_more": max(0, len(bars) - MOST_DRAWN),
        "label": ORDERS[quantity],
        "unit": bar_unit(quantity, published.metric),
    }
    return _render("order.html.j2", values)


def payout_fragment(published: PublishedEpoch, owner: str) -> str:
    """Return how one owner's amount comes about, step by step."""
    return _render(
        "payout.html.j2",
        {"steps": make_steps(published.epoch, owner), "unit": unit_of(published.metric)},
    )


def events_fragment(story: TaskStory, strand: str) -> str:
    """Return what happened to a task, newest first; ``strand`` is one of ``STRANDS``."""
    events, n_more = make_events(story, strand)
    values = {"events": events, "n_more": n_more, "label": STRANDS[strand]}
    return _render("events.html.j2", values)


def merge_fragment(story: TaskStory, number: str | None) -> str:
    """Return who moved the champion and what that paid; without a number, that nobody did."""
    steps = None if number is None else find_merge(story.merges, number)
    return _render("merge.html.j2", {"steps": steps})


def run_bars_fragment(runs: PublishedRuns, kind: str, metric: str) -> str:
    """Return the runs of a kind by one of their numbers; see ``make_run_bars``."""
    return _render("run_bars.html.j2", {"found": make_run_bars(runs.runs, kind, metric)})


def message_fragment(heading: str, error: WorkbenchError) -> str:
    """Return an error as people read it: what was found, what is wanted, what to do."""
    return _render("message.html.j2", {"heading": heading, "error": error})


@cache
def style_sheet() -> str:
    """Return the one style sheet of pages, notebooks and Voilà."""
    return (templates_dir() / "workbench.css").read_text(encoding="utf-8")


def templates_dir() -> Path:
    """Return the folder of the templates and the style sheet."""
    return Path(__file__).parent / "templates"


def _epoch_values(
    epoch: EpochView, title: str, metric: str, as_of: datetime, linked: bool
) -> JsonObject:
    return {
        "epoch": epoch,
        "board": make_board(epoch, metric),
        "title": title,
        "metric": metric,
        "as_of": as_of,
        "linked": linked,
        "reasons": False,
        "check": None,
    }


def _published_values(published: PublishedEpoch, linked: bool) -> JsonObject:
    p = published
    return _epoch_values(p.epoch, p.title, p.metric, p.as_of, linked)


def _models_values(models: PublishedModels | None) -> JsonObject:
    return {"models": models, "model_board": None if models is None else make_models(models)}


def _index_values(tasks: list[JsonObject], as_of: datetime | None) -> JsonObject:
    entries = [PublishedTask.model_validate(task) for task in tasks]
    lines = [(entry, make_money(entry.paid)) for entry in entries]
    return {"tasks": lines, "as_of": as_of}


def _page(content: str, page_title: str, values: JsonObject) -> str:
    check: Checking | None = values.get("check")
    around: JsonObject = {"content": content, "page_title": page_title}
    around["carries_script"] = check is not None and check.proof is not None
    around |= {"script": script(), "script_source": script_source()}
    return _render("page.html.j2", values | around)


def _render(name: str, values: JsonObject) -> str:
    return _environment().get_template(name).render(values)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("workbench.pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["time"] = format_time
    environment.filters["quote"] = quote
    return environment
