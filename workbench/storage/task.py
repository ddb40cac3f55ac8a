"""The digests of hidden test rows: what no contribution may hold."""

import pyarrow as pa

from workbench.storage.database import Transaction


def insert_hidden_rows(tx: Transaction, task: str, digests: list[str]) -> None:
    """Record the digests of a task's hidden test rows, each once."""
    frame = pa.table(
        {
            "task": pa.array([task] * len(digests), pa.string()),
            "sha256": pa.array(digests, pa.string()),
        }
    )
    tx.insert_frame("insert_hidden_rows", frame)
