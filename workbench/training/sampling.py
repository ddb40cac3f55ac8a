"""What a model writes after a prompt."""

from collections.abc import Sequence

import torch
from peft import PeftModel
from transformers import PreTrainedTokenizerBase

from workbench.training.packing import PACKED_ATTENTION


def greedy_samples(
    model: PeftModel, tokenizer: PreTrainedTokenizerBase, prompts: Sequence[str], new_tokens: int
) -> list[str]:
    """Return each prompt's continuation, the likeliest token each time, from all tokens.

    The whole model computes, with the attention it came with; afterwards it computes on
    packed rows again.
    """
    inner = model.get_base_model()
    inner.set_attn_implementation("sdpa")
    try:
        return [_continue(model, tokenizer, prompt, new_tokens) for prompt in prompts]
    finally:
        inner.set_attn_implementation(PACKED_ATTENTION)


def _continue(
    model: PeftModel, tokenizer: PreTrainedTokenizerBase, prompt: str, new_tokens: int
) -> str:
    tokens = tokenizer(prompt, return_tensors="pt")["input_ids"]
    written: list[int] = []
    past = None
    for _ in range(new_tokens):
        with torch.no_grad():
            answer = model(input_ids=tokens, past_key_values=past, use_cache=True)
        past = answer.past_key_values
        tokens = answer.logits[:, -1:].argmax(-1)
        if tokens.item() == tokenizer.eos_token_id:
            break
        written.append(int(tokens.item()))
    return str(tokenizer.decode(written, skip_special_tokens=True)).strip()
