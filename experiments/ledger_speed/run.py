"""How many transfers a second a real server acknowledges, over its socket."""

import argparse
import json
import os
import selectors
import shutil
import signal
import socket
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from workbench.client.bench import Bench
from workbench.client.launch import stop_server
from workbench.core.envelope import Envelope
from workbench.core.keys import PrivateKey
from workbench.core.settings import Settings
from workbench.ledger.posting import TREASURY, Posting
from workbench.storage.database import Database
from workbench.storage.head import keep_heads
from workbench.storage.ledger import write_entry

GRANT = "1000000"


def settings_at(folder: Path) -> Settings:
    """Return the settings of a home in a folder."""
    names = {"HOME": "home", "CACHE": "cache", "KEYS": "keys"}
    return Settings.from_environment(
        {f"WORKBENCH_{name}": str(folder / part) for name, part in names.items()}
    )


def key_of(number: int) -> PrivateKey:
    """Return the key of an owner."""
    return PrivateKey(number.to_bytes(32, "big"))


def join_and_grant(bench: Bench, n_owners: int) -> None:
    """Register the owners and give each some credits."""
    for number in range(n_owners):
        name, owner = f"p{number}", f"o{number}"
        names, key, home = {"name": name, "owner": owner}, key_of(number), bench.home_key
        principal = Envelope.sign("principal", names, key, home=home)
        bench.api.send("principals", body={"envelope": principal.to_json()})
        body = {"owner": owner, "amount": GRANT, "nonce": f"grant {number}"}
        granted = Envelope.sign("grant", body, key, home=home)
        bench.api.send("grants", body={"envelope": granted.to_json()})


def requests(
    settings: Settings, home: str, n_owners: int, n_each: int, first: int = 0
) -> list[list[bytes]]:
    """Return the signed transfers of each connection, as they go over the wire."""
    token = settings.token_path.read_text().strip()
    turns = range(first, first + n_each)
    return [
        [_request(token, home, number, (number + 1) % n_owners, turn) for turn in turns]
        for number in range(n_owners)
    ]


def _request(token: str, home: str, giver: int, getter: int, turn: int) -> bytes:
    body = {"source": f"o{giver}", "destination": f"o{getter}", "amount": "1", "nonce": f"{turn}"}
    signed = Envelope.sign("transfer", body, key_of(giver), home=home)
    content = json.dumps({"envelope": signed.to_json()})
    head = (
        "POST /transfers HTTP/1.1\r\nHost: workbench\r\nContent-Type: application/json\r\n"
        f"Authorization: Bearer {token}\r\nContent-Length: {len(content)}\r\n\r\n"
    )
    return head.encode() + content.encode()


@dataclass
class _Line:
    """One connection, which sends its next request when the last was answered."""

    stream: socket.socket
    waiting: Iterator[bytes]
    received: bytes = b""
    sent_at: float = 0.0
    seconds: list[float] = field(default_factory=list)

    def send(self) -> bool:
        """Send the next request, if there is one."""
        request = next(self.waiting, None)
        if request is None:
            return False
        self.sent_at = time.perf_counter()
        self.stream.sendall(request)
        return True

    def receive(self) -> bool:
        """Take what has arrived; say whether the answer is whole."""
        arrived = self.stream.recv(65_536)
        if not arrived:
            raise RuntimeError("the server closed the connection")
        self.received += arrived
        head, found, body = self.received.partition(b"\r\n\r\n")
        if not found:
            return False
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
        if len(body) < length:
            return False
        if b" 200 " not in head.splitlines()[0]:
            raise RuntimeError(f"the server refused: {body.decode()}")
        self.seconds.append(time.perf_counter() - self.sent_at)
        self.received = b""
        return True


def send_all(path: Path, batches: list[list[bytes]]) -> tuple[float, list[float]]:
    """Send each connection's requests one after the other; return all and each one's seconds."""
    selector = selectors.DefaultSelector()
    lines = []
    for batch in batches:
        stream = socket.socket(socket.AF_UNIX)
        stream.connect(str(path))
        lines.append(_Line(stream, iter(batch)))
        selector.register(stream, selectors.EVENT_READ, lines[-1])
    begun = time.perf_counter()
    n_open = sum(line.send() for line in lines)
    while n_open:
        for key, _ in selector.select():
            line: _Line = key.data
            if line.receive() and not line.send():
                n_open -= 1
    seconds = time.perf_counter() - begun
    for line in lines:
        line.stream.close()
    return seconds, sorted(s for line in lines for s in line.seconds)


def cpu_seconds(pid: int) -> float:
    """Return the CPU time that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure_server(root: Path, n_owners: int, n_each: int) -> dict[str, float]:
    """Return how fast transfers are acknowledged, each durable, and check that they add up."""
    settings = settings_at(root)
    with Bench.on(settings, quiet=True) as bench:
        join_and_grant(bench, n_owners)
        pid = bench.api.connection.request("GET", "/health").json()["pid"]
        batches = requests(settings, bench.home_key, n_owners, n_each)
        worked, own = cpu_seconds(pid), time.process_time()
        seconds, each = send_all(settings.socket_path, batches)
        worked, own = cpu_seconds(pid) - worked, time.process_time() - own
        n_sent = n_owners * n_each
        _check(bench, n_owners, n_sent)
        bench.api.send("server", "stop")
    return {
        f"transfers acknowledged a second, {n_owners} connections": round(n_sent / seconds, 1),
        "median of an answer, ms": round(1_000 * statistics.median(each), 1),
        "99 % are answered within, ms": round(1_000 * each[int(0.99 * len(each))], 1),
        "slowest answer, ms": round(1_000 * each[-1], 1),
        "CPU ms of the server for one": round(1_000 * worked / n_sent, 3),
        "CPU ms of the sender for one": round(1_000 * own / n_sent, 3),
        "load of the machine in the last minute": round(os.getloadavg()[0], 2),
    }


def _check(bench: Bench, n_owners: int, n_sent: int) -> None:
    """Everybody gave as much as was got: balances are those of the grants."""
    found = bench.sql("select count(*)::int as n, count(distinct reason)::int as m from entry "
                      "where kind = 'transfer'")  # fmt: skip
    if [int(found["n"][0]), int(found["m"][0])] != [n_sent, n_sent]:
        raise RuntimeError(f"{n_sent} transfers were acknowledged, and there are {found}")
    held = bench.sql("select account, amount from balance where account <> 'treasury'")
    if set(map(str, held["amount"])) != {GRANT} or len(held) != n_owners:
        raise RuntimeError(f"the balances are not {GRANT} each: {held}")


def measure_payout(root: Path, n_owners: int) -> dict[str, float]:
    """Return how long one entry with so many postings takes."""
    database = Database.open(root / "payout" / "workbench.duckdb")
    keep_heads(database, PrivateKey(bytes(32)), root / "payout" / "head.json")
    fund = [Posting(TREASURY, "pool:t", n_owners * n_owners)]
    database.write(lambda tx: write_entry(tx, "fund", fund, kind="funding", reason="r"))
    lines = [Posting("pool:t", f"user:o{n}", n + 1) for n in range(n_owners)]
    begun = time.perf_counter()
    database.write(lambda tx: write_entry(tx, "pay", lines, kind="payout", reason="r"))
    seconds = time.perf_counter() - begun
    database.close()
    return {f"seconds for an entry of {n_owners} postings": round(seconds, 2)}


def measure_restart(root: Path, n_owners: int, sizes: list[int]) -> dict[str, float]:
    """Return how long a start takes after a kill that left so long a write-ahead log.

    Parameters
    ----------
    sizes : of the log in bytes, ascending; each is filled with transfers until it is that long.
    """
    settings = settings_at(root / "restart")
    log = settings.database_path.with_name(f"{settings.database_path.name}.wal")
    with Bench.on(settings, quiet=True) as bench:
        join_and_grant(bench, n_owners)
    stop_server(settings)
    found = _restarted(root, settings, "a clean stop")
    n_sent = 0
    for size in sizes:
        with Bench.on(settings, quiet=True) as bench:
            pid = bench.api.connection.request("GET", "/health").json()["pid"]
            while not log.exists() or log.stat().st_size < size:
                n_each = 1 if size < 2**20 else 10
                send_all(
                    settings.socket_path,
                    requests(settings, bench.home_key, n_owners, n_each, n_sent),
                )
                n_sent += n_each
            os.kill(pid, signal.SIGKILL)
            while Path(f"/proc/{pid}").exists():
                time.sleep(0.01)
        found |= _restarted(root, settings, f"a kill at {log.stat().st_size / 2**20:.0f} MiB")
    with Bench.on(settings, quiet=True) as bench:
        _check(bench, n_owners, n_owners * n_sent)
    stop_server(settings)
    return found


def _restarted(root: Path, settings: Settings, after: str) -> dict[str, float]:
    """Time a start of copies of a home, three times, and leave the home as it is."""
    seconds: dict[str, list[float]] = defaultdict(list)
    for turn in range(3):
        # Its folder has a short name: a socket's path has at most 108 characters.
        copy = settings_at(root / f"c{turn}")
        shutil.copytree(settings.home, copy.home, ignore=shutil.ignore_patterns("*.sock"))
        opened = root / "opened"
        shutil.copytree(copy.home, opened)
        begun, worked = time.perf_counter(), time.process_time()
        database = Database.open(opened / copy.database_path.name)
        seconds["the database is open"].append(time.perf_counter() - begun)
        seconds["the database is open, of CPU"].append(time.process_time() - worked)
        database.close()
        with Bench.on(copy, quiet=True) as bench:
            begun = time.perf_counter()
            bench.api.connection.request("GET", "/health")
            seconds["the server answers"].append(time.perf_counter() - begun)
        stop_server(copy)
        shutil.rmtree(opened)
        shutil.rmtree(root / f"c{turn}")
    return {f"seconds after {after} until {what}": round(statistics.median(all_), 2)
            for what, all_ in seconds.items()}  # fmt: skip


def main() -> None:
    """Measure, and print lines or ``--json``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--smoke", action="store_true", help="only try, with few transfers")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    n_owners, n_each, n_postings = (4, 5, 100) if options.smoke else (64, 400, 100_000)
    # Just below what DuckDB folds in by itself, and just below what the workbench lets it grow to.
    logs = [20_000] if options.smoke else [14 * 2**20, 50 * 2**20]
    answers: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        answers |= measure_server(Path(folder), n_owners, n_each)
        print(answers, file=sys.stderr)
        answers |= measure_payout(Path(folder), n_postings)
        print(answers, file=sys.stderr)
        answers |= measure_restart(Path(folder), n_owners, logs)
    if options.json:
        print(json.dumps(answers))
    else:
        for name, answer in answers.items():
            print(f"{name}: {answer}")


if __name__ == "__main__":
    main()
