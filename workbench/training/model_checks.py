"""What a base model must be, whatever its files say."""

from typing import Final

import torch
from torch import Tensor
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from workbench.core.errors import InvalidInputError, UnsupportedFormatError

# Two causal passes over one beginning differ by rounding only.
_ROUNDING: Final = 1e-5


def check_fits(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase) -> None:
    """Refuse a tokenizer whose tokens the model does not know.

    Raises
    ------
    InvalidInputError
        It tells both numbers.
    """
    n_known = int(model.get_input_embeddings().weight.shape[0])
    n_tokens = max(tokenizer.get_vocab().values(), default=-1) + 1
    if not 0 < n_tokens <= n_known:
        raise InvalidInputError(
            f"the tokenizer has token ids up to {n_tokens - 1}, and the model knows {n_known}",
            wanted="the tokenizer that the model was trained with",
            next_step="put the model's own tokenizer files beside its weights",
            n_tokens=n_tokens,
            n_known=n_known,
        )


def check_sees_no_future(model: PreTrainedModel) -> None:
    """Refuse a model whose guess of a token depends on the tokens after it.

    An encoder that passes for a decoder would read what it has to predict.

    Raises
    ------
    UnsupportedFormatError
        It names the architecture.
    """
    model.eval()
    n_known = int(model.get_input_embeddings().weight.shape[0])
    start = torch.arange(4) % n_known
    first, second = (_scores(model, torch.cat([start, torch.tensor([last])])) for last in (0, 1))
    difference = float((first - second)[: len(start)].abs().max())
    if not difference <= _ROUNDING * float(first.abs().max()):
        raise UnsupportedFormatError(
            f"the model's architecture is {type(model).__name__}, and it reads what comes after "
            "the token it has to predict",
            wanted="a causal model: each token sees those before it",
            next_step="choose a causal model; an encoder (BERT) is none",
            architecture=type(model).__name__,
        )


def _scores(model: PreTrainedModel, tokens: Tensor) -> Tensor:
    """Return the scores (n_tokens, n_vocabulary) after each token."""
    with torch.no_grad():
        scores: Tensor = model(input_ids=tokens[None], use_cache=False).logits[0]
    return scores.float()
