"""Which requests of MLflow's pages are sent on to its server: those that read, from a list.

Runs are sealed when they are logged: what is changed afterwards, be it by a click, fails its
verification. So the pages show, and the list leaves out all that writes, what asks other hosts
(the gateway), and what has to do with logins, secrets and MLflow's own telemetry.
"""

import json
import re
from typing import Final
from urllib.parse import quote

from workbench.core.errors import ForbiddenError, InvalidInputError
from workbench.lab.allowed import path_parts

PAGE: Final = "/"
# `2.0`, `3.0` … stand before the name: MLflow's pages ask in several versions.
_GET: Final = """
experiments/get experiments/get-by-name experiments/search runs/get artifacts/list
metrics/get-history metrics/get-history-bulk metrics/get-history-bulk-interval
registered-models/get registered-models/search registered-models/alias
registered-models/get-latest-versions
model-versions/get model-versions/search model-versions/get-download-uri
logged-models/* logged-models/*/artifacts/directories logged-models/*/artifacts/files
traces traces/* traces/*/info traces/get traces/batchGet traces/*/assessments/*
get-trace-artifact unified-traces
datasets/* datasets/*/records datasets/*/experiment-ids datasets/search
scorers/list scorers/get scorers/versions server-info
"""
_POST: Final = """
experiments/search experiments/search-datasets runs/search logged-models/search
registered-models/get-latest-versions datasets/search
traces/search traces/metrics traces/batchGetInfos traces/calculate-filter-correlation
"""
_FILES: Final = frozenset({"get-artifact", "model-versions/get-artifact", "version", "health"})
_STATIC: Final = "static-files/"
_GRAPHQL: Final = "graphql"
_WRITES: Final = re.compile(r"\b(mutation|subscription)\b")


def _pattern(templates: str) -> re.Pattern[str]:
    each = (re.escape(t).replace(r"\*", r"[^/]{1,200}") for t in templates.split())
    return re.compile(rf"ajax-api/[1-9]\.0/mlflow/(?:{'|'.join(each)})")


_ALLOWED: Final = {"GET": _pattern(_GET), "POST": _pattern(_POST)}


def allowed_mlflow_path(method: str, encoded: str) -> str:
    """Return the path for MLflow's server, encoded anew, if its pages may ask for it.

    Raises
    ------
    InvalidInputError
        A part of it is ``..``, or holds what a server might take for another part.
    ForbiddenError
        It is not in the list.
    """
    parts = path_parts(encoded)
    path = "/".join(parts)
    if method == "GET":
        may = path == "" or path in _FILES or is_static(path)
    else:
        may = method == "POST" and path == _GRAPHQL
    if not may and (method not in _ALLOWED or _ALLOWED[method].fullmatch(path) is None):
        raise _only_reads(f"{method} {encoded[:200]}")
    return PAGE + "/".join(quote(part, safe="") for part in parts)


def is_static(path: str) -> bool:
    """Return whether a path is of MLflow's own scripts, styles and pictures."""
    return path.lstrip("/").startswith(_STATIC)


def check_body(path: str, body: bytes) -> None:
    """Raise unless what is asked of GraphQL only reads; other paths say so themselves.

    >>> check_body("/graphql", b'{"query": "query A { mlflowGetRun { run { info { status }}}}"}')

    Raises
    ------
    InvalidInputError
        It is no question.
    ForbiddenError
        It writes.
    """
    if path != PAGE + _GRAPHQL:
        return
    try:
        question = json.loads(body)["query"]
    except (ValueError, TypeError, KeyError) as error:
        raise InvalidInputError(
            "the body is no question of GraphQL", wanted='JSON with a text "query"'
        ) from error
    if not isinstance(question, str) or _WRITES.search(question):
        raise _only_reads("a change through GraphQL")


def _only_reads(what: str) -> ForbiddenError:
    return ForbiddenError(
        f"MLflow's pages may not send {what} through Jupyter",
        wanted="what only reads",
        next_step="change runs with MLflow's own client, outside of JupyterLab; a run that was "
        "sealed does not verify afterwards",
    )
