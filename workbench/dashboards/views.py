"""What the dashboard notebooks draw: one call a cell."""

import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final, Literal
from urllib.parse import parse_qs

from workbench import pages
from workbench.core.errors import WorkbenchError
from workbench.dashboards.published import Published

if TYPE_CHECKING:
    from IPython.display import HTML

PageName = Literal["task", "leaderboard", "payouts", "runs"]

_FRAGMENTS: Final[Mapping[PageName, Callable[[Published, str], str]]] = {
    "task": lambda published, task: pages.task_fragment(published.story(task)),
    "leaderboard": lambda published, task: pages.leaderboard_fragment(
        published.leaderboard(task), linked=False
    ),
    "payouts": lambda published, task: pages.payouts_fragment(
        published.leaderboard(task), linked=False
    ),
    "runs": lambda published, task: pages.runs_fragment(published.runs(task)),
}


def task(task: str | None = None) -> "HTML":
    """Return the story of a task, by default the one in the page's address."""
    return _styled(draw("task", Published.from_environment(), task or requested_task()))


def leaderboard(task: str | None = None) -> "HTML":
    """Return the leaderboard of a task; see ``task``."""
    return _styled(draw("leaderboard", Published.from_environment(), task or requested_task()))


def payouts(task: str | None = None) -> "HTML":
    """Return the payouts of a task; see ``task``."""
    return _styled(draw("payouts", Published.from_environment(), task or requested_task()))


def runs(task: str | None = None) -> "HTML":
    """Return the runs of a task; see ``task``."""
    return _styled(draw("runs", Published.from_environment(), task or requested_task()))


def draw(page: PageName, published: Published, task: str | None) -> str:
    """Return a page's HTML: navigation and table, or what is missing and what to do.

    Never raises a ``WorkbenchError``: a viewer reads it on the page.
    """
    try:
        chosen = task or published.first_task()
        if chosen is None:
            return pages.index_fragment([], None)
        navigation = pages.navigation_fragment(published.index().tasks, chosen, page)
    except WorkbenchError as error:
        return pages.message_fragment("The results cannot be shown", error)
    try:
        content = _FRAGMENTS[page](published, chosen)
    except WorkbenchError as error:
        content = pages.message_fragment("This task cannot be shown", error)
    return navigation + content


def requested_task(query: str | None = None) -> str | None:
    """Return the task named in the page's address, as ``?task=ID``; None without one."""
    text = os.environ.get("QUERY_STRING", "") if query is None else query
    try:
        return parse_qs(text, max_num_fields=20).get("task", [None])[0]
    except ValueError:  # more fields than any page of ours has
        return None


def _styled(fragment: str) -> "HTML":
    from IPython.display import HTML

    return HTML(f"<style>{pages.style_sheet()}</style>{fragment}")
