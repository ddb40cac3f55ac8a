"""Files, named by their content."""

from fastapi import APIRouter, Request

from workbench.core.wire import BlobView
from workbench.server.access import HomeOf
from workbench.server.limits import UPLOAD_PATH, counted, declared_length, upload_too_large

router = APIRouter(tags=["blobs"])
_RAW_BODY = {
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}


@router.put(UPLOAD_PATH, openapi_extra=_RAW_BODY)
async def put_blob(request: Request, home: HomeOf) -> BlobView:
    """Store the body as it streams in; the same bytes again are stored once."""
    limit = home.settings.max_upload_bytes
    if (declared := declared_length(request.headers)) > limit:
        raise upload_too_large(declared, limit)
    sha256, size = await home.blobs.put_async(counted(request, limit))
    return BlobView(sha256=sha256, size=size)
