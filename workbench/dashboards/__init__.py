"""Dashboards: the published results in a notebook and in Voilà, for exploring.

They read ``published/`` and nothing else: no database, no server, no key, no token.
"""

from workbench.dashboards.published import Published
from workbench.dashboards.views import (
    explore_payout,
    explore_value,
    leaderboard,
    payouts,
)

__all__ = ["Published", "explore_payout", "explore_value", "leaderboard", "payouts"]
