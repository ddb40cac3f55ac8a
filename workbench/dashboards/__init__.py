"""Dashboards: the published results in a notebook and in Voilà, for exploring.

They read ``published/`` and nothing else: no database, no server, no key, no token.
"""

from workbench.dashboards.explorers import (
    explore_champion,
    explore_payout,
    explore_runs,
    explore_story,
    explore_value,
)
from workbench.dashboards.published import Published
from workbench.dashboards.views import leaderboard, payouts, runs, task

__all__ = [
    "Published",
    "explore_champion",
    "explore_payout",
    "explore_runs",
    "explore_story",
    "explore_value",
    "leaderboard",
    "payouts",
    "runs",
    "task",
]
