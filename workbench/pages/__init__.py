"""Published pages: what an epoch looks like to a viewer, as JSON and as self-contained HTML.

Pure: values in, text out. ``workflows.publish`` writes the results under ``published/``;
``dashboards`` draws the same fragments in Voilà, so that both show the same table.
"""

from workbench.pages.champions import Merging, make_merging, merge_labels
from workbench.pages.checking import Checking
from workbench.pages.documents import (
    PublishedEpoch,
    PublishedModels,
    PublishedTask,
    index_document,
    index_entry,
    leaderboard_document,
    models_document,
    read_document,
    read_index,
    read_leaderboard,
)
from workbench.pages.events import STRANDS
from workbench.pages.exploring import ORDERS
from workbench.pages.reasons import why_document, why_name
from workbench.pages.render import (
    all_html,
    events_fragment,
    index_fragment,
    index_html,
    leaderboard_fragment,
    leaderboard_html,
    merge_fragment,
    message_fragment,
    navigation_fragment,
    order_fragment,
    payout_fragment,
    payouts_fragment,
    payouts_html,
    run_bars_fragment,
    runs_fragment,
    runs_html,
    style_sheet,
    task_fragment,
    task_html,
    templates_dir,
    why_html,
)
from workbench.pages.run_views import run_kinds, run_metrics
from workbench.pages.runs import PublishedRun, PublishedRuns, published_run, seals_by_run
from workbench.pages.stories import (
    Arrival,
    Reign,
    TaskStory,
    best_paid,
    make_closing,
    make_reigns,
)

__all__ = [
    "ORDERS",
    "STRANDS",
    "Arrival",
    "Checking",
    "Merging",
    "PublishedEpoch",
    "PublishedModels",
    "PublishedRun",
    "PublishedRuns",
    "PublishedTask",
    "Reign",
    "TaskStory",
    "all_html",
    "best_paid",
    "events_fragment",
    "index_document",
    "index_entry",
    "index_fragment",
    "index_html",
    "leaderboard_document",
    "leaderboard_fragment",
    "leaderboard_html",
    "make_closing",
    "make_merging",
    "make_reigns",
    "merge_fragment",
    "merge_labels",
    "message_fragment",
    "models_document",
    "navigation_fragment",
    "order_fragment",
    "payout_fragment",
    "payouts_fragment",
    "payouts_html",
    "published_run",
    "read_document",
    "read_index",
    "read_leaderboard",
    "run_bars_fragment",
    "run_kinds",
    "run_metrics",
    "runs_fragment",
    "runs_html",
    "seals_by_run",
    "style_sheet",
    "task_fragment",
    "task_html",
    "templates_dir",
    "why_document",
    "why_html",
    "why_name",
]
