"""Cards and wizards for a notebook's cells; the same views open as tabs in JupyterLab."""

from workbench.widgets.contribute_wizard import ContributeWizard
from workbench.widgets.job_card import JobCard
from workbench.widgets.leaderboard_card import LeaderboardCard
from workbench.widgets.value_card import ValueCard
from workbench.widgets.why_card import WhyCard

__all__ = ["ContributeWizard", "JobCard", "LeaderboardCard", "ValueCard", "WhyCard"]
