"""Who signs: a key of the person's own, known to the server by a name and an owner group."""

from functools import cached_property
from pathlib import Path
from typing import Any

from workbench.client.connection import Api
from workbench.client.home_key import proven_key
from workbench.client.key_files import KeyFiles
from workbench.core.envelope import Envelope
from workbench.core.errors import ConflictError, NotFoundError
from workbench.core.keys import PrivateKey, check_identity_name
from workbench.core.rotations import prove_possession
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
        self._files = KeyFiles(keys_dir, self.name)

    @cached_property
    def key(self) -> PrivateKey:
        """The key, made on first use with mode 0600."""
        return self._files.key()

    @cached_property
    def home(self) -> str:
        """Public key of the home's server, which showed that it has it; records name it."""
        return proven_key(self._api, self._files.keys_dir)

    @cached_property
    def principal(self) -> PrincipalView:
        """Who the server knows the key as; registered on first use."""
        everybody = self._everybody()
        for known in everybody:
            if self._files.is_next(known.public_key):
                return self._moved(known)
        for known in everybody:
            if known.public_key == self.key.public_hex:
                return known
        body = {"name": self.name, "owner": self._owner}
        return self._api.post(PrincipalView, "principals", body=self._sealed("principal", body))

    def sign(self, kind: str, body: dict[str, Any]) -> SignedRequest:
        """Return a record signed by the key, which is registered first."""
        if self.principal.public_key != self.key.public_hex:
            raise ConflictError(f"the key of {self.name} changed", next_step="open a new Bench")
        return self._sealed(kind, body)

    def rotate(self) -> PrincipalView:
        """Make a new key, and have it sign from now on; the old one's word is asked last.

        Interrupted anywhere, it leaves both keys, and the next use goes on from there.
        """
        before = self.principal
        new = self._files.next_key()
        signed = self.sign("rotation", self._rotation(before.name, before.public_key, new))
        return self._moved(self._api.post(PrincipalView, "principals", "rotations", body=signed))

    def ask(self) -> dict[str, Any]:
        """Return what an admin signs to give this identity a new key; its old one is lost.

        Raises
        ------
        NotFoundError
            Nobody of this name is registered.
        """
        for known in self._everybody():
            if known.name == self.name:
                new = self._files.next_key()
                return self._rotation(known.name, known.public_key, new)
        raise NotFoundError(
            f"nobody is registered as {self.name!r}",
            wanted="a principal whose key was lost",
            next_step="see who is there: workbench role list",
        )

    @staticmethod
    def _rotation(name: str, old: str, new: PrivateKey) -> dict[str, Any]:
        proof = prove_possession(new, name, old)
        return {
            "principal": name,
            "old": old,
            "new": new.public_hex,
            "proof": proof,
            "reason": "",
        }

    def _everybody(self) -> list[PrincipalView]:
        return self._api.get_all(PrincipalView, "principals")

    def _moved(self, principal: PrincipalView) -> PrincipalView:
        self._files.move_next()
        self.key = self._files.key()
        self.principal = principal
        return principal

    def _sealed(self, kind: str, body: dict[str, Any]) -> SignedRequest:
        return SignedRequest(envelope=Envelope.sign(kind, body, self.key, home=self.home).to_json())
