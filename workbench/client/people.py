"""The part of ``Bench`` that knows people: their keys, roles and tokens."""

import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.client.connection import Api, message
from workbench.client.contribution import require_sign
from workbench.client.frames import make_frame
from workbench.client.identity import Identity
from workbench.client.key_files import KeyFiles, import_key, read_object, write_new
from workbench.core.access_tokens import make_access_token, token_sha256
from workbench.core.canonical import canonical_bytes
from workbench.core.keys import check_identity_name
from workbench.core.wire import AccessRequest, AccessView, MemberView, PrincipalView, SignedRequest

if TYPE_CHECKING:
    import pandas as pd


class People:
    """What ``Bench`` does about who signs, who may do what, and who comes in.

    Attributes
    ----------
    api : the way to the server.
    """

    api: Api
    _identity: Identity
    _keys_dir: Path

    def sign(self, kind: str, body: dict[str, Any]) -> SignedRequest:
        """Return a record signed by the identity; what ``sign=True`` stands for."""
        return self._identity.sign(kind, body)

    @property
    def home_key(self) -> str:
        """The public key of the home's server; whatever is signed names it."""
        return self._identity.home

    def principals(self) -> "pd.DataFrame":
        """Return everybody who may sign: ``name``, ``owner``, ``roles``, ``address``, key."""
        rows = [view.model_dump() for view in self.api.get_all(PrincipalView, "principals")]
        rows = [row | {"roles": ", ".join(row["roles"])} for row in rows]
        return make_frame(rows, ["name", "owner", "roles", "address", "public_key"])

    def export_identity(
        self, file: str | Path, passphrase: str, *, name: str | None = None
    ) -> Path:
        """Write a key into a new file that a passphrase opens; for a backup, or to move.

        Parameters
        ----------
        file : must not exist yet; it is its owner's alone.
        passphrase : without it the file is worth nothing, to anybody.
        name : of the identity; the bench's own unless given.

        Raises
        ------
        NotFoundError
            There is no such key.
        ConflictError
            The file exists.
        """
        files = KeyFiles(self._keys_dir, check_identity_name(name or self._identity.name))
        files.export(Path(file), passphrase)
        return Path(file)

    def import_identity(self, file: str | Path, passphrase: str, *, name: str | None = None) -> str:
        """Put an exported key among the person's own, and return the identity's name.

        Raises
        ------
        InvalidInputError
            The passphrase does not open the file, or it holds no key.
        ConflictError
            Another key has this name; none is ever overwritten.
        """
        return import_key(self._keys_dir, Path(file), passphrase, name).name

    def rotate_key(self, *, sign: bool = False) -> PrincipalView:
        """Sign with a new key from now on; what the old one signed stays signed.

        Parameters
        ----------
        sign : must be True: the old key signs that it is replaced.
        """
        require_sign("rotate_key", "lets a new key sign in its place, for good", sign=sign)
        return self._identity.rotate()

    def ask_for_key(self, file: str | Path) -> Path:
        """Write into a new file what an admin signs when the identity's key was lost."""
        write_new(Path(file), canonical_bytes(self._identity.ask()).decode() + "\n", 0o644)
        return Path(file)

    def replace_key(self, file: str | Path, *, reason: str, sign: bool = False) -> PrincipalView:
        """Give somebody who lost a key the one that ``ask_for_key`` made; an admin does.

        Parameters
        ----------
        file : what the person's ``ask_for_key`` wrote.
        reason : in words; it is signed, and anybody may read it.
        sign : must be True.
        """
        require_sign("replace_key", "gives somebody else another key, for good", sign=sign)
        signed = self.sign("rotation", read_object(Path(file)) | {"reason": reason})
        return self.api.post(PrincipalView, "principals", "rotations", body=signed)

    def admit(self, name: str, owner: str | None = None, *, sign: bool = False) -> MemberView:
        """Let a principal who is not registered yet sign for an owner group.

        Parameters
        ----------
        owner : the group; that of the identity unless given.
        sign : must be True: the newcomer signs for the whole group, and is paid like it.
        """
        require_sign("admit", f"lets {name} sign for the whole group", sign=sign)
        body = {"owner": owner or self._identity.principal.owner, "principal": name}
        return self.api.post(MemberView, "principals", "members", body=self.sign("member", body))

    def give_role(self, name: str, role: str, *, sign: bool = False) -> PrincipalView:
        """Let a principal play a role; the first one makes a home a team, and an admin.

        Parameters
        ----------
        role : ``"contributor"``, ``"reviewer"``, ``"treasurer"``, ``"viewer"`` or ``"admin"``.
        sign : must be True: it is an admin's word.
        """
        require_sign("give_role", f"lets {name} act as {role}", sign=sign)
        return self._change_role(name, role, granted=True)

    def take_role(self, name: str, role: str, *, sign: bool = False) -> PrincipalView:
        """Let a principal play a role no more; the last admin stays."""
        require_sign("take_role", f"lets {name} act as {role} no more", sign=sign)
        return self._change_role(name, role, granted=False)

    def grant_access(self, name: str) -> str:
        """Return a new token that lets a principal in; the server only ever sees its digest.

        It is shown here and nowhere else. Its owner sets ``WORKBENCH_TOKEN`` to it, or
        ``WORKBENCH_TOKEN_FILE`` to a file of it.
        """
        token = make_access_token()
        request = message(AccessRequest, principal=name, sha256=token_sha256(token))
        self.api.post(AccessView, "access", body=request)
        return token

    def revoke_access(self, name: str) -> int:
        """Let nobody in any more by a token of a principal; return how many it ever had."""
        return len(self.api.send("access", name, "revocation").json())

    def access(self) -> "pd.DataFrame":
        """Return all tokens by their digests: whom they let in, since and until when."""
        rows = [view.model_dump() for view in self.api.get_all(AccessView, "access")]
        return make_frame(rows, ["principal", "sha256", "granted_at", "revoked_at"])

    def _change_role(self, name: str, role: str, *, granted: bool) -> PrincipalView:
        body = {"principal": name, "role": role, "granted": granted}
        signed = self.sign("role", body | {"nonce": secrets.token_hex(8)})
        return self.api.post(PrincipalView, "principals", "roles", body=signed)
