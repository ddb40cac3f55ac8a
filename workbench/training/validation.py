"""Rows held out of the training rows, by which the best of a training is chosen.

The hidden test must not choose: a model that was chosen by it is no longer tested by it.
"""

from collections.abc import Sequence
from hashlib import sha256

from workbench.core.errors import InvalidInputError
from workbench.training.learner import R, Row


def hold_out(rows: Sequence[R], share: float, seed: int) -> tuple[list[R], list[R]]:
    """Return the rows to train on and the rows to validate on, each in their order.

    Which row is held out depends on the seed and on the tokens that it teaches, never on its
    place; rows that teach the same are on the same side, so that none is seen before.

    Parameters
    ----------
    rows : all there are.
    share : of the rows to hold out; with 0 there is no validation.
    seed : decides which.

    Raises
    ------
    InvalidInputError
        Too few different rows for this share.
    """
    if not share:
        return list(rows), []
    ranks = [_rank(row, seed) for row in rows]
    wanted = share * len(rows)
    held: set[bytes] = set()
    n_held = 0
    for rank in sorted(set(ranks)):
        if n_held >= wanted:
            break
        held.add(rank)
        n_held += ranks.count(rank)
    training = [row for row, rank in zip(rows, ranks, strict=True) if rank not in held]
    if not training:
        raise InvalidInputError(
            f"of {len(rows)} rows, {len(set(ranks))} of them different, none is left to train on",
            wanted="two different rows at least",
            next_step="set validation_share to 0, or contribute more rows",
        )
    return training, [row for row, rank in zip(rows, ranks, strict=True) if rank in held]


def _rank(row: Row, seed: int) -> bytes:
    return sha256(f"{seed}:".encode() + row.targets.numpy().tobytes()).digest()
