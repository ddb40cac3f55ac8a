"""The manifest of a mirror: which files it has, by digest, signed by the server that wrote it."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, Self

from workbench.core.canonical import canonical_bytes, sha256_hex
from workbench.core.envelope import Envelope
from workbench.core.errors import CorruptBundleError, SignatureError
from workbench.core.keys import PrivateKey
from workbench.ledger.head import TreeHead

NAME: Final = "mirror.json"
FORMAT: Final = 1
MAX_MANIFEST_BYTES: Final = 256 * 2**20
MAX_FILE_BYTES: Final = 2**32
_KIND: Final = "mirror"
_SHA256: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)
_PART: Final = r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,119}"
# Nothing else is read, written or served: no name leads out of the mirror's folder.
_SEGMENT: Final = re.compile(
    r"(?:log|tables/(?P<table>[a-z_]{1,60}))/[0-9]{12}-(?P<digest>[0-9a-f]{16})\.jsonl", re.ASCII
)
_BLOB: Final = re.compile(r"blobs/(?P<digest>[0-9a-f]{2}/[0-9a-f]{62})", re.ASCII)
_PAGE: Final = re.compile(rf"pages/(?:{_PART}/){{0,4}}{_PART}", re.ASCII)


@dataclass(frozen=True)
class MirrorFile:
    """A file of a mirror.

    Attributes
    ----------
    sha256 : its digest, in hex.
    n_bytes : its size.
    """

    sha256: str
    n_bytes: int


@dataclass(frozen=True)
class Manifest:
    """What a mirror holds.

    Attributes
    ----------
    envelope : as the server signed it.
    head : of the log, as the server signed it.
    files : by name, in the order of their names.
    """

    envelope: Envelope
    head: TreeHead
    files: Mapping[str, MirrorFile]

    @classmethod
    def sign(cls, head: bytes, files: Mapping[str, MirrorFile], key: PrivateKey) -> Self:
        """Return the manifest of files, signed.

        Parameters
        ----------
        head : signed by the same key, as ``TreeHead.signed`` returns it.
        """
        body = {
            "format": FORMAT,
            "head": json.loads(head),
            "files": {
                name: {"bytes": file.n_bytes, "sha256": file.sha256}
                for name, file in sorted(files.items())
            },
        }
        return cls.read(canonical_bytes(Envelope.sign(_KIND, body, key).to_json()))

    @classmethod
    def read(cls, content: bytes) -> Self:
        """Return a manifest whose signatures verify and whose names are those of a mirror.

        Raises
        ------
        CorruptBundleError
            It is none of this format, or not as its server wrote it.
        """
        try:
            envelope = Envelope.from_json(json.loads(content)).verify(kind=_KIND)
            body = envelope.body
            if canonical_bytes(envelope.to_json()) != content:
                raise corrupt(f"{NAME} is not written as it must be", "canonical JSON (RFC 8785)")
            if body.get("format") != FORMAT:
                raise corrupt(
                    f"{NAME} has the format {body.get('format')!r:.40}", f"format {FORMAT}"
                )
            head = TreeHead.read(canonical_bytes(body["head"]), envelope.author)
            files = {name: _file(name, body["files"][name]) for name in sorted(body["files"])}
        except SignatureError as error:
            raise corrupt(f"{NAME} is not as its server signed it: {error}") from error
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise corrupt(f"{NAME} is no manifest ({error!r:.100})") from error
        return cls(envelope, head, files)

    @cached_property
    def content(self) -> bytes:
        """The manifest's own bytes."""
        return canonical_bytes(self.envelope.to_json())

    @cached_property
    def sha256(self) -> str:
        """Digest of the manifest's own bytes."""
        return sha256_hex(self.content)

    @property
    def origin(self) -> str:
        """Public key of the server that wrote it."""
        return self.envelope.author

    @property
    def head_text(self) -> bytes:
        """The signed head, as it stands in its server's head file."""
        return canonical_bytes(self.envelope.body["head"])

    @property
    def n_bytes(self) -> int:
        """Size of all files."""
        return sum(file.n_bytes for file in self.files.values())

    def segments(self, folder: str) -> list[str]:
        """Return the names of a folder's segments, in the order in which they follow."""
        return [name for name in self.files if name.startswith(f"{folder}/")]

    @property
    def tables(self) -> list[str]:
        """Names of the tables that have a file."""
        found = (_SEGMENT.fullmatch(name) for name in self.files)
        return sorted({match["table"] for match in found if match and match["table"]})


def segment_name(folder: str, first: int, sha256: str) -> str:
    """Return the name of a segment: whatever changes has another name, so nothing is replaced.

    Parameters
    ----------
    folder : ``"log"`` or ``"tables/…"``.
    first : number of its first row.
    """
    return f"{folder}/{first:012d}-{sha256[:16]}.jsonl"


def blob_name(sha256: str) -> str:
    """Return the name of a file that is named by its content."""
    return f"blobs/{sha256[:2]}/{sha256[2:]}"


def page_name(path: str) -> str | None:
    """Return the name of a published page; None for what is none."""
    name = f"pages/{path}"
    return name if _PAGE.fullmatch(name) else None


def signed_head(text: bytes, origin: str) -> TreeHead:
    """Return a head that somebody kept, such as a home's head file.

    Raises
    ------
    CorruptBundleError
        It is none that this server signed.
    """
    try:
        return TreeHead.read(text, origin)
    except SignatureError as error:
        raise CorruptBundleError(
            f"the head is not one of {origin[:16]}…: {error}",
            wanted="a head that this server signed, such as its head.json",
        ) from error


def corrupt(found: str, wanted: str = "a mirror as its server wrote it") -> CorruptBundleError:
    """Return the error that refuses a mirror."""
    return CorruptBundleError(
        f"the mirror is not accepted: {found}", wanted=wanted, next_step="ask for it again"
    )


def _file(name: str, value: Any) -> MirrorFile:
    match value:
        case {"bytes": int(n_bytes), "sha256": str(sha256), **rest} if not rest:
            file = MirrorFile(sha256, n_bytes)
        case _:
            raise corrupt(f"{NAME} says {value!r:.80} of {name!r:.80}", "bytes and sha256")
    if not _SHA256.fullmatch(sha256) or not 0 <= n_bytes <= MAX_FILE_BYTES:
        raise corrupt(f"{NAME} says {value!r:.120} of {name!r:.80}", "a size and a digest")
    named = _SEGMENT.fullmatch(name) or _BLOB.fullmatch(name)
    if named is None and not _PAGE.fullmatch(name):
        raise corrupt(f"{NAME} names the file {name!r:.120}", "names of a mirror's own files")
    if named is not None and not sha256.startswith(named["digest"].replace("/", "")):
        raise corrupt(f"{NAME} names {name!r:.120} otherwise than its digest", sha256)
    return file
