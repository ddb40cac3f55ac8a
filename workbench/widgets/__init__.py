"""Cards and wizards for a notebook's cells; the same views open as tabs in JupyterLab."""

from workbench.widgets.compare_view import CompareView
from workbench.widgets.fine_tune_wizard import FineTuneWizard
from workbench.widgets.job_card import JobCard
from workbench.widgets.live_card import LiveCard
from workbench.widgets.run_card import RunCard

__all__ = ["CompareView", "FineTuneWizard", "JobCard", "LiveCard", "RunCard"]
