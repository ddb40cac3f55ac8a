"""The OpenAPI document: served at ``/openapi.json``, and kept in the file of that name."""

import json
from pathlib import Path
from typing import Any, Final

from fastapi import FastAPI

from workbench.server.problems import Problem

PATH: Final = Path(__file__).with_name("openapi.json")


def openapi(app: FastAPI) -> dict[str, Any]:
    """Return the app's document; every operation may answer problem details."""
    if app.openapi_schema is None:
        document = app.openapi()
        schemas = document["components"]["schemas"]
        schemas["Problem"] = Problem.model_json_schema()
        # FastAPI's own validation errors, which no route of ours answers.
        for name in ("HTTPValidationError", "ValidationError"):
            schemas.pop(name, None)
        for path in document["paths"].values():
            for operation in path.values():
                operation["responses"].pop("422", None)
    return app.openapi_schema or {}


def as_text(app: FastAPI) -> str:
    """Return the document as it is kept in the file."""
    return json.dumps(openapi(app), indent=2, sort_keys=True) + "\n"
