"""What a model writes after a prompt."""

from collections.abc import Callable, Sequence

import torch
from peft import PeftModel
from torch import Tensor
from transformers import PreTrainedTokenizerBase

from workbench.training.lora import AdapterShape
from workbench.training.packing import PACKED_ATTENTION
from workbench.training.rows import TokenRow

Pick = Callable[[Tensor], int]
"""From the scores of all tokens, float32 (n_tokens,), to the token that is written next."""

Listener = Callable[[str], None]
"""Told of what was written since it was told last."""

_TOKENS_AT_ONCE = 8


def greedy_samples(
    model: PeftModel,
    tokenizer: PreTrainedTokenizerBase,
    prompts: Sequence[TokenRow],
    new_tokens: int,
) -> list[str]:
    """Return each prompt's continuation, the likeliest token each time, from all tokens."""
    return [write(model, tokenizer, prompt, new_tokens, likeliest).strip() for prompt in prompts]


def likeliest(scores: Tensor) -> int:
    """Pick the token with the largest score."""
    return int(scores.argmax())


def drawn(temperature: float, seed: int) -> Pick:
    """Return a pick that draws tokens with probability ∝ exp(score / temperature).

    Parameters
    ----------
    temperature : above 0; 1 is the model's own distribution, less is more sober.
    seed : decides all that is drawn.
    """
    generator = torch.Generator().manual_seed(seed)

    def pick(scores: Tensor) -> int:
        chance = torch.softmax(scores / temperature, dim=-1)
        return int(torch.multinomial(chance, 1, generator=generator))

    return pick


def write(
    model: PeftModel,
    tokenizer: PreTrainedTokenizerBase,
    prompt: TokenRow,
    new_tokens: int,
    pick: Pick,
    on_text: Listener | None = None,
) -> str:
    """Return what the model writes after a prompt, until it ends the text or has no more tokens.

    The whole model computes, with the attention it came with; afterwards one that computed on
    packed rows does so again. A listener hears of the text a few tokens at a time.
    """
    listener = on_text or _nobody
    if AdapterShape.of(model).last_blocks is None:
        return _continue(model, tokenizer, prompt, new_tokens, pick, listener)
    inner = model.get_base_model()
    inner.set_attn_implementation("sdpa")
    try:
        return _continue(model, tokenizer, prompt, new_tokens, pick, listener)
    finally:
        inner.set_attn_implementation(PACKED_ATTENTION)


def _continue(
    model: PeftModel,
    tokenizer: PreTrainedTokenizerBase,
    prompt: TokenRow,
    new_tokens: int,
    pick: Pick,
    on_text: Listener,
) -> str:
    tokens = torch.tensor([prompt], dtype=torch.int64, device=model.device)
    written: list[int] = []
    text, past = "", None
    while len(written) < new_tokens:
        with torch.no_grad():
            answer = model(input_ids=tokens, past_key_values=past, use_cache=True)
        past = answer.get("past_key_values")
        token = pick(answer.logits[0, -1].float().cpu())
        if token == tokenizer.eos_token_id:
            break
        written.append(token)
        fresh = tokens.new_tensor([[token]])
        # A model that keeps no keys and values (a recurrent one) reads all of it again.
        tokens = torch.cat([tokens, fresh], dim=1) if past is None else fresh
        if len(written) % _TOKENS_AT_ONCE == 0:
            text = _tell(tokenizer, written, text, on_text)
    whole = str(tokenizer.decode(written, skip_special_tokens=True))
    if whole != text:
        on_text(whole[len(text) :] if whole.startswith(text) else whole)
    return whole


def _tell(
    tokenizer: PreTrainedTokenizerBase, written: list[int], told: str, on_text: Listener
) -> str:
    """Tell what is new and return all that was told; half a character waits for its rest."""
    whole = str(tokenizer.decode(written, skip_special_tokens=True))
    if whole.endswith("\ufffd") or not whole.startswith(told) or whole == told:
        return told
    on_text(whole[len(told) :])
    return whole


def _nobody(_: str) -> None:
    """Hear nothing."""
