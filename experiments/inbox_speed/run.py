"""How long an inbox takes in a home of 10,000 contributions, each of its statements by itself.

Rows are written into the tables directly: what is measured is the reading.
"""

import argparse
import json
import statistics
import tempfile
import time
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa

from workbench.core.canonical import sha256_hex
from workbench.core.roles import MACHINE
from workbench.core.settings import Settings
from workbench.storage.database import Database, Transaction
from workbench.workflows.home import Home
from workbench.workflows.inbox import inbox

N_RUNS = 20
N_EPOCHS = 20
N_TIMES = 20
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)


def digest(*parts: object) -> str:
    """Return a SHA-256 of its own for each thing."""
    return sha256_hex(json.dumps(parts).encode())


def contributions(n_contributions: int) -> list[dict[str, Any]]:
    """Return files of a hundred rows; every fiftieth is a draft."""
    rows = []
    n_owners = n_contributions // 10
    for k in range(n_contributions):
        at = BEGAN + timedelta(minutes=k)
        rows.append(
            {
                "id": digest("c", k), "task": "songs", "owner": f"owner{k % n_owners}",
                "principal": "", "state": "draft" if k % 50 == 0 else "accepted",
                "file_name": f"file{k}.csv", "file_sha256": digest("f", k),
                "rows_sha256": digest("r", k), "license": "CC-BY-4.0", "n_rows_submitted": 100,
                "n_rows": 100, "findings": '{"findings":[],"request":{}}', "record": None,
                "created_at": at, "updated_at": at, "commitment": None, "counted_sha256": None,
            }
        )  # fmt: skip
    return rows


def runs(given: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return fine-tunes that have each read all that was accepted, and their models."""
    read = [
        {"name": c["owner"], "sha256": c["rows_sha256"], "n_rows": 100}
        for c in given
        if c["state"] == "accepted"
    ]
    details = json.dumps({"datasets": read})
    found, models = [], []
    for k in range(N_RUNS):
        at = BEGAN + timedelta(days=30, hours=k)
        found.append(
            {
                "id": digest("run", k), "task": "songs", "kind": "fine-tune", "spec": "{}",
                "model": digest("m", k), "metrics": '{"utility":0.5}', "details": details,
                "tracking_state": "logged", "tracking_run": None, "created_at": at,
            }
        )  # fmt: skip
        models.append(
            {
                "digest": digest("m", k), "task": "songs", "base": "base", "run": digest("run", k),
                "artifacts": "{}", "created_at": at,
            }
        )  # fmt: skip
    return found, models


def fill(tx: Transaction, n_contributions: int) -> None:
    """Write a home: ten contributions an owner, models that read them all, epochs that pay."""
    n_owners = n_contributions // 10
    given = contributions(n_contributions)
    found, models = runs(given)
    tables = {
        "contribution": given,
        "run": found,
        "model_version": models,
        "task": [
            {
                "id": "songs", "title": "Songs", "kind": "causal-lm", "spec": "{}",
                "hidden_rows_sha256": "0" * 64, "sponsor": "sponsor", "record": "0" * 64,
                "created_at": BEGAN,
            }
        ],
        "epoch": [
            {
                "id": digest("e", k), "task": "songs", "number": k + 1, "study": digest("s", k),
                "pool": 10**9, "paid": 10**9, "returned": 0, "record": digest("e", k),
                "created_at": BEGAN + timedelta(days=40 + k), "final_at": None,
            }
            for k in range(N_EPOCHS)
        ],
    }  # fmt: skip
    for table, rows in tables.items():
        columns = tx.columns(table)
        tx.append(table, pa.table({name: [row[name] for row in rows] for name in columns}))
    for k in range(N_EPOCHS):
        payouts = pa.table(
            {
                "owner": [f"owner{j}" for j in range(n_owners)],
                "units": ["1000"] * n_owners,
                "amount": pa.array([10**6] * n_owners, pa.int64()),
            }
        )
        tx.insert_frame("insert_payouts", payouts, {"epoch": digest("e", k)})


def measure(home: Home, n_owners: int) -> dict[str, float]:
    """Return milliseconds of the whole, and of each statement: medians."""
    took: dict[str, list[float]] = defaultdict(list)
    read = Database.read

    def timed(self: Database, name: str, parameters: Any = None) -> Any:
        began = time.perf_counter()
        answer = read(self, name, parameters)
        took[name].append(time.perf_counter() - began)
        return answer

    Database.read = timed  # type: ignore[method-assign]
    for k in range(N_TIMES):
        began = time.perf_counter()
        found = inbox(home, MACHINE, f"owner{(7 * k + 51) % n_owners}", datetime.now(UTC))
        took["whole"].append(time.perf_counter() - began)
        if not found.contributions:
            raise SystemExit("the inbox is empty: nothing was measured")
    Database.read = read  # type: ignore[method-assign]
    return {f"{name}, ms": round(1000 * statistics.median(each), 2) for name, each in took.items()}


def main() -> None:
    """Measure, and print lines or ``--json``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--smoke", action="store_true", help="only try, with few contributions")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    n_contributions = 200 if options.smoke else 10_000
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        home = Home.open(
            Settings(
                home=root / "home",
                cache_dir=root / "cache",
                keys_dir=root / "keys",
                tracking_uri="http://127.0.0.1:9",
            )
        )
        try:
            home.database.write(lambda tx: fill(tx, n_contributions))
            answers = measure(home, n_contributions // 10)
        finally:
            home.close()
    if options.json:
        print(json.dumps(answers))
    else:
        for name, answer in sorted(answers.items(), key=lambda one: -one[1]):
            print(f"{name}: {answer}")


if __name__ == "__main__":
    main()
