"""Rows held out of the training rows, by which the best of a training is chosen.

The hidden test must not choose: a model that was chosen by it is no longer tested by it.
"""

from collections.abc import Sequence
from hashlib import sha256

from torch import Tensor

from workbench.core.errors import InvalidInputError


def hold_out(targets: Sequence[Tensor], share: float, seed: int) -> tuple[list[int], list[int]]:
    """Return the places of rows to train on and of rows to validate on, each in their order.

    Which row is held out depends on the seed and on the tokens that it teaches, never on its
    place; rows that teach the same are on the same side, so that none is seen before.

    Parameters
    ----------
    targets : of each row, int64 (n_tokens − 1,).
    share : of the rows to hold out; with 0 there is no validation.
    seed : decides which.

    Raises
    ------
    InvalidInputError
        Too few different rows for this share.
    """
    if not share:
        return list(range(len(targets))), []
    ranks = [sha256(f"{seed}:".encode() + one.numpy().tobytes()).digest() for one in targets]
    wanted = share * len(targets)
    held: set[bytes] = set()
    n_held = 0
    for rank in sorted(set(ranks)):
        if n_held >= wanted:
            break
        held.add(rank)
        n_held += ranks.count(rank)
    training = [place for place, rank in enumerate(ranks) if rank not in held]
    if not training:
        raise InvalidInputError(
            f"of {len(targets)} rows, {len(set(ranks))} of them different, none is left to train "
            "on",
            wanted="two different rows at least",
            next_step="set validation_share to 0, or contribute more rows",
        )
    return training, [place for place, rank in enumerate(ranks) if rank in held]
