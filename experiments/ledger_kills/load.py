"""People who move credits over their own connections, until the server is no more."""

import http.client
import json
import random
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from workbench.core.envelope import Envelope
from workbench.core.keys import PrivateKey
from workbench.ledger.posting import TREASURY, hold_account, pool_account, user_account

TASK = "clouds"
POOL = 1_000_003
_SECONDS = 60.0


@dataclass
class Movement:
    """One signed record that moves money, and what it does to balances, if it is applied.

    Attributes
    ----------
    path : of the route that takes it.
    envelope : the record.
    effect : account → µcr; sums to 0.
    answer : the server's; None until it was acknowledged.
    """

    path: str
    envelope: Envelope
    effect: dict[str, int]
    answer: dict[str, Any] | None = None

    @property
    def id(self) -> str:
        """The record's content id, which is also that of its ledger entry."""
        return self.envelope.content_id


@dataclass
class Sender:
    """One connection that sends a movement, waits for the answer, and sends the next.

    Attributes
    ----------
    number : of the owner who sends; 0 is the sponsor of the task.
    keys : of all owners.
    home : public key of the server, for which they sign.
    study : by which the sponsor pays.
    payouts : owner → µcr that the study pays of a pool.
    sent : all of every round; the last may be unacknowledged.
    """

    number: int
    keys: list[PrivateKey]
    rng: random.Random
    home: str
    study: str
    payouts: dict[str, int]
    sent: list[Movement] = field(default_factory=list)

    def plan(self) -> Movement:
        """Return the next movement."""
        if self.number == 0:
            return self._of_the_sponsor()
        last = self.sent[-1] if self.sent else None
        if last is not None and last.envelope.kind == "hold" and self.rng.random() < 0.8:
            return self._end_of(last)
        return self._transfer() if self.rng.random() < 0.7 else self._hold()

    def _of_the_sponsor(self) -> Movement:
        """Fund the task, and pay its pool out by the study, in turn."""
        nonce, key, pool = str(len(self.sent)), self.keys[0], pool_account(TASK)
        if len(self.sent) % 2 == 0:
            body = {"task": TASK, "amount": str(POOL), "nonce": nonce}
            return Movement(
                f"/tasks/{TASK}/funding", self._sign("funding", body, key),
                {TREASURY: -POOL, pool: POOL},
            )  # fmt: skip
        body = {"task": TASK, "study": self.study, "nonce": nonce}
        effect = {pool: -POOL} | {user_account(o): n for o, n in self.payouts.items()}
        return Movement(f"/tasks/{TASK}/epochs", self._sign("payout", body, key), effect)

    def _transfer(self) -> Movement:
        source, destination = self._owner(self.number), self._owner(self._other())
        amount = self.rng.randrange(1, 100)
        body = {"source": source, "destination": destination, "amount": str(amount)}
        record = self._sign("transfer", body | self._nonce(), self.keys[self.number])
        effect = {user_account(source): -amount, user_account(destination): amount}
        return Movement("/transfers", record, effect)

    def _hold(self) -> Movement:
        payer, payee, amount = self._owner(self.number), self._owner(self._other()), 50
        body = {"payer": payer, "payee": payee, "amount": str(amount)}
        body["expires_at"] = (datetime.now(UTC) + timedelta(days=1)).isoformat()
        record = self._sign("hold", body | self._nonce(), self.keys[self.number])
        account = hold_account(record.content_id)
        return Movement("/holds", record, {user_account(payer): -amount, account: amount})

    def _end_of(self, hold: Movement) -> Movement:
        """Take a part of what is held, or give it back; signed by whom it is held for."""
        said = hold.envelope.body
        key = self.keys[int(said["payee"][1:])]
        payer, payee = user_account(said["payer"]), user_account(said["payee"])
        amount, body = int(said["amount"]), {"hold": hold.id}
        taken = self.rng.randrange(0, amount + 1)
        kind = "settlement" if taken else "void"
        if taken:
            body["amount"] = str(taken)
        effect = {hold_account(hold.id): -amount, payee: taken, payer: amount - taken}
        return Movement(f"/holds/{hold.id}/{kind}", self._sign(kind, body, key), effect)

    def _sign(self, kind: str, body: dict[str, Any], key: PrivateKey) -> Envelope:
        return Envelope.sign(kind, body, key, home=self.home)

    def _owner(self, number: int) -> str:
        return f"o{number}"

    def _other(self) -> int:
        return self.rng.choice([n for n in range(1, len(self.keys)) if n != self.number])

    def _nonce(self) -> dict[str, str]:
        return {"nonce": f"{self.number} {len(self.sent)}"}


class Connection(http.client.HTTPConnection):
    """HTTP over the home's socket."""

    def __init__(self, path: Path, token: str) -> None:
        super().__init__("workbench", timeout=_SECONDS)
        self._path, self._token = path, token

    def connect(self) -> None:
        """Connect to the socket."""
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(_SECONDS)
        self.sock.connect(str(self._path))

    def move(self, asked: Movement) -> dict[str, Any] | None:
        """Send a movement; return its answer, or None if the server went away meanwhile."""
        content = json.dumps({"envelope": asked.envelope.to_json()})
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self._token}"}
        try:
            self.request("POST", asked.path, content, headers)
            answer = self.getresponse()
            said = answer.read()
        except TimeoutError:
            raise
        except (OSError, http.client.HTTPException):
            return None
        if answer.status != http.client.OK:
            raise RuntimeError(f"{asked.path} was refused: {said.decode()}")
        found: dict[str, Any] = json.loads(said)
        return found


class Load:
    """All senders at once, each in a thread, until the server is gone."""

    def __init__(self, senders: list[Sender], path: Path, token: str) -> None:
        self.failures: list[BaseException] = []
        self._threads = [
            threading.Thread(target=self._send, args=(sender, Connection(path, token)))
            for sender in senders
        ]

    def start(self) -> None:
        """Begin to send."""
        for thread in self._threads:
            thread.start()

    def join(self) -> None:
        """Wait until every sender has noticed that the server is gone."""
        for thread in self._threads:
            thread.join()
        if self.failures:
            raise self.failures[0]

    def _send(self, sender: Sender, connection: Connection) -> None:
        try:
            while True:
                asked = sender.plan()
                sender.sent.append(asked)
                asked.answer = connection.move(asked)
                if asked.answer is None:
                    return
        except BaseException as error:  # noqa: BLE001 - raised again by ``join``
            self.failures.append(error)
        finally:
            connection.close()


def unacknowledged(senders: list[Sender]) -> Iterator[Movement]:
    """Yield what was sent and never answered: at most one movement a connection."""
    for sender in senders:
        if sender.sent and sender.sent[-1].answer is None:
            yield sender.sent[-1]
