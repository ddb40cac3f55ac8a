"""Files, named by their content."""

import anyio.to_thread
from fastapi import APIRouter, Request

from workbench.core.wire import BlobView
from workbench.server.access import CallerOf, HomeOf
from workbench.server.limits import UPLOAD_PATH, counted, declared_length, upload_too_large
from workbench.workflows.whose_file import note_upload

router = APIRouter(tags=["blobs"])
_RAW_BODY = {
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}


@router.put(UPLOAD_PATH, openapi_extra=_RAW_BODY)
async def put_blob(request: Request, home: HomeOf, caller: CallerOf) -> BlobView:
    """Store the body as it streams in; the same bytes again are stored once."""
    limit = home.settings.max_upload_bytes
    if (declared := declared_length(request.headers)) > limit:
        raise upload_too_large(declared, limit)
    sha256, size = await home.blobs.put_async(counted(request, limit))
    await anyio.to_thread.run_sync(note_upload, home, caller, sha256)
    return BlobView(sha256=sha256, size=size)
