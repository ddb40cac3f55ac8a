"""Who signed what in a mirror, and with which right at that time: its records are replayed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from workbench.core.envelope import Envelope
from workbench.core.errors import SignatureError
from workbench.core.roles import ROLES, Role, plays, roles_as_text
from workbench.core.rotations import check_possession
from workbench.mirror.checks import instant, moment, record_of, same, same_rows
from workbench.mirror.contents import Contents, Event, Row
from workbench.mirror.manifest import corrupt

_T = TypeVar("_T")


_Take = Callable[[Event, Envelope], None]


@dataclass
class Key:
    """A key that somebody signs with, or did.

    Attributes
    ----------
    name, owner : principal, and the owner group that it signs for.
    since, until : places in the log where it began to sign, and where another took its place.
    """

    name: str
    owner: str
    since: int
    until: int | None = None


@dataclass
class People:
    """Everybody who signs, over the time of a log.

    Attributes
    ----------
    keys : by public key.
    told : public key → owner, by any record that says so: those of other servers, too.
    """

    keys: dict[str, Key] = field(default_factory=dict)
    told: dict[str, str] = field(default_factory=dict)
    _rows: dict[str, Row] = field(default_factory=dict)
    _members: dict[str, Row] = field(default_factory=dict)
    _current: dict[str, str] = field(default_factory=dict)
    # Roles of each principal and the number of admins, from a place in the log on.
    _roles: dict[str, list[tuple[int, frozenset[Role]]]] = field(default_factory=dict)
    _admins: list[tuple[int, frozenset[str]]] = field(default_factory=list)

    @classmethod
    def read(cls, contents: Contents) -> "People":
        """Replay the records of people, and hold the tables against what follows from them.

        Raises
        ------
        CorruptBundleError
            A row says something else, or a record is of somebody who had no right to it.
        """
        found = cls()
        own, takers = _principals(contents), found._takers()
        for event in contents.events:
            if event.envelope is None:
                continue
            if event.envelope.kind == "principal":
                found._join(event, event.envelope, is_own=event.id in own)
            elif take := takers.get(event.envelope.kind):
                take(event, event.envelope)
        same_rows(
            contents, "signing_key", found._rows, lambda row: str(row["public_key"]), "the key"
        )
        same_rows(contents, "member", found._members, lambda row: str(row["record"]), "the member")
        return found

    def signer(self, event: Event, role: Role | None = None) -> Key:
        """Return who signed a record, if the signer had a right to sign then.

        Parameters
        ----------
        role : that the signer must have had, in a team.
        """
        envelope = event.envelope
        if envelope is None:
            raise corrupt(f"entry {event.seq} of the log is no record")
        what = f"the {envelope.kind} {event.id[:12]}"
        key = self.keys.get(envelope.author)
        if key is None or key.since > event.seq:
            raise corrupt(f"{what} is signed by {envelope.author[:16]}…, whom nobody registered")
        if key.until is not None and key.until < event.seq:
            raise corrupt(f"{what} is signed by {envelope.author[:16]}…, which was replaced before")
        if role is not None and not self._plays(key.name, role, event.seq):
            raise corrupt(f"{what} is signed by {key.name}, who was no {role} then")
        return key

    def signer_for(self, event: Event, owner: str, role: Role | None = None) -> Key:
        """Return who signed a record, if that is somebody of an owner group; see ``signer``."""
        key = self.signer(event, role)
        if key.owner != owner:
            raise corrupt(
                f"entry {event.seq} of the log is signed for {key.owner!r:.80}",
                f"a signature for {owner!r:.80}",
            )
        return key

    def owner_of(self, public_key: str) -> str | None:
        """Return for whom a key signs, by any record that says so."""
        key = self.keys.get(public_key)
        return key.owner if key else self.told.get(public_key)

    def _plays(self, name: str, role: Role, seq: int) -> bool:
        if not _at(self._admins, seq):
            return True
        return plays(_at(self._roles.get(name, []), seq), [role])

    def _is_admin(self, name: str, seq: int) -> bool:
        return name in _at(self._admins, seq)

    def _join(self, event: Event, envelope: Envelope, *, is_own: bool) -> None:
        name, owner = str(envelope.body["name"]), str(envelope.body["owner"])
        self.told[envelope.author] = owner
        if not is_own:
            return
        if envelope.author in self.keys or name in self._current:
            raise corrupt(f"the principal {name!r:.80} joins twice", "one record a principal")
        self.keys[envelope.author] = Key(name, owner, event.seq)
        self._current[name] = envelope.author
        self._rows[envelope.author] = {
            "public_key": envelope.author,
            "principal": name,
            "owner": owner,
            "replaced_by": None,
            "address": None,
            "roles": "",
            "record": event.id,
            "created_at": instant(moment(event.time)),
        }

    def _rotate(self, event: Event, envelope: Envelope) -> None:
        body = envelope.body
        name, old, new = (str(body[part]) for part in ("principal", "old", "new"))
        signer = self.signer(event)
        if self._current.get(name) != old or new in self.keys:
            raise corrupt(f"the rotation {event.id[:12]} replaces a key that {name!r:.80} had not")
        if envelope.author != old:
            self.signer(event, "admin")
        elif signer.name != name:
            raise corrupt(f"the rotation {event.id[:12]} is signed by {signer.name}")
        try:
            check_possession(name, old, new, str(body["proof"]))
        except SignatureError as error:
            raise corrupt(f"the rotation {event.id[:12]} proves nothing: {error}") from error
        before = self.keys[old]
        before.until = event.seq
        self.keys[new] = Key(name, before.owner, event.seq)
        self._current[name] = new
        now = {"record": event.id, "created_at": instant(moment(event.time))}
        self._rows[new] = self._rows[old] | {"public_key": new, "replaced_by": None} | now
        self._rows[old]["replaced_by"] = new

    def _address(self, event: Event, envelope: Envelope) -> None:
        name = self.signer(event).name
        self._rows[self._current[name]]["address"] = str(envelope.body["address"]).lower()

    def _role(self, event: Event, envelope: Envelope) -> None:
        self.signer(event, "admin")
        body = envelope.body
        name, granted = str(body["principal"]), body["granted"]
        roles = [role for role in ROLES if role == body["role"]]
        if name not in self._current or not roles or not isinstance(granted, bool):
            raise corrupt(f"the role {event.id[:12]} is of nobody")
        history = self._roles.setdefault(name, [])
        before = _at(history, event.seq)
        after = before.union(roles) if granted else before.difference(roles)
        history.append((event.seq, after))
        admins = _at(self._admins, event.seq).difference([name])
        self._admins.append((event.seq, admins.union([name]) if "admin" in after else admins))
        self._rows[self._current[name]]["roles"] = roles_as_text(after)

    def _admit(self, event: Event, envelope: Envelope) -> None:
        signer, owner = self.signer(event), str(envelope.body["owner"])
        if signer.owner != owner and not self._is_admin(signer.name, event.seq):
            raise corrupt(f"the member {event.id[:12]} is admitted by {signer.name}")
        self._members[event.id] = {
            "record": event.id,
            "owner": owner,
            "principal": envelope.body["principal"],
            "created_at": instant(moment(event.time)),
        }

    def _takers(self) -> Mapping[str, _Take]:
        return {
            "rotation": self._rotate,
            "address": self._address,
            "role": self._role,
            "member": self._admit,
        }


def _principals(contents: Contents) -> set[str]:
    """Return the records by which people joined here, once their rows are held against them."""
    own = set()
    for row in contents.rows("principal"):
        what = f"the principal {row['name']!r:.80}"
        envelope = record_of(contents, what, row["record"], "principal", own=True)
        event, body = contents.records[row["record"]], envelope.body
        shown = {name: (row[name], body[name]) for name in ("name", "owner")}
        shown["key"] = (row["public_key"], envelope.author)
        same(what, shown | {"time": (row["created_at"], instant(moment(event.time)))})
        own.add(event.id)
    return own


def _at(history: list[tuple[int, frozenset[_T]]], seq: int) -> frozenset[_T]:
    return next((found for since, found in reversed(history) if since < seq), frozenset())
