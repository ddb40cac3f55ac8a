"""How well models translate the hidden test: chrF of what they write."""

from collections.abc import Sequence
from contextlib import nullcontext

import torch

from workbench.core.errors import InvalidInputError
from workbench.core.jobs import JobContext
from workbench.core.seeds import derive_seed
from workbench.training.base import BaseModel
from workbench.training.inputs import TEST_INPUT
from workbench.training.metrics.items import measure
from workbench.training.rows import TokenRow, TranslationRow, prompt_tokens, read_rows
from workbench.training.sampling import likeliest, write


def translated_test(
    context: JobContext, base: BaseModel, template: str, n_translated: int, new_tokens: int
) -> dict[str, float]:
    """Translate rows of the hidden test with the base model and with the tuned one.

    The likeliest token each time, of all tokens. The job's seed chooses the rows: the same for
    both models, and for every training of a task. No text leaves the job, for the test is
    hidden.

    Parameters
    ----------
    context : whose hidden test it is.
    base : with the tuned adapter in it.
    template : how a text is put to the model.
    n_translated : rows at most; 0 translates nothing.
    new_tokens : written at most for each row.

    Returns
    -------
    dict
        ``base_chrf`` and ``chrf``, of 100, and ``n_translated``; nothing if no row is to be
        translated.

    Raises
    ------
    InvalidInputError
        No row's text and translation are short enough for the base model.
    """
    if not n_translated:
        return {}
    rows = [
        row
        for row in read_rows(context.inputs[TEST_INPUT], TEST_INPUT)
        if isinstance(row, TranslationRow)
    ]
    generator = torch.Generator().manual_seed(derive_seed("translated", str(context.spec.seed)))
    longest = None if base.longest is None else base.longest - new_tokens
    prompts: list[TokenRow] = []
    references: list[list[str]] = []
    for place in torch.randperm(len(rows), generator=generator).tolist():
        prompt = prompt_tokens(base.tokenizer, rows[place].text, "translation", template)
        fits = longest is None or len(prompt) <= longest
        if fits and len(prompts) < n_translated:
            prompts.append(prompt)
            references.append([rows[place].translation])
    if not prompts:
        raise InvalidInputError(
            f"no text of the hidden test has at most {longest} tokens with its template",
            wanted=f"room for it and {new_tokens} new tokens in what the base model sees",
            next_step="lower new_tokens, or shorten the hidden test's texts",
        )
    scores = {}
    for name, is_tuned in (("base_chrf", False), ("chrf", True)):
        written = _written(context, base, prompts, new_tokens, is_tuned=is_tuned)
        scores[name] = measure("chrf", predictions=written, references=references).score
    return scores | {"n_translated": len(prompts)}


def _written(
    context: JobContext,
    base: BaseModel,
    prompts: Sequence[TokenRow],
    new_tokens: int,
    *,
    is_tuned: bool,
) -> list[str]:
    written = []
    with nullcontext() if is_tuned else base.model.disable_adapter():
        for done, prompt in enumerate(prompts):
            who = "the tuned model" if is_tuned else "the base model"
            context.progress(done, len(prompts), f"translating with {who}")
            text = write(base.model, base.tokenizer, prompt, new_tokens, likeliest)
            written.append(text.strip())
    return written
