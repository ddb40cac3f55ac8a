"""What the dashboard notebooks draw: one call a cell."""

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Literal
from urllib.parse import parse_qs

from workbench import pages
from workbench.core.errors import WorkbenchError
from workbench.dashboards.published import Published
from workbench.pages.documents import PublishedEpoch

if TYPE_CHECKING:
    from IPython.display import HTML
    from ipywidgets import Widget

PageName = Literal["leaderboard", "payouts"]

_FRAGMENTS = {
    "leaderboard": pages.leaderboard_fragment,
    "payouts": pages.payouts_fragment,
}


def leaderboard(task: str | None = None) -> "HTML":
    """Return the leaderboard of a task, by default the one in the page's address."""
    return _styled(draw("leaderboard", Published.from_environment(), task or requested_task()))


def payouts(task: str | None = None) -> "HTML":
    """Return the payouts of a task, by default the one in the page's address."""
    return _styled(draw("payouts", Published.from_environment(), task or requested_task()))


def explore_value(task: str | None = None) -> "Widget":
    """Return a selector that orders the owners by value, data, or payout per row."""
    orders = [(label, key) for key, label in pages.ORDERS.items()]
    return _explorer(task, "Order owners by", orders, pages.order_fragment)


def explore_payout(task: str | None = None) -> "Widget":
    """Return a selector of owners that shows how the chosen one's amount comes about."""
    return _explorer(task, "Explain the payout of", None, pages.payout_fragment)


def draw(page: PageName, published: Published, task: str | None) -> str:
    """Return a page's HTML: navigation and table, or what is missing and what to do.

    Never raises a ``WorkbenchError``: a viewer reads it on the page.
    """
    try:
        tasks = published.tasks()
        if not tasks:
            return pages.index_fragment([], None)
        chosen = task or tasks[0].id
        navigation = pages.navigation_fragment(tasks, chosen, page)
    except WorkbenchError as error:
        return pages.message_fragment("The results cannot be shown", error)
    try:
        found = published.leaderboard(chosen)
        content = _FRAGMENTS[page](found, linked=False)
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


def _explorer(
    task: str | None,
    label: str,
    options: list[tuple[str, str]] | None,
    fragment: Callable[[PublishedEpoch, str], str],
) -> "Widget":
    import ipywidgets

    found = _quietly(task or requested_task())
    if found is None or not found.epoch.payouts:
        # The page above says what is missing; there is nothing to explore.
        return ipywidgets.VBox([])
    options = options or [(row.owner, row.owner) for row in found.epoch.payouts]
    choice = ipywidgets.Dropdown(
        options=options, description=label, style={"description_width": "initial"}
    )
    view = ipywidgets.HTML(fragment(found, choice.value))

    known = {key for _, key in options}

    def show(change: dict[str, object]) -> None:
        # What a browser sends is whatever its person likes, nothing at all included.
        if (chosen := change["new"]) in known:
            view.value = fragment(found, str(chosen))

    choice.observe(show, "value")
    return ipywidgets.VBox([choice, view])


def _quietly(task: str | None) -> PublishedEpoch | None:
    published = Published.from_environment()
    try:
        tasks = published.tasks()
        return published.leaderboard(task or tasks[0].id) if tasks else None
    except WorkbenchError:
        return None
