"""Proofs about the log: asked of a server, checked without one."""

import json
from pathlib import Path
from typing import Any

from workbench.client.connection import Api, join
from workbench.client.display import Shown, Table
from workbench.core.canonical import canonical_bytes
from workbench.core.errors import InvalidInputError, NotFoundError
from workbench.core.wire import JsonObject
from workbench.ledger.proof import Proven, check_proof


class Proof(Shown):
    """A proof that holds.

    Parameters
    ----------
    document : what travels; ``save`` writes it.
    proven : what it shows.
    """

    def __init__(self, document: JsonObject, proven: Proven) -> None:
        self.document = document
        self.proven = proven

    @property
    def entry(self) -> dict[str, Any] | None:
        """The log's entry that is in it; None of a proof that the log only grew."""
        return self.proven.entry

    def save(self, path: str | Path) -> Path:
        """Write the proof; ``bench.check_proof`` and ``workbench prove --check`` read it."""
        Path(path).write_bytes(canonical_bytes(self.document) + b"\n")
        return Path(path)

    def _table(self) -> Table:
        head = self.proven.head
        notes = [
            f"head of {head.size:,} entries, signed at {head.time}",
            f"root {head.root}",
            f"by {head.origin}",
            "it holds as far as you know that key, or keep that head: --origin KEY, --head FILE",
        ]
        return Table(f"✓ {self.proven.says}", [], [], notes)


class Proofs:
    """What ``Bench`` does to show the log to whoever does not trust the server.

    Attributes
    ----------
    api : the way to the server.
    """

    api: Api

    def prove(
        self, entry: str | int | None = None, *, since: int | str | Path | None = None
    ) -> Proof:
        """Return the proof that an entry is in the log, or that the log only grew; checked.

        Parameters
        ----------
        entry : number of the log's entry, or the id of the record or ledger entry it names.
        since : instead: entries of an earlier log, or the file of its signed head, which the
            proof must then begin with.

        Raises
        ------
        NotFoundError
            There is no such entry.
        SignatureError
            What the server answered proves nothing.
        """
        if (entry is None) == (since is None):
            raise InvalidInputError(
                "neither or both of an entry and a size are given",
                wanted="prove(entry), or prove(since=size or head file)",
            )
        if entry is not None:
            document = self.api.connection.request("GET", join("proofs", str(entry))).json()
            return Proof(document, check_proof(document))
        said = str(since)
        held = None if said.isascii() and said.isdecimal() else _read(Path(said))
        params = {"since": said if held is None else str(_size(held, said))}
        document = self.api.connection.request("GET", "/proofs", params=params).json()
        return Proof(document, check_proof(document, held=held))

    @staticmethod
    def check_proof(
        proof: str | Path, *, origin: str | None = None, head: str | Path | None = None
    ) -> Proof:
        """Check the file of a proof; no server is asked.

        Parameters
        ----------
        proof : what ``save`` or ``workbench prove --json`` wrote.
        origin : the server's public key; unless given, whoever signed is believed.
        head : file of a signed head that you kept: the proof must lead to it.

        Raises
        ------
        SignatureError
            It does not hold.
        """
        document = _read(Path(proof))
        held = None if head is None else _read(Path(head))
        return Proof(document, check_proof(document, origin, held))


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_bytes())
    except FileNotFoundError:
        raise NotFoundError(f"there is no file {path}", wanted="a proof, or a head") from None
    except (OSError, ValueError, RecursionError) as error:
        found = f"{path} is no JSON: {error}"
        raise InvalidInputError(found, wanted="a proof, or a head") from error


def _size(head: Any, path: object) -> int:
    match head:
        case {"body": {"size": int(size)}}:
            return size
    raise InvalidInputError(f"{path} is no signed head", wanted="a head.json, or a whole number")
