"""Snapshots of the home, from which a backup is made."""

from fastapi import APIRouter

from workbench.core.wire import BackupRequest, JobView
from workbench.server.access import AskingHomeOf
from workbench.workflows import backup

router = APIRouter(tags=["home"])


@router.post("/backups", status_code=202)
def start_backup(home: AskingHomeOf, request: BackupRequest) -> JobView:
    """Copy the databases as they are at one moment into the home's own folder, and verify them."""
    return backup.start(home, request)
