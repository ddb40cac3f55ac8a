"""Mirrors of a whole home."""

from datetime import datetime

from pydantic import Field

from workbench.core.wire.message import Sha256, Wire


class KnownHead(Wire):
    """A signed head of the log that somebody keeps."""

    origin: str = Sha256
    size: int = Field(ge=0)
    root: str = Sha256
    time: str = Field(max_length=40)


class MirrorExportRequest(Wire):
    """A whole home to write as plain files; ``known`` is the head that lies there already."""

    known: KnownHead | None = None


class MirrorImportRequest(Wire):
    """A manifest to take in, uploaded as a file like all that it names."""

    manifest: str = Sha256


class MirroredFile(Wire):
    """A file that a mirror has."""

    name: str
    sha256: str


class MirrorView(Wire):
    """What a home mirrors: the origin's key, and its newest head here."""

    origin: str
    size: int
    root: str
    imported_at: datetime
    files: list[MirroredFile]
