"""Controls below a dashboard's table: other looks at what is published."""

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from workbench import pages
from workbench.core.errors import WorkbenchError
from workbench.dashboards.published import Published
from workbench.dashboards.views import requested_task
from workbench.pages.documents import PublishedEpoch

if TYPE_CHECKING:
    from ipywidgets import Widget

Found = TypeVar("Found")
Choice = tuple[str, list[tuple[str, str]]]


def explore_value(task: str | None = None) -> "Widget":
    """Return a selector that orders the owners by value, data, or payout per row."""
    orders = [(label, key) for key, label in pages.ORDERS.items()]
    return _of_owners(task, "Order owners by", lambda _: orders, pages.order_fragment)


def explore_payout(task: str | None = None) -> "Widget":
    """Return a selector of owners that shows how the chosen one's amount comes about."""

    def owners(found: PublishedEpoch) -> list[tuple[str, str]]:
        return [(row.owner, row.owner) for row in found.epoch.payouts]

    return _of_owners(task, "Explain the payout of", owners, pages.payout_fragment)


def explore_story(task: str | None = None) -> "Widget":
    """Return a selector of what happened to a task: all of it, or one strand."""
    found = _quietly(task, lambda published, chosen: published.story(chosen))
    if found is None:
        return _nothing()
    strands = [(label, key) for key, label in pages.STRANDS.items()]
    return _explorer(
        [("Show what happened", strands)],
        lambda strand: pages.events_fragment(found, strand),
    )


def explore_champion(task: str | None = None) -> "Widget":
    """Return a selector of merges that shows who moved the champion and what that paid."""
    found = _quietly(task, lambda published, chosen: published.story(chosen))
    if found is None:
        return _nothing()
    if not found.merges:
        return _explorer([], lambda: pages.merge_fragment(found, None))
    return _explorer(
        [("Explain merge", pages.merge_labels(found.merges))],
        lambda number: pages.merge_fragment(found, number),
    )


def explore_runs(task: str | None = None) -> "Widget":
    """Return selectors of runs: of which kind, and by which of the numbers they found."""
    found = _quietly(task, lambda published, chosen: published.runs(chosen))
    if found is None or not found.runs:
        return _nothing()
    return _explorer(
        [
            ("Show runs", pages.run_kinds(found.runs)),
            ("Order runs by", pages.run_metrics(found.runs)),
        ],
        lambda kind, metric: pages.run_bars_fragment(found, kind, metric),
    )


def _of_owners(
    task: str | None,
    label: str,
    options: Callable[[PublishedEpoch], list[tuple[str, str]]],
    fragment: Callable[[PublishedEpoch, str], str],
) -> "Widget":
    found = _quietly(task, lambda published, chosen: published.leaderboard(chosen))
    if found is None or not found.epoch.payouts:
        return _nothing()
    return _explorer([(label, options(found))], lambda chosen: fragment(found, chosen))


def _explorer(choices: list[Choice], draw: Callable[..., str]) -> "Widget":
    import ipywidgets

    style = {"description_width": "initial"}
    drops = [
        ipywidgets.Dropdown(options=options, description=label, style=style)
        for label, options in choices
    ]
    known = [{key for _, key in options} for _, options in choices]
    view = ipywidgets.HTML(draw(*(drop.value for drop in drops)))

    def show(_: dict[str, object]) -> None:
        chosen = [drop.value for drop in drops]
        # What a browser sends is whatever its person likes, nothing at all included.
        if all(one in keys for one, keys in zip(chosen, known, strict=True)):
            view.value = draw(*chosen)

    for drop in drops:
        drop.observe(show, "value")
    return ipywidgets.VBox([*drops, view])


def _nothing() -> "Widget":
    """Return nothing to explore: the page above says what is missing."""
    import ipywidgets

    return ipywidgets.VBox([])


def _quietly(task: str | None, read: Callable[[Published, str], Found]) -> Found | None:
    published = Published.from_environment()
    try:
        chosen = task or requested_task() or published.first_task()
        return None if chosen is None else read(published, chosen)
    except WorkbenchError:
        return None
