"""What is left of acknowledged movements when the server is killed under load, again and again."""

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from load import POOL, TASK, Connection, Load, Sender, unacknowledged

from workbench.client.bench import Bench
from workbench.client.launch import COMMAND, server_status, stop_server
from workbench.core.credits import format_credits
from workbench.core.envelope import Envelope
from workbench.core.keys import PrivateKey
from workbench.core.settings import Settings

SEED = 20_261_126
GRANT = "1000000000"
# Logs stay short, so that each kill can be followed by a whole verification.
KILLS_OF_A_HOME = 25
LONGEST_LOAD_SECONDS = 1.5
LONGEST_START_SECONDS = 2.5
LONGEST_STOP_SECONDS = 0.5
PATIENCE_SECONDS = 60.0
LICENSE = "CC-BY-4.0"


def settings_at(folder: Path) -> Settings:
    """Return the settings of a home in a folder."""
    names = {"HOME": "home", "CACHE": "cache", "KEYS": "keys"}
    found = {f"WORKBENCH_{name}": str(folder / part) for name, part in names.items()}
    return Settings.from_environment(found)


def rows(n_rows: int, seed: int) -> list[dict[str, object]]:
    """Return rows of two clouds."""
    rng = random.Random(seed)  # noqa: S311 - rows are to be the same every time
    labels = [n % 2 for n in range(n_rows)]
    return [
        {"features": [rng.gauss(2 * one, 1), rng.gauss(2 * one, 1)], "label": "lh"[one]}
        for one in labels
    ]


def make_template(root: Path, keys: list[PrivateKey]) -> tuple[str, str, dict[str, int]]:
    """Write a home with owners who have credits, and a sealed study.

    Returns
    -------
    tuple of the server's public key, the study's id and what it pays each owner of a pool.
    """
    settings = settings_at(root)
    with Bench.on(settings, quiet=True) as bench:
        sponsor = bench.as_("p0", owner="o0")
        keys[0] = sponsor.identity
        for number, key in enumerate(keys):
            names = {"name": f"p{number}", "owner": f"o{number}"}
            principal = Envelope.sign("principal", names, key, home=bench.home_key)
            bench.api.send("principals", body={"envelope": principal.to_json()})
            body = {"owner": f"o{number}", "amount": GRANT, "nonce": f"grant {number}"}
            granted = Envelope.sign("grant", body, key, home=bench.home_key)
            bench.api.send("grants", body={"envelope": granted.to_json()})
        task = sponsor.open_task(
            TASK, title="Two clouds", kind="tabular-classification", test=rows(64, 0),
            licenses=[LICENSE], classes=["l", "h"], n_features=2, recipe={"utility": "ridge"},
            sign=True,
        )  # fmt: skip
        for seed, name in enumerate(("ana", "ben", "eva"), start=1):
            person = bench.as_(name).task(TASK)
            person.contribute(rows(10 * seed, seed), license=LICENSE, sign=True)
        study = bench.value(TASK)
        task.fund(format_credits(POOL), sign=True)
        epoch = sponsor.pay(study, sign=True)
        home = bench.home_key
        wait_until_idle(bench)
    stop_server(settings)
    amounts = {row.owner: int(row.amount) for row in epoch.payouts}
    return home, study.id, amounts | {"o0": epoch.returned}


def wait_until_idle(bench: Bench) -> None:
    """Wait until no job is left that a copy of the home would go on with."""
    for job in bench.jobs()["id"]:
        bench.job(job).wait()


@contextmanager
def server(settings: Settings) -> Iterator["subprocess.Popen[bytes]"]:
    """Start a server of a home; it is killed at the end, whatever happens."""
    settings.logs_dir.mkdir(exist_ok=True)
    with (settings.logs_dir / "server.out").open("ab") as output:
        child = subprocess.Popen(  # noqa: S603 - our own module, in our own interpreter
            COMMAND,
            cwd=settings.home,
            env={**os.environ, **settings.environment()},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    try:
        yield child
    finally:
        child.kill()
        child.wait()


def wait_for_answer(settings: Settings, child: "subprocess.Popen[bytes]") -> None:
    """Return once the server answers."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while server_status(settings) is None:
        if child.poll() is not None or time.monotonic() > deadline:
            said = (settings.logs_dir / "server.out").read_text()[-2_000:]
            raise RuntimeError(f"the server does not start after a kill: {said}")
        time.sleep(0.02)


def ledger_of(bench: Bench) -> tuple[Counter[str], dict[str, int]]:
    """Return how often each record has moved money, and what accounts hold."""
    reasons = Counter(map(str, bench.sql("select reason from entry")["reason"]))
    held = bench.sql("select account, amount::varchar as amount from balance")
    rows = zip(held["account"], held["amount"], strict=True)
    return reasons, {str(account): int(amount) for account, amount in rows if int(amount)}


class Trial:
    """One home that is killed again and again, beside a model of its balances."""

    def __init__(self, settings: Settings, senders: list[Sender], counts: Counter[str]) -> None:
        self.settings = settings
        self.senders = senders
        self.counts = counts
        self._n_sent = 0
        self._base: tuple[Counter[str], dict[str, int]] | None = None

    def kill_under_load(self, rng: random.Random) -> None:
        """Start the server, check what it has, retry, load it, and kill it somewhere."""
        with server(self.settings) as child:
            began = time.monotonic()
            wait_for_answer(self.settings, child)
            self.counts["seconds of starts"] += time.monotonic() - began
            self.check()
            load = Load(self.senders, self.settings.socket_path, self._token())
            load.start()
            time.sleep(rng.uniform(0, LONGEST_LOAD_SECONDS))
            child.kill()
            load.join()
        self.counts["kills under load"] += 1
        sent = sum(len(sender.sent) for sender in self.senders)
        self.counts["movements acknowledged before a kill"] += (
            sent - self._n_sent - len(list(unacknowledged(self.senders)))
        )
        self._n_sent = sent

    def kill_at_start(self, rng: random.Random) -> None:
        """Start the server, and kill it before or while it puts its home in order."""
        with server(self.settings):
            time.sleep(rng.uniform(0, LONGEST_START_SECONDS))
        self.counts["kills while it started"] += 1

    def kill_at_stop(self, rng: random.Random) -> None:
        """Start the server, ask it to end, and kill it while it checkpoints, or after."""
        with server(self.settings) as child:
            wait_for_answer(self.settings, child)
            child.terminate()
            time.sleep(rng.uniform(0, LONGEST_STOP_SECONDS))
        self.counts["kills while it stopped"] += 1

    def finish(self) -> None:
        """Check what the last kill has left."""
        with server(self.settings) as child:
            wait_for_answer(self.settings, child)
            self.check()
            self.check()

    def check(self) -> None:
        """Count what was lost or applied twice; then retry what was not acknowledged."""
        with Bench.on(self.settings, quiet=True) as bench:
            found, held = ledger_of(bench)
            self._base = self._base or (found, held)
            self._judge(*self._base, found, held)
            verified = bench.verify()
            self.counts["not whole"] += not verified.is_whole
            if not verified.is_whole:
                print(verified, file=sys.stderr)
        connection = Connection(self.settings.socket_path, self._token())
        for asked in list(unacknowledged(self.senders)):
            first = asked.answer = connection.move(asked)
            second = connection.move(asked)
            self.counts["retries"] += 1
            self.counts["retries that found it done"] += asked.id in found
            self.counts["retries answered otherwise"] += first is None or first != second
        connection.close()

    def _judge(
        self,
        reasons: Counter[str],
        base: dict[str, int],
        found: Counter[str],
        held: dict[str, int],
    ) -> None:
        sent = [asked for sender in self.senders for asked in sender.sent]
        lost = [asked for asked in sent if asked.answer is not None and asked.id not in found]
        twice = [reason for reason, n in (found - reasons).items() if n > 1]
        unknown = set(found) - set(reasons) - {asked.id for asked in sent}
        wanted = Counter(base)
        for asked in sent:
            if asked.id in found:
                wanted.update(asked.effect)
        self.counts["acknowledged and lost"] += len(lost)
        self.counts["applied twice"] += len(twice)
        self.counts["moved by nobody"] += len(unknown)
        self.counts["balances otherwise"] += {a: n for a, n in wanted.items() if n} != held
        self.counts["sum of balances not 0"] += sum(held.values()) != 0

    def _token(self) -> str:
        return self.settings.token_path.read_text().strip()


WANTED_NONE = (
    "acknowledged and lost",
    "applied twice",
    "moved by nobody",
    "balances otherwise",
    "sum of balances not 0",
    "not whole",
    "retries answered otherwise",
)


def measure(root: Path, n_kills: int, n_senders: int) -> dict[str, float]:
    """Kill servers so many times, and return what was found."""
    keys = [PrivateKey(number.to_bytes(32, "big")) for number in range(n_senders)]
    home, study, payouts = make_template(root / "template", keys)
    counts: Counter[str] = Counter(dict.fromkeys(WANTED_NONE, 0))
    rng = random.Random(SEED)  # noqa: S311 - a run is to be repeatable, as far as kills are
    for first in range(0, n_kills, KILLS_OF_A_HOME):
        folder = Path(shutil.copytree(root / "template", root / "trial"))
        senders = [
            Sender(number, keys, random.Random(f"{SEED} {first} {number}"), home, study, payouts)  # noqa: S311
            for number in range(n_senders)
        ]
        trial = Trial(settings_at(folder), senders, counts)
        for number in range(first, min(n_kills, first + KILLS_OF_A_HOME)):
            trial.kill_under_load(rng)
            if number % 5 == 4:
                rng.choice([trial.kill_at_start, trial.kill_at_stop])(rng)
            print(f"{number + 1} kills: {dict(counts)}", file=sys.stderr)
        trial.finish()
        counts["movements, each applied once"] += sum(len(sender.sent) for sender in senders)
        for sender in senders:
            for asked in sender.sent:
                counts[f"of them {asked.envelope.kind}s"] += 1
        shutil.rmtree(folder)
    return {name: round(count, 1) for name, count in counts.items()}


def main() -> None:
    """Kill, check, and print lines or ``--json``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--smoke", action="store_true", help="5 kills, not 200")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    n_kills, n_senders = (5, 8) if options.smoke else (200, 32)
    with tempfile.TemporaryDirectory() as folder:
        answers = measure(Path(folder), n_kills, n_senders)
    if options.json:
        print(json.dumps(answers))
    else:
        for name, answer in answers.items():
            print(f"{name}: {answer}")
    if any(answers[name] for name in WANTED_NONE):
        sys.exit("something acknowledged was lost, or something was applied twice")


if __name__ == "__main__":
    main()
