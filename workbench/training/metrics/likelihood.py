"""Statistics of texts a language model was asked to predict: losses by token and by byte."""

from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from workbench.core.errors import InvalidInputError
from workbench.training.metrics.checks import check_paired, to_numbers, to_whole_numbers

MAX_NATS: Final = 700.0
"""The largest loss a token whose perplexity a double can hold."""
_ROUNDING: Final = 1e-5
"""By how much a loss a token may be below 0: of certain tokens, in single precision."""


def _losses(nats: ArrayLike, parts: NDArray[np.int64], name: str) -> NDArray[np.float64]:
    losses = to_numbers(nats, "nats")
    check_paired(losses, parts, f"nats and {name}")
    wrong = np.flatnonzero(losses < -_ROUNDING * parts)
    if len(wrong):
        raise InvalidInputError(
            f"nats: item {wrong[0]} has a loss of {losses[wrong[0]]:g}",
            wanted="losses, which are at least 0",
            next_step="negate log-probabilities",
            item=int(wrong[0]),
        )
    return losses


def nats_and_bytes(nats: ArrayLike, n_bytes: ArrayLike) -> NDArray[np.float64]:
    """Return each text's loss and its length; shape (n_items, 2).

    Parameters
    ----------
    nats
        Minus the log-probability of each text, summed over its tokens.
    n_bytes
        Of the same text in UTF-8, at least 1.

    Raises
    ------
    InvalidInputError
        If there is no item, the lists differ in length, or a number cannot be.
    """
    sizes = to_whole_numbers(n_bytes, "n_bytes", low=1)
    return np.stack([_losses(nats, sizes, "n_bytes"), sizes.astype(np.float64)], axis=1)


def bits_per_byte(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the bits a byte costs, from summed `nats_and_bytes`.

    Models with different tokenizers can be compared by it.

    References
    ----------
    Gao and others 2020, "The Pile", arXiv 2101.00027, 3.1.
    """
    return np.asarray(sums[..., 0] / (sums[..., 1] * np.log(2)), dtype=np.float64)


def nats_and_tokens(nats: ArrayLike, n_tokens: ArrayLike) -> NDArray[np.float64]:
    """Return each text's loss and how many tokens were predicted; shape (n_items, 2).

    Parameters
    ----------
    nats
        Minus the log-probability of each text, summed over its tokens.
    n_tokens
        How many tokens that sum is over, at least 1.

    Raises
    ------
    InvalidInputError
        If there is no item, the lists differ in length, a number cannot be, or the perplexity
        of an item is too large for a double.
    """
    sizes = to_whole_numbers(n_tokens, "n_tokens", low=1)
    losses = _losses(nats, sizes, "n_tokens")
    wrong = np.flatnonzero(losses > MAX_NATS * sizes)
    if len(wrong):
        raise InvalidInputError(
            f"nats: item {wrong[0]} has {losses[wrong[0]] / sizes[wrong[0]]:g} a token",
            wanted=f"at most {MAX_NATS:g}, or perplexity overflows",
            next_step="look at the losses: the model has diverged",
            item=int(wrong[0]),
        )
    return np.stack([losses, sizes.astype(np.float64)], axis=1)


def loss_per_token(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the mean loss a token in nats, from summed `nats_and_tokens`.

    It depends on the tokenizer: only models with the same one can be compared by it.
    """
    return np.asarray(sums[..., 0] / sums[..., 1], dtype=np.float64)


def perplexity(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the exponential of the mean loss a token, from summed `nats_and_tokens`.

    It depends on the tokenizer: only models with the same one can be compared by it.

    References
    ----------
    Jelinek, Mercer, Bahl, Baker 1977, doi:10.1121/1.2016299.
    """
    return np.exp(sums[..., 0] / sums[..., 1])
