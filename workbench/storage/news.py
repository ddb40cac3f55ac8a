"""What was changed by each commit, as short messages for people's screens.

Named queries say what a statement changes: one table here turns them into messages, and nobody
has to look into the database to learn that something is new. Of each thing only the newest
message is kept, so that whoever comes back is told of everything that changed meanwhile, once.
"""

import json
import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

# Things that changed since the server began; of older ones a reader is told to read all anew.
_MOST_KEPT: Final = 10_000
_PROGRESS: Final = ("done", "total", "label", "seconds_left")

Message = dict[str, Any]
Change = tuple[str, Mapping[str, Any]]
"""A named query that was executed, and its parameters."""


@dataclass(frozen=True)
class Topic:
    """What a query changes.

    Attributes
    ----------
    kind : of thing.
    id : the parameter that names it; none for a change of many.
    state : what it is then; ``$name`` stands for a parameter.
    more : what else is told: a parameter each, under its own name.
    """

    kind: str
    id: str = ""
    state: str = ""
    more: tuple[str, ...] = ()


TOPICS: Final[Mapping[str, Topic]] = MappingProxyType(
    {
        "queue_job": Topic("job", "id", "queued", ("task", "verb", "requested_by")),
        "start_job": Topic("job", "id", "running"),
        "finish_job": Topic("job", "id", "$state"),
        "change_job_priority": Topic("job", "id"),
        "insert_job_event": Topic("job", "job"),
        "put_draft": Topic("contribution", "id", "draft", ("task", "owner")),
        "settle_contribution": Topic("contribution", "id", "$state"),
        "change_contribution_state": Topic("contribution", "id", "$state"),
        "count_contribution": Topic("contribution", "id"),
        "delete_drafts_of_file": Topic("contribution"),
        "insert_run": Topic("run", "id", "new", ("task",)),
        "mark_run_logged": Topic("run", "id", "logged"),
        "insert_model": Topic("model", "digest", "new", ("task",)),
        "insert_seal": Topic("run", "run", "sealed"),
        "insert_study": Topic("study", "id", "running", ("task",)),
        "seal_study": Topic("study", "id", "sealed"),
        "insert_epoch": Topic("epoch", "id", "closed", ("task",)),
        "insert_dispute": Topic("epoch", "epoch", "disputed"),
        "insert_resolution": Topic("dispute", "dispute", "$decision"),
        "insert_settlement": Topic("epoch", "epoch", "$outcome"),
        "insert_hold": Topic("hold", "id", "held"),
        "close_hold": Topic("hold", "id", "$state"),
        "insert_treasury_move": Topic("movement", "id", "proposed"),
        "execute_treasury_move": Topic("movement", "id", "executed"),
        "insert_proposal": Topic("proposal", "id", "revealed", ("task", "owner")),
        "set_proposal_model": Topic("proposal", "id"),
        "move_proposal": Topic("proposal", "id", "$state", ("reason",)),
        "make_proposals_stale": Topic("proposal"),
        "insert_champion": Topic("champion", "id", "merged", ("task", "proposal")),
        "insert_rollback": Topic("champion", "champion", "rolled back"),
        "insert_bounty_settlement": Topic("champion", "champion", "$outcome"),
        "insert_task": Topic("task", "id", "open"),
        "insert_principal": Topic("person", "name", "new"),
        "set_roles": Topic("person", "name", "$roles"),
        "replace_signing_key": Topic("access"),
        "revoke_access_tokens": Topic("access"),
        "put_mirrored_head": Topic("home", "", "mirrored"),
    }
)
"""Query → what it changes, of everything that a person sees."""

SILENT: Final = frozenset(
    {
        # Told by what they belong to.
        *("insert_contribution_rows", "delete_contribution_rows", "displace_rows"),
        *("forget_displaced_rows", "mark_uncounted", "insert_payouts", "insert_signing_key"),
        *("insert_study_coalitions", "insert_permutation", "insert_look", "insert_sealed_value"),
        *("insert_game", "insert_player", "insert_evaluation", "insert_hidden_rows"),
        "insert_gate_test",
        *("insert_mirrored_run", "insert_member", "set_address", "insert_access_token"),
        "insert_upload",
        *("set_proposal_head", "insert_gate", "keep_gate", "insert_bounty"),
        # Told together, as the ledger.
        *("insert_records", "insert_few_records", "insert_logged", "insert_few_logged"),
        *("insert_entries", "insert_few_entries", "insert_postings", "insert_few_postings"),
        # Nobody's to see; the last are of MLflow's database.
        *("insert_idempotent_answers", "insert_few_answers", "add_migration", "clear_table"),
        *("move_experiments", "move_runs", "move_models", "move_versions", "put_champion_alias"),
    }
)
"""Queries that change rows and are not told; a test wants each in one of the two."""

LEDGER: Final[Change] = ("", MappingProxyType({}))
"""The log grew: records or entries of the ledger were added."""


@dataclass
class _Kept:
    seq: int
    message: Message


@dataclass
class News:
    """The newest message of each thing, numbered; any thread may tell, any may read.

    Attributes
    ----------
    life : of this process; numbers mean something only with it.
    """

    life: str = field(default_factory=lambda: secrets.token_hex(4))
    _kept: OrderedDict[tuple[str, str], _Kept] = field(default_factory=OrderedDict)
    _listeners: set[Callable[[], None]] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _last: int = 0
    _forgotten: int = 0

    @property
    def last(self) -> int:
        """The number of the newest message; 0 before the first."""
        return self._last

    def tell(self, changes: Iterable[Change]) -> None:
        """Take what a commit changed, and wake whoever listens."""
        messages = [message for message in map(_message, changes) if message is not None]
        if not messages:
            return
        with self._lock:
            for message in messages:
                self._keep(message)
            listeners = list(self._listeners)
        for wake in listeners:
            wake()

    def since(self, seq: int) -> list[tuple[int, Message]] | None:
        """Return what changed behind a number, oldest first; None if some of it is forgotten."""
        with self._lock:
            if seq < self._forgotten or seq > self._last:
                return None
            found = []
            for kept in reversed(self._kept.values()):
                if kept.seq <= seq:
                    break
                found.append((kept.seq, kept.message))
        return found[::-1]

    def listen(self, wake: Callable[[], None]) -> Callable[[], None]:
        """Call ``wake`` after each change, from any thread; return what ends that."""
        with self._lock:
            self._listeners.add(wake)

        def end() -> None:
            with self._lock:
                self._listeners.discard(wake)

        return end

    def _keep(self, message: Message) -> None:
        key = (message["kind"], message["id"])
        before = self._kept.pop(key, None)
        known = before.message if before else {}
        if message.get("state"):
            # How far it was says nothing of the state after.
            known = {name: value for name, value in known.items() if name != "progress"}
        self._last += 1
        self._kept[key] = _Kept(self._last, known | message)
        if len(self._kept) > _MOST_KEPT:
            _, oldest = self._kept.popitem(last=False)
            self._forgotten = oldest.seq


def _message(change: Change) -> Message | None:
    name, parameters = change
    if change is LEDGER:
        return {"kind": "ledger", "id": ""}
    topic = TOPICS[name]
    message = {"kind": topic.kind, "id": str(parameters.get(topic.id) or "")}
    if name == "insert_job_event":
        event = json.loads(parameters["event"])
        if event.get("type") != "progress":
            return None
        return message | {"progress": {name: event[name] for name in _PROGRESS if name in event}}
    state = topic.state
    if state.startswith("$"):
        state = str(parameters[state[1:]])
    if state:
        message["state"] = state
    more = {name: parameters[name] for name in topic.more if parameters.get(name) is not None}
    return message | more
