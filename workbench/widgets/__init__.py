"""Cards and wizards for a notebook's cells; the same views open as tabs in JupyterLab."""

from workbench.widgets.contribute_wizard import ContributeWizard
from workbench.widgets.job_card import JobCard

__all__ = ["ContributeWizard", "JobCard"]
