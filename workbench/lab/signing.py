"""Signing in two steps: what would be signed is shown, and only that is signed, once."""

import secrets
import threading
import time
import uuid
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from workbench.client.bench import Bench
from workbench.client.connection import Api
from workbench.client.identity import Identity
from workbench.client.progress import Silent
from workbench.client.proposals import opens_commitment
from workbench.client.transport import Transport
from workbench.core.canonical import canonical_bytes, sha256_hex
from workbench.core.errors import ConflictError, InvalidInputError
from workbench.core.keys import check_identity_name
from workbench.core.settings import Settings
from workbench.core.wire import SignedRequest
from workbench.lab.verbs import FOLLOWS, VERBS
from workbench.lab.words import words_of

KEPT_SECONDS: Final = 300.0
_MOST_KEPT: Final = 100

# Without a nonce they would be another record at each call, and never the one that was shown.
_RANDOM: Final = frozenset({"fund", "transfer", "hold", "grant", "review-proposal"})
_LISTS: Final = frozenset({"purposes", "shares"})


@dataclass(frozen=True)
class Prepared:
    """What a person is shown, and what alone their confirmation lets be signed.

    Attributes
    ----------
    identity : whose key signs.
    verb, arguments : the call.
    kind, body : the record; of several the first, which the others follow from.
    about : what else a person has to know of it, in words.
    opens : the secret of a commitment, and what it commits to; None for any other record.
    expires : monotonic seconds.
    """

    identity: str
    verb: str
    arguments: Mapping[str, Any]
    kind: str
    body: Mapping[str, Any]
    about: str
    opens: Mapping[str, Any] | None
    expires: float

    @property
    def sha256(self) -> str:
        """The digest of identity, kind and body."""
        return sha256_hex(canonical_bytes([self.identity, self.kind, dict(self.body)]))

    def view(self, token: str) -> dict[str, Any]:
        """Return what the page shows, with the token that confirms it."""
        return {
            "token": token,
            "verb": self.verb,
            "identity": self.identity,
            "kind": self.kind,
            "body": dict(self.body),
            "sha256": self.sha256,
            "opens": None if self.opens is None else self.opens["proposal"],
            # On a line of its own: a reason may end without a full stop.
            "words": f"{words_of(self.kind, self.body)}\n{self.about}".rstrip(),
            "expires_in_seconds": KEPT_SECONDS,
        }


class _ShownError(Exception):
    """Ends a rehearsal where the first signature would be made."""

    def __init__(self, kind: str, body: dict[str, Any]) -> None:
        super().__init__(kind)
        self.kind = kind
        self.body = body


class _Rehearsing(Identity):
    """Signs nothing: tells what it was to sign."""

    def sign(self, kind: str, body: dict[str, Any]) -> SignedRequest:
        raise _ShownError(kind, body)


class _Confirmed(Identity):
    """Signs the record that was shown, and what follows from it; nothing else."""

    shown: Prepared

    def sign(self, kind: str, body: dict[str, Any]) -> SignedRequest:
        same = kind == self.shown.kind and body == self.shown.body
        first, follows = FOLLOWS.get(kind, ("", None))
        if not same and not (
            first == self.shown.kind and follows is not None and follows(body, self.shown.body)
        ):
            raise ConflictError(
                f"what would be signed now is not the {self.shown.kind} that was shown",
                wanted="a confirmation of exactly this record",
                next_step="look at it again, and confirm what it is now",
            )
        return super().sign(kind, body)


class _SigningBench(Bench):
    """A bench whose signatures one of the two above makes."""

    def __init__(self, transport: Transport, settings: Settings, identity: Identity) -> None:
        name = identity.name
        super().__init__(transport, settings.keys_dir, name, settings=settings, make_display=Silent)
        self._identity = identity


class Signatures:
    """What waits for a person's confirmation; it is gone when this process ends.

    The private keys are read in this process, at the moment of signing.

    Parameters
    ----------
    settings : name the home and the folder of keys.
    identity : whose key signs unless the page names another of the person's.
    clock : monotonic seconds.
    """

    def __init__(
        self, settings: Settings, identity: str, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._settings = settings
        self._default = check_identity_name(identity)
        self._clock = clock
        self._waiting: OrderedDict[str, Prepared] = OrderedDict()
        self._lock = threading.Lock()

    def prepare(self, request: object) -> dict[str, Any]:
        """Return what a verb would sign, in words and as the record, with a token for it.

        Nothing is signed for the verb and nothing recorded; a key that the server does not
        know yet is registered, as with any use of it.

        Raises
        ------
        InvalidInputError
            No such verb, or not its arguments.
        WorkbenchError
            The verb would be refused before it signs.
        """
        verb, identity, arguments = self._read(request)
        if verb in _RANDOM:
            arguments.setdefault("nonce", uuid.uuid4().hex)
        try:
            self._act(_Rehearsing, None, verb, identity, arguments)
        except _ShownError as shown:
            kind, body = shown.kind, shown.body
        else:
            raise ConflictError(f"{verb} has nothing to sign", next_step="reload the page")
        with self._bench(_Rehearsing, None, identity) as bench:
            about = VERBS[verb].about(bench, arguments)
            opens = VERBS[verb].opens(bench, arguments)
        if opens is not None:
            if not opens_commitment(opens, body):
                raise ConflictError(
                    "what it commits to has changed while it was made ready",
                    wanted="the same champion and data for a moment",
                    next_step="look again",
                )
            about = f"{words_of('proposal', opens)} {about}".rstrip()
        expires = self._clock() + KEPT_SECONDS
        prepared = Prepared(identity, verb, arguments, kind, body, about, opens, expires)
        token = secrets.token_urlsafe(32)
        with self._lock:
            self._waiting[token] = prepared
            while len(self._waiting) > _MOST_KEPT:
                self._waiting.popitem(last=False)
        return prepared.view(token)

    def sign(self, request: object) -> dict[str, Any]:
        """Do what was prepared, once, and return what the server answered.

        ``waiting`` says in words whose approval is still missing; it is empty if nobody's is.

        Parameters
        ----------
        request : ``{"token", "sha256"}``, both as ``prepare`` gave them.

        Raises
        ------
        ConflictError
            The token was used, is too old or for something else, or the record has changed.
        """
        match request:
            case {"token": str(token), "sha256": str(sha256), **rest} if not rest:
                pass
            case _:
                raise InvalidInputError(
                    "this confirms nothing", wanted='{"token", "sha256"} as prepare gave them'
                )
        with self._lock:
            shown = self._waiting.pop(token, None)
        if shown is None or shown.expires < self._clock() or shown.sha256 != sha256:
            raise ConflictError(
                "this confirmation was used, is older than five minutes, or is for something else",
                wanted="a token of prepare, once, with the digest of the record that was shown",
                next_step="look at what is to be signed again, and confirm it",
            )
        done = self._act(_Confirmed, shown, shown.verb, shown.identity, shown.arguments)
        result: dict[str, Any] = getattr(done, "view", done).model_dump(mode="json")
        answer = {"verb": shown.verb, "kind": shown.kind, "sha256": sha256, "result": result}
        return answer | {"waiting": getattr(done, "waiting", "")}

    def _read(self, request: object) -> tuple[str, str, dict[str, Any]]:
        match request:
            case {"verb": str(name), "arguments": dict(arguments), **rest} if (
                name in VERBS and rest.keys() <= {"identity"}
            ):
                verb = VERBS[name]
            case _:
                raise InvalidInputError(
                    "this is no request to sign",
                    wanted='{"verb", "arguments"} with one of ' + ", ".join(VERBS),
                )
        if not set(verb.required) <= arguments.keys() <= verb.names:
            raise InvalidInputError(
                f"{name} was given: {', '.join(sorted(map(str, arguments)))[:200] or 'nothing'}",
                wanted=f"{', '.join(verb.required)}; and perhaps: {', '.join(verb.optional)}",
            )
        for key, value in arguments.items():
            texts = value if key in _LISTS and isinstance(value, list) else [value]
            if not all(isinstance(text, str) for text in texts):
                raise InvalidInputError(f"{key} is no text", wanted="texts")
        identity = check_identity_name(str(rest.get("identity", self._default)))
        return name, identity, dict(arguments)

    def _act(
        self,
        kind: type[Identity],
        shown: Prepared | None,
        verb: str,
        name: str,
        arguments: Mapping[str, Any],
    ) -> Any:
        with self._bench(kind, shown, name) as bench:
            return VERBS[verb].act(bench, **arguments, sign=True)

    @contextmanager
    def _bench(self, kind: type[Identity], shown: Prepared | None, name: str) -> Iterator[Bench]:
        with Transport(self._settings) as transport:
            identity = kind(Api(transport, person=name), self._settings.keys_dir, name, name)
            if isinstance(identity, _Confirmed) and shown is not None:
                identity.shown = shown
            yield _SigningBench(transport, self._settings, identity)
