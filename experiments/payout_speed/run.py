"""How long a payout of many owners takes, whole and in its parts, and whether it is exact."""

import argparse
import json
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from workbench.core.envelope import Envelope
from workbench.core.keys import PrivateKey
from workbench.core.settings import Settings
from workbench.ledger.payout import PayoutRule, split_pool
from workbench.workflows import join, pay, tasks
from workbench.workflows.home import Home
from workbench.workflows.study import get_study

TASK = "many"
STUDY = "5" * 64
POOL = 10**15 + 7
SPONSOR = PrivateKey(bytes(32))
_WHOLE, _LIKE = "close the epoch, whole", "do the like in SQLite"


def open_home(folder: Path) -> Home:
    """Open a home."""
    environment = {"WORKBENCH_HOME": str(folder), "WORKBENCH_CACHE": str(folder / "cache")}
    return Home.open(Settings.from_environment(environment))


def signed(home: Home, kind: str, body: dict[str, Any]) -> dict[str, Any]:
    """Return a record of the sponsor's."""
    return Envelope.sign(kind, body, SPONSOR, home=home.origin).to_json()


def open_task(folder: Path) -> None:
    """Open a task and fund its pool."""
    home = open_home(folder)
    join.register(home, signed(home, "principal", {"name": "sponsor", "owner": "sponsor"}))
    rows = [{"features": [float(k), 1.0], "label": "ab"[k % 2]} for k in range(20)]
    hidden, _ = home.blobs.put(["".join(json.dumps(row) + "\n" for row in rows).encode()])
    rules = {
        "id": TASK, "title": "Many owners", "kind": "tabular-classification",
        "metric": "accuracy", "licenses": ["CC-BY-4.0"], "hidden_test_sha256": hidden,
        "classes": ["a", "b"], "n_features": 2,
    }  # fmt: skip
    tasks.open_task(home, signed(home, "task", rules))
    fund = {"task": TASK, "amount": str(POOL), "nonce": "1"}
    tasks.fund_task(home, TASK, signed(home, "funding", fund))
    home.close()


def make_values(n_owners: int) -> dict[str, int]:
    """Return owners' values in sealed units, every tenth below zero."""
    rng = np.random.default_rng(1)
    units = rng.integers(1, 10**12, n_owners)
    units[::10] *= -1
    return {f"owner-{k:06}": unit for k, unit in enumerate(units.tolist())}


def fill_study(folder: Path, units: dict[str, int]) -> None:
    """Write a sealed study of these values, which no game of 1,024 players can give."""
    now, n_owners = datetime.now(UTC), len(units)
    zeros = pa.array(np.zeros(n_owners))
    ones = pa.array(np.ones(n_owners, dtype=np.int32))
    values = pa.array(np.array(list(units.values())) / 1e12)
    columns = {
        "study": pa.array([STUDY] * n_owners), "player": pa.array(range(n_owners), pa.int32()),
        "owner": pa.array(units.keys(), pa.string()), "n_rows": ones, "value": values,
        "standard_error": zeros, "low": values, "high": values, "rank": ones,
        "probability_of_rank": zeros, "units": pa.array(map(str, units.values()), pa.string()),
    }  # fmt: skip
    study = {
        "id": STUDY, "game": "g" * 64, "task": TASK, "method": "exact", "budget": 2, "seed": "0",
        "state": "sealed", "players": [0], "n_replicates": 1, "options": "{}",
        "answered_by": "made up", "why": "", "converged": True, "created_at": now,
        "sealed_at": now,
    }  # fmt: skip
    game = {"id": "g" * 64, "task": TASK, "spec": '{"metric": "accuracy"}', "created_at": now}
    with duckdb.connect(folder / "workbench.duckdb") as connection:
        connection.register("frame", pa.Table.from_pylist([game]))
        connection.execute("insert into store.game by name select * from frame")
        connection.register("frame", pa.Table.from_pylist([study]))
        connection.execute("insert into store.study by name select * from frame")
        connection.register("frame", pa.table(columns))
        connection.execute("insert into store.sealed_value by name select * from frame")


def check(home: Home, units: dict[str, int]) -> int:
    """Return the number of amounts, once everything sums to the unit."""
    amounts = split_pool(POOL, units).amounts
    epoch = pay.list_epochs(home, TASK)[0]
    balances = {row["account"]: row["amount"] for row in home.database.read("balances")}
    paid = {row.owner: int(row.amount) for row in epoch.payouts}
    held = {owner: balances.get(f"user:{owner}", 0) for owner in units}
    if not paid == amounts == held or sum(paid.values()) != POOL or sum(balances.values()):
        raise RuntimeError("the amounts are not exact")
    return len(paid)


def in_sqlite(path: Path, units: dict[str, int]) -> None:
    """Do the same with another database: split, rows, postings and balances, one transaction."""
    amounts = split_pool(POOL, units).amounts
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("pragma synchronous = full")
        connection.execute("create table payout (owner text primary key, units, amount integer)")
        connection.execute(
            "create table posting (ordinal integer primary key, source, destination, amount)"
        )
        connection.execute("create table balance (account text primary key, amount integer)")
        rows = [(owner, str(units[owner]), amount) for owner, amount in amounts.items()]
        connection.executemany("insert into payout values (?, ?, ?)", rows)
        lines = [
            (k, f"pool:{TASK}", f"user:{owner}", amount)
            for k, (owner, amount) in enumerate(sorted(amounts.items()))
            if amount
        ]
        connection.executemany("insert into posting values (?, ?, ?, ?)", lines)
        connection.execute(
            "insert into balance select destination, sum(amount) from posting group by 1"
        )


def measure(root: Path, n_owners: int) -> dict[str, float]:
    """Return seconds by what took them."""
    seconds: dict[str, float] = {}

    @contextmanager
    def timed(what: str) -> Iterator[None]:
        begun, worked = time.perf_counter(), time.process_time()
        yield
        seconds[f"seconds to {what}"] = round(time.perf_counter() - begun, 3)
        seconds[f"CPU seconds to {what}"] = round(time.process_time() - worked, 3)

    folder = root / "home"
    units = make_values(n_owners)
    open_task(folder)
    fill_study(folder, units)
    home = open_home(folder)
    with timed("read the study"):
        found = get_study(home, STUDY)
    if len(found.values) != n_owners:
        raise RuntimeError(f"the study has {len(found.values)} values")
    with timed("divide the pool"):
        split = split_pool(POOL, units, PayoutRule())

    def rows_only(tx: Any) -> None:
        pay.insert_payouts(tx, "0" * 64, units, split.amounts)
        raise _UndoneError

    with timed("write the payouts' rows"), suppress(_UndoneError):
        home.database.write(rows_only)
    body = {"task": TASK, "study": STUDY, "nonce": "1"}
    with timed(_WHOLE):
        pay.close_epoch(home, TASK, signed(home, "payout", body))
    with timed("show the epoch"):
        pay.list_epochs(home, TASK)
    n_paid = check(home, units)
    home.close()
    with timed(_LIKE):
        in_sqlite(root / "peer.sqlite", units)
    whole, like = (seconds[f"seconds to {one}"] for one in (_WHOLE, _LIKE))
    return seconds | {"owners paid exactly": n_paid, "times SQLite": round(whole / like, 2)}


class _UndoneError(Exception):
    """What was written for measuring is not to be kept."""


def main() -> None:
    """Measure, and print lines or ``--json``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--smoke", action="store_true", help="only try, with few owners")
    parser.add_argument("--owners", type=int, default=100_000)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        answers = measure(Path(folder), 500 if options.smoke else options.owners)
    if options.json:
        sys.stdout.write(json.dumps(answers) + "\n")
    else:
        for name, answer in answers.items():
            sys.stdout.write(f"{name}: {answer}\n")


if __name__ == "__main__":
    main()
