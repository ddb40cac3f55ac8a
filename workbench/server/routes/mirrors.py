"""Runs in bundles and whole homes in mirrors, out and in."""

from fastapi import APIRouter
from fastapi.responses import FileResponse

from workbench.core.wire import (
    BundleRequest,
    JobView,
    JsonObject,
    MirrorExportRequest,
    MirrorImportRequest,
    MirrorView,
    RunView,
)
from workbench.server.access import AskingHomeOf, HomeOf, Id, Key
from workbench.server.idempotency import once
from workbench.workflows import mirror, mirror_export, mirror_import

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


@router.get("/mirror")
def get_mirror(home: HomeOf) -> MirrorView:
    """Return what this home mirrors, if it mirrors another."""
    return mirror_import.mirrored(home)


@router.post("/mirrors/exports", status_code=202)
def start_export(home: AskingHomeOf, request: MirrorExportRequest, key: Key = None) -> JobView:
    """Write the whole home as plain files; the job's result names their manifest."""
    asked = ["export", request.model_dump(mode="json")]
    return once(home, key, asked, JobView, lambda: mirror_export.start_export(home, request))


@router.get("/mirrors/exports/{manifest}/{sha256}")
def get_exported_file(home: HomeOf, manifest: Id, sha256: Id) -> FileResponse:
    """Return the manifest of an export, or a file that it names."""
    path = mirror_export.exported_file(home, manifest, sha256)
    return FileResponse(path, media_type="application/octet-stream")


@router.post("/mirrors/imports", status_code=202)
def start_import(home: AskingHomeOf, request: MirrorImportRequest, key: Key = None) -> JobView:
    """Take in the whole home of another server; this home is a mirror of it from then on."""
    asked = ["import", request.model_dump(mode="json")]
    return once(home, key, asked, JobView, lambda: mirror_import.start_import(home, request))
