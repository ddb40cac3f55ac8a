"""Who signs: the keys, owner groups, roles and addresses that signed records alone give."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from workbench.core.envelope import Envelope
from workbench.core.roles import ROLES, roles_as_text, roles_of_text
from workbench.ledger.homes import BUNDLED, Homes


@dataclass(frozen=True)
class Signer:
    """A key as the records give it.

    Attributes
    ----------
    name, owner : of the principal.
    record : content id of the registration or rotation that made it the principal's.
    replaced_by : the key after it.
    address : of the principal, in lower case.
    roles : of the principal, as text.
    """

    name: str
    owner: str
    record: str
    replaced_by: str | None = None
    address: str | None = None
    roles: str = ""


class Signers:
    """The keys of a home by its records alone, read from the first on.

    Parameters
    ----------
    origin : public key of the home's server.

    Attributes
    ----------
    homes : which of the records are for this home.
    keys : by public key.
    late : records of kinds that bundles bring, signed by a key that was replaced before: entry
        of the log and content id.
    """

    def __init__(self, origin: str) -> None:
        self.homes = Homes(origin)
        self.keys: dict[str, Signer] = {}
        self.late: list[tuple[int, str]] = []
        self._current: dict[str, str] = {}
        self._admins: set[str] = set()
        self._active: set[str] = set()

    def step(self, envelope: Envelope, seq: int) -> tuple[str, str] | None:
        """Take the next record, or say what is found and wanted where it may not stand.

        Parameters
        ----------
        envelope : verified.
        seq : its entry of the log.
        """
        if fault := self.homes.step(envelope):
            return fault
        signer = self.keys.get(envelope.author)
        if signer is not None and signer.replaced_by is not None:
            if envelope.kind not in BUNDLED:
                return after_rotation(envelope.author, signer)
            self.late.append((seq, envelope.content_id))
        if envelope.kind not in BUNDLED:
            self._active.add(envelope.author)
        match envelope.kind, envelope.body:
            case "principal", {"name": str(name), "owner": str(owner)}:
                self._register(envelope, name, owner)
            case "address", {"address": str(address)} if signer is not None:
                self._change(signer.name, address=address.lower())
            case "rotation", {"principal": str(name), "old": str(old), "new": str(new)}:
                return self._rotate(envelope, name, old, new)
            case "role", {"principal": str(name), "role": str(role), "granted": bool(granted)}:
                return self._give(envelope, name, role, granted=granted)
        return None

    def fault(
        self, rows: Iterable[Mapping[str, Any]], *, has_bundles: bool
    ) -> tuple[str, str] | None:
        """Return what is found and wanted at the first key whose row says something else.

        Parameters
        ----------
        rows : of the table of keys.
        has_bundles : runs of other homes came in, and their people's registrations with them:
            who did nothing here may be one of those.
        """
        shown = {row["public_key"]: row for row in rows}
        for public_key in sorted(shown.keys() | self.keys.keys()):
            row, signed = shown.get(public_key), self.keys.get(public_key)
            what = f"the key {public_key[:16]}…"
            if signed is None:
                return f"{what} is shown as one of {row and row['name']!r:.80}", "no such key"
            if row is None:
                if has_bundles and public_key not in self._active:
                    continue
                return f"{what} of {signed.name!r:.80} is missing", "a row of it: it was registered"
            for name, wanted in vars(signed).items():
                if row[name] != wanted:
                    found = f"the {name} of {what} is {row[name]!r:.80}"
                    return found, f"{wanted!r:.80}, by the records"
        return None

    def _register(self, envelope: Envelope, name: str, owner: str) -> None:
        if envelope.content_id in self.homes.elsewhere:
            return
        # Of before records named their home, the first of a name and key counts here.
        if envelope.author not in self.keys and name not in self._current:
            self.keys[envelope.author] = Signer(name, owner, envelope.content_id)
            self._current[name] = envelope.author

    def _change(self, name: str, **changes: Any) -> None:
        public_key = self._current[name]
        self.keys[public_key] = replace(self.keys[public_key], **changes)

    def _rotate(self, envelope: Envelope, name: str, old: str, new: str) -> tuple[str, str] | None:
        before = self.keys.get(old)
        if before is None or self._current.get(name) != old or new in self.keys:
            return f"it replaces the key {old[:16]}…", f"the key of {name[:80]}, by a new one"
        if envelope.author != old and (fault := self._not_an_admin(envelope)):
            return fault
        self._active |= {old, new}
        self.keys[new] = replace(before, record=envelope.content_id)
        self._change(name, replaced_by=new)
        self._current[name] = new
        return None

    def _give(
        self, envelope: Envelope, name: str, role: str, *, granted: bool
    ) -> tuple[str, str] | None:
        if fault := self._not_an_admin(envelope):
            return fault
        if name not in self._current or role not in ROLES:
            return f"it gives {name[:80]!r} the role {role[:80]!r}", "a principal and a role"
        self._active.add(self._current[name])
        roles: Collection[Any] = roles_of_text(self.keys[self._current[name]].roles)
        roles = {*roles, role} if granted else {*roles} - {role}
        self._change(name, roles=roles_as_text(roles))
        if role == "admin":
            self._admins = self._admins | {name} if granted else self._admins - {name}
        return None

    def _not_an_admin(self, envelope: Envelope) -> tuple[str, str] | None:
        signer = self.keys.get(envelope.author)
        if signer is None:
            return f"it is signed by {envelope.author[:16]}…", "the key of a principal"
        if self._admins and signer.name not in self._admins:
            return f"it is signed by {signer.name[:80]}, who is no admin here", "an admin's word"
        return None


def after_rotation(author: str, signer: Signer) -> tuple[str, str]:
    """Return what is found and wanted where a key signs that was replaced before."""
    found = f"it is signed by {author[:16]}…, a key of {signer.name[:80]} that was replaced before"
    return found, f"a signature by {signer.replaced_by}"
