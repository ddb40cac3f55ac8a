"""Runs in bundles, out and in."""

from fastapi import APIRouter
from fastapi.responses import FileResponse

from workbench.core.wire import BundleRequest, JsonObject, RunView
from workbench.server.access import HomeOf, Id, Key
from workbench.server.idempotency import once
from workbench.workflows import mirror

router = APIRouter(tags=["runs"])


@router.get("/runs/{run}/bundle")
def get_bundle(home: HomeOf, run: Id, *, hidden_test: bool = False) -> JsonObject:
    """Return a run with all that it rests on; its files are fetched one by one."""
    return mirror.make_entry(home, run, hidden_test=hidden_test).to_json()


@router.get("/runs/{run}/bundle/{sha256}")
def get_bundled_file(
    home: HomeOf, run: Id, sha256: Id, *, hidden_test: bool = False
) -> FileResponse:
    """Return a file that a run's bundle names."""
    path = mirror.blob_of_entry(home, run, sha256, hidden_test=hidden_test)
    return FileResponse(path, media_type="application/octet-stream")


@router.post("/bundles")
def import_bundle(home: HomeOf, request: BundleRequest, key: Key = None) -> RunView:
    """Take in a run from an entry that was uploaded, with its files."""
    return once(
        home,
        key,
        ["mirror", request.model_dump(mode="json")],
        RunView,
        lambda: mirror.import_entry(home, request.sha256),
    )
