"""Cards and wizards for a notebook's cells; the same views open as tabs in JupyterLab."""

from workbench.widgets.compare_view import CompareView
from workbench.widgets.contribute_wizard import ContributeWizard
from workbench.widgets.fine_tune_wizard import FineTuneWizard
from workbench.widgets.job_card import JobCard
from workbench.widgets.leaderboard_card import LeaderboardCard
from workbench.widgets.live_card import LiveCard
from workbench.widgets.proposal_card import ProposalCard
from workbench.widgets.run_card import RunCard
from workbench.widgets.value_card import ValueCard
from workbench.widgets.why_card import WhyCard

__all__ = [
    "CompareView",
    "ContributeWizard",
    "FineTuneWizard",
    "JobCard",
    "LeaderboardCard",
    "LiveCard",
    "ProposalCard",
    "RunCard",
    "ValueCard",
    "WhyCard",
]
