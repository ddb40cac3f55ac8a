"""Who signs: a key of the person's own, known to the server by a name and an owner group."""

from functools import cached_property
from pathlib import Path
from typing import Any

from workbench.client.connection import Api
from workbench.core.envelope import Envelope
from workbench.core.errors import ConflictError
from workbench.core.keys import PrivateKey, check_identity_name
from workbench.core.wire import PrincipalView, SignedRequest


class Identity:
    """One of the person's keys, and how the server knows it.

    Parameters
    ----------
    api : the way to the server.
    keys_dir : folder of private keys; the server never sees it.
    name : letters, digits, ``-`` and ``_``; names the key's file.
    owner : owner group to register the key for; an earlier registration stays.
    """

    def __init__(self, api: Api, keys_dir: Path, name: str, owner: str) -> None:
        self.name = check_identity_name(name)
        self._owner = check_identity_name(owner)
        self._api = api
        self._path = keys_dir / f"{name}.key"

    @cached_property
    def key(self) -> PrivateKey:
        """The key, made on first use with mode 0600."""
        exists = self._path.exists()
        return PrivateKey.load(self._path) if exists else PrivateKey.load_or_make(self._path)

    @cached_property
    def principal(self) -> PrincipalView:
        """Who the server knows the key as; registered on first use."""
        for known in self._api.get_all(PrincipalView, "principals"):
            if known.public_key == self.key.public_hex:
                return known
        body = {"name": self.name, "owner": self._owner}
        return self._api.post(PrincipalView, "principals", body=self._sealed("principal", body))

    def sign(self, kind: str, body: dict[str, Any]) -> SignedRequest:
        """Return a record signed by the key, which is registered first."""
        if self.principal.public_key != self.key.public_hex:
            raise ConflictError(f"the key of {self.name} changed", next_step="open a new Bench")
        return self._sealed(kind, body)

    def _sealed(self, kind: str, body: dict[str, Any]) -> SignedRequest:
        return SignedRequest(envelope=Envelope.sign(kind, body, self.key).to_json())
