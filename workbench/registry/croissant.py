"""Metadata of accepted data as Croissant 1.0: JSON-LD that data-set searches and loaders read.

References
----------
MLCommons, "Croissant Format Specification", version 1.0,
https://docs.mlcommons.org/croissant/docs/croissant-spec.html.
RFC 6920, "Naming Things with Hashes": the form in which a blob is named by its content.
"""

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from workbench.core.markdown import one_line

CONFORMS_TO: Final = "http://mlcommons.org/croissant/1.0"
_SPDX: Final = "https://spdx.org/licenses"
_SINGLE: Final = re.compile(r"[A-Za-z0-9.-]+")

_CONTEXT: Final[Mapping[str, Any]] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "fileProperty": "cr:fileProperty",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
"""As the specification gives it, so that readers that compare contexts know it."""


@dataclass(frozen=True)
class _Column:
    about: str
    data_type: str = "sc:Text"
    repeated: bool = False


_COLUMNS: Final[Mapping[str, _Column]] = {
    "text": _Column("What somebody said or wrote."),
    "translation": _Column("The same in the other language."),
    "source": _Column("Where it comes from, in its contributor's words."),
    "label": _Column("The class it belongs to."),
    "features": _Column("Numbers that describe it, in the task's order.", "sc:Float", True),
    "messages": _Column("A conversation: role and content of each message.", "sc:Text", True),
}


@dataclass(frozen=True)
class AcceptedRows:
    """The rows of one accepted contribution.

    Attributes
    ----------
    id : of the contribution.
    owner : owner group.
    license : SPDX expression.
    sha256, n_bytes, n_rows : of the file of canonical rows.
    columns : names that its rows have.
    accepted_at : UTC.
    """

    id: str
    owner: str
    license: str
    sha256: str
    n_bytes: int
    n_rows: int
    columns: frozenset[str]
    accepted_at: datetime


def croissant(
    task_id: str, title: str, kind: str, accepted: Sequence[AcceptedRows]
) -> dict[str, Any]:
    """Return the metadata of one contribution, or of all that a task has accepted.

    Equal rows give equal metadata. The rows themselves may be private: a file is named by its
    content (``ni:///sha-256;…``) and lies nowhere in particular.

    Parameters
    ----------
    task_id, title, kind
        Of the task.
    accepted
        At least one; the order is kept.
    """
    owners = sorted({one.owner for one in accepted})
    newest = max(one.accepted_at for one in accepted)
    n_rows = sum(one.n_rows for one in accepted)
    said = ", ".join(map(one_line, owners))
    name = one_line(title)
    urls = sorted({url for one in accepted for url in license_urls(one.license)})
    return {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "name": name if len(accepted) > 1 else f"{name}: {one_line(accepted[0].id[:12])}",
        "description": (
            f"{n_rows} rows of {said} for the task {one_line(task_id)} ({one_line(kind)}), as "
            "they passed the gates of Merit Workbench: canonical JSON Lines."
        ),
        "conformsTo": CONFORMS_TO,
        "license": urls if len(urls) > 1 else urls[0],
        "url": _named(accepted[0].sha256) if len(accepted) == 1 else f"urn:task:{task_id}",
        "creator": [{"@type": "sc:Organization", "name": one_line(owner)} for owner in owners],
        "datePublished": f"{newest:%Y-%m-%d}",
        # A contribution never changes; a task's data has had so many additions.
        "version": f"{len(accepted)}.0.0",
        "citeAs": f"{said}: {name} ({newest:%Y}), Merit Workbench, {len(accepted)}.0.0.",
        "distribution": [_file(one) for one in accepted],
        "recordSet": [_records(one) for one in accepted],
    }


def license_urls(expression: str) -> list[str]:
    """Return where the licences are described that apply together; else the expression itself.

    Examples
    --------
    >>> license_urls("CC-BY-4.0")
    ['https://spdx.org/licenses/CC-BY-4.0.html']
    >>> license_urls("MIT OR Apache-2.0")
    ['MIT OR Apache-2.0']
    """
    parts = expression.split(" AND ")
    if all(_SINGLE.fullmatch(one) and not one.startswith("LicenseRef-") for one in parts):
        return [f"{_SPDX}/{one}.html" for one in parts]
    return [one_line(expression)]


def _named(sha256: str) -> str:
    digest = base64.urlsafe_b64encode(bytes.fromhex(sha256)).decode().rstrip("=")
    return f"ni:///sha-256;{digest}"


def _file(rows: AcceptedRows) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": f"file-{rows.id[:12]}",
        "name": f"rows-{rows.id[:12]}.jsonl",
        "description": f"{rows.n_rows} rows of {one_line(rows.owner)}.",
        "contentUrl": _named(rows.sha256),
        "contentSize": f"{rows.n_bytes} B",
        "encodingFormat": "application/jsonlines",
        "sha256": rows.sha256,
    }


def _records(rows: AcceptedRows) -> dict[str, Any]:
    identity = f"rows-{rows.id[:12]}"
    return {
        "@type": "cr:RecordSet",
        "@id": identity,
        "name": identity,
        "description": f"Rows of {one_line(rows.owner)}, accepted {rows.accepted_at:%Y-%m-%d}.",
        "field": [_field(rows, identity, name) for name in _COLUMNS if name in rows.columns],
    }


def _field(rows: AcceptedRows, records: str, name: str) -> dict[str, Any]:
    column = _COLUMNS[name]
    field = {
        "@type": "cr:Field",
        "@id": f"{records}/{name}",
        "name": name,
        "description": column.about,
        "dataType": column.data_type,
        "source": {
            "fileObject": {"@id": f"file-{rows.id[:12]}"},
            "extract": {"column": name},
        },
    }
    return field | {"repeated": True} if column.repeated else field
