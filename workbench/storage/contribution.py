"""The digests of accepted rows: whose row it is, forever."""

import pyarrow as pa

from workbench.storage.database import Transaction


def insert_rows(tx: Transaction, contribution: str, task: str, digests: list[str]) -> None:
    """Record the digests of a contribution's rows, in the order of the rows."""
    n_rows = len(digests)
    frame = pa.table(
        {
            "contribution": pa.array([contribution] * n_rows, pa.string()),
            "position": pa.array(range(n_rows), pa.int64()),
            "task": pa.array([task] * n_rows, pa.string()),
            "sha256": pa.array(digests, pa.string()),
        }
    )
    tx.insert_frame("insert_contribution_rows", frame)
