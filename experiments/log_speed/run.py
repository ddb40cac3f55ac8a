"""How long a log takes: to be written with its signed heads, opened, and verified whole."""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from workbench.core.canonical import canonical_bytes, content_id
from workbench.core.envelope import Envelope
from workbench.core.keys import PrivateKey
from workbench.core.settings import Settings
from workbench.ledger.posting import TREASURY, Posting
from workbench.storage.database import Database
from workbench.storage.head import keep_heads
from workbench.storage.ledger import write_entry
from workbench.workflows import verify_home
from workbench.workflows.home import Home
from workbench.workflows.jobs import Report

START = datetime(2026, 1, 1, tzinfo=UTC)
N_OWNERS = 1_000


def settings_at(home: Path) -> Settings:
    """Return the settings of a home in a folder."""
    return Settings.from_environment(
        {"WORKBENCH_HOME": str(home), "WORKBENCH_CACHE": str(home / "cache")}
    )


def fill_tables(folder: Path, n_records: int, n_entries: int) -> None:
    """Write signed records and ledger entries of a home from before the log."""
    Home.open(settings_at(folder)).close()
    (folder / "head.json").unlink()
    key, previous = PrivateKey(bytes(32)), "0" * 64
    records: list[dict[str, Any]] = []
    for seq in range(n_records):
        body = {"task": "speed", "amount": "1000000", "nonce": str(seq)}
        envelope = Envelope.sign("funding", body, key)
        identity = envelope.content_id
        head = content_id({"seq": seq, "previous": previous, "content_id": identity})
        text = canonical_bytes(envelope.to_json()).decode()
        records.append(
            {
                "seq": seq, "content_id": identity, "kind": "funding", "author": key.public_hex,
                "envelope": text, "previous": previous, "head": head,
                "created_at": START + timedelta(seconds=seq),
            }
        )  # fmt: skip
        previous = head
    entries = [
        {"seq": n, "id": f"e{n}", "kind": "funding", "reason": f"r{n}",
         "created_at": START + timedelta(seconds=n)}
        for n in range(n_entries)
    ]  # fmt: skip
    postings = [
        {"entry": f"e{n}", "ordinal": 0, "source": TREASURY,
         "destination": f"user:{n % N_OWNERS}", "amount": 1 + n}
        for n in range(n_entries)
    ]  # fmt: skip
    with duckdb.connect(folder / "workbench.duckdb") as connection:
        for table, rows in (("record", records), ("entry", entries), ("posting", postings)):
            if rows:
                frame = connection.from_arrow(pa.Table.from_pylist(rows))
                frame.insert_into(f"store.{table}")


def measure_reading(root: Path, name: str, n_records: int, n_entries: int) -> dict[str, float]:
    """Return how long a home of so many records and ledger entries takes to open and verify."""
    folder = root / name
    fill_tables(folder, n_records, n_entries)
    seconds: dict[str, float] = {}

    @contextmanager
    def timed(what: str) -> Iterator[None]:
        begun, worked = time.perf_counter(), time.process_time()
        yield
        seconds[f"{name}: seconds to {what}"] = round(time.perf_counter() - begun, 2)
        seconds[f"{name}: CPU seconds to {what}"] = round(time.process_time() - worked, 2)

    with timed("open it first, writing its log"):
        Home.open(settings_at(folder)).close()
    with timed("open it again, against its head"):
        home = Home.open(settings_at(folder))
    report = Report("speed", publish=lambda _: None, cancelled=lambda: False)
    with timed("verify it"):
        found = verify_home.check(home, {"files": False}, report)
    home.close()
    if (found["state"], found["size"]) != ("verified", n_records + n_entries):
        raise RuntimeError(f"the home does not verify: {found}")
    return seconds


def measure_writing(
    root: Path, *, n_writes: int, n_threads: int, has_heads: bool
) -> dict[str, float]:
    """Return how many ledger entries a second are acknowledged."""
    database = Database.open(root / f"{n_threads}-{has_heads}" / "workbench.duckdb")
    if has_heads:
        keep_heads(database, PrivateKey(bytes(32)), database.path.with_name("head.json"))

    def write(number: int) -> None:
        line = [Posting(TREASURY, f"user:{number % N_OWNERS}", 1)]
        database.write(lambda tx: write_entry(tx, f"w{number}", line, kind="test", reason="r"))

    begun = time.perf_counter()
    with ThreadPoolExecutor(n_threads) as threads:
        list(threads.map(write, range(n_writes)))
    each = n_writes / (time.perf_counter() - begun)
    database.close()
    heads = "with" if has_heads else "without"
    return {f"entries a second, {n_threads} writing, {heads} signed heads": round(each, 1)}


def main() -> None:
    """Measure, and print lines or ``--json``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--smoke", action="store_true", help="only try, with few entries")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    n_entries, n_writes = (200, 20) if options.smoke else (100_000, 1_000)
    answers: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        answers |= measure_reading(root, "all records", n_entries, 0)
        print(answers, file=sys.stderr)
        answers |= measure_reading(root, "half ledger entries", n_entries // 2, n_entries // 2)
        print(answers, file=sys.stderr)
        for n_threads in (1, 64):
            for has_heads in (False, True):
                answers |= measure_writing(
                    root, n_writes=n_writes, n_threads=n_threads, has_heads=has_heads
                )
    if options.json:
        print(json.dumps(answers))
    else:
        for name, answer in answers.items():
            print(f"{name}: {answer}")


if __name__ == "__main__":
    main()
