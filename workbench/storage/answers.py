"""Answers by idempotency key: who asks again gets the first answer again."""

from workbench.core.errors import ConflictError
from workbench.storage.writer import Transaction


def find(tx: Transaction, key: str, request_sha256: str) -> str | None:
    """Return the answer that a key got before; None when it is new.

    Raises
    ------
    ConflictError
        The key was used for another request.
    """
    if not tx.tail.may_know("idempotency_keys", key):
        return None
    for row in tx.execute("idempotent_answer", {"key": key}):
        if row["request_sha256"] != request_sha256:
            raise ConflictError(
                f"the idempotency key {key[:80]!r} was used for another request",
                wanted="a new key for a new request",
                next_step="send the request with a new Idempotency-Key",
            )
        return str(row["response"])
    return None


def keep(tx: Transaction, key: str, request_sha256: str, response: str) -> None:
    """Keep the answer of a key that ``find`` called new."""
    tx.tail.add_answer((key, request_sha256, response, tx.now))
