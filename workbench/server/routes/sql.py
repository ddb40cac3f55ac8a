"""Questions in SQL."""

from typing import Final

import pyarrow as pa
from fastapi import APIRouter, Response

from workbench.core.wire import SqlRequest
from workbench.server.access import HomeOf

router = APIRouter(tags=["sql"])
ARROW: Final = "application/vnd.apache.arrow.stream"


@router.post(
    "/sql",
    response_class=Response,
    responses={200: {"content": {ARROW: {"schema": {"type": "string", "format": "binary"}}}}},
)
def select(home: HomeOf, request: SqlRequest) -> Response:
    """Run one SELECT over the published views and return its rows as an Arrow stream."""
    table = home.database.select(request.statement, list(request.parameters))
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return Response(sink.getvalue().to_pybytes(), media_type=ARROW)
