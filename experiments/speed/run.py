"""How fast are the foundations on this machine? One line a question; ``--smoke`` only tries."""

import argparse
import itertools
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from workbench.core.envelope import Envelope
from workbench.core.keys import PrivateKey
from workbench.ledger.payout import split_pool
from workbench.storage import record
from workbench.storage.blobs import BlobStore
from workbench.storage.database import Database
from workbench.valuation.exact import exact_values

KEY = PrivateKey(bytes(range(32)))
MiB = 2**20


def main() -> None:
    """Measure, print a table or ``--json``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--smoke", action="store_true", help="small sizes: does it run?")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    options = parser.parse_args()
    lines = dict(measure(100 if options.smoke else 1))
    if options.json:
        print(json.dumps(lines))
    else:
        for question, answer in lines.items():
            print(f"{question:<58} {answer:>12,.4g}")


def measure(divisor: int) -> Iterator[tuple[str, float]]:
    """Yield each question with its answer; sizes are divided by ``divisor``."""
    yield "import workbench, seconds (median of 5)", _import_seconds(5)
    envelopes = _envelopes(4_000 // divisor)
    yield "signed records verified a second", _rate(envelopes, lambda e: e.verify())
    for n_threads in (1, 16):
        label = f"records acknowledged a second, {n_threads} at once"
        yield label, _acknowledged(_envelopes(n_threads * (200 // divisor + 1)), n_threads)
    yield "blob stored, MiB a second", _blob_rate(256 * MiB // divisor)
    n_players = 16 if divisor == 1 else 8
    yield f"exact values of {n_players} players, seconds", _exact_seconds(n_players)
    yield "pool split among 1,000 owners, seconds", _split_seconds(1_000)


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _import_seconds(n_runs: int) -> float:
    code = "import time; t = time.perf_counter(); import workbench; print(time.perf_counter() - t)"
    command = [sys.executable, "-c", code]
    runs = [subprocess.check_output(command) for _ in range(n_runs)]  # noqa: S603 our own code
    return statistics.median(map(float, runs))


_nonce = itertools.count()


def _envelopes(n: int) -> list[Envelope]:
    return [Envelope.sign("bench", {"nonce": str(next(_nonce))}, KEY) for _ in range(n)]


def _rate(envelopes: list[Envelope], work: Callable[[Envelope], object]) -> float:
    return len(envelopes) / _seconds(lambda: [work(envelope) for envelope in envelopes])


def _acknowledged(envelopes: list[Envelope], n_threads: int) -> float:
    with tempfile.TemporaryDirectory() as folder:
        database = Database.open(Path(folder) / "bench.duckdb")
        with ThreadPoolExecutor(n_threads) as pool:

            def write(envelope: Envelope) -> None:
                database.write(lambda tx: record.append(tx, envelope))

            seconds = _seconds(lambda: list(pool.map(write, envelopes)))
        database.close()
    return len(envelopes) / seconds


def _blob_rate(size: int) -> float:
    chunks = [os.urandom(MiB)] * max(1, size // MiB)
    with tempfile.TemporaryDirectory() as folder:
        store = BlobStore(Path(folder), max_bytes=2 * MiB * len(chunks))
        return len(chunks) / _seconds(lambda: store.put(iter(chunks)))


def _exact_seconds(n_players: int) -> float:
    rng = np.random.default_rng(0)
    utilities = rng.normal(size=2**n_players)
    blocks = rng.normal(size=(2**n_players, 8))
    return _seconds(lambda: exact_values(utilities, blocks))


def _split_seconds(n_owners: int) -> float:
    rng = np.random.default_rng(0)
    units = {f"owner-{i}": int(u) for i, u in enumerate(rng.integers(-(10**11), 10**12, n_owners))}
    return _seconds(lambda: split_pool(10**15, units).amounts)


if __name__ == "__main__":
    main()
