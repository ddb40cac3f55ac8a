"""Hidden states come when they are needed, and training does not notice."""

from collections.abc import Sequence

import pytest
import torch
from torch import Tensor

from tests.integration.training.conftest import RECIPE, Jobs
from workbench.training import causal_lm, causal_lm_cache
from workbench.training.fine_tuning import fine_tune
from workbench.training.packing import pack
from workbench.training.parameters import CausalLmParameters
from workbench.training.pool import Pool, load_pool
from workbench.training.suffix import CachedRow, Suffix

SHORT = RECIPE | {"steps": 1, "batch_rows": 2}


def pool_of(jobs: Jobs) -> tuple[Pool, CausalLmParameters]:
    parameters = CausalLmParameters(**SHORT)
    return load_pool(jobs.context(SHORT, jobs.texts()), parameters), parameters


def files(jobs: Jobs) -> set[str]:
    return {path.stem for path in jobs.cache.rglob("*.safetensors")}


def test_a_pool_computes_nothing_before_a_row_is_used(jobs: Jobs) -> None:
    pool, _ = pool_of(jobs)
    rows = pool.training_rows()
    assert (len(rows), len(rows[3:5]), files(jobs)) == (30, 2, set())
    _ = rows[3].hidden
    assert len(files(jobs)) == 1


def test_a_fine_tune_fills_what_it_needs_and_nothing_else(jobs: Jobs) -> None:
    context = jobs.context(SHORT, jobs.texts())
    causal_lm.run(context)
    pool, parameters = pool_of(jobs)
    needed = pool.needed(parameters, context.spec.seed)
    assert files(jobs) == {source.group.key[2:] for source in needed}
    every = {s.group.key for s in [*pool.training_rows().sources(), *pool.test.sources()]}
    assert len(needed) < len(every)


def test_the_first_loss_waits_for_no_evaluation(jobs: Jobs) -> None:
    causal_lm.run(jobs.context(SHORT, jobs.texts()))
    types = [event["type"] for event in jobs.events]
    assert types.index("uncached") < types.index("metric") < types.index("evaluation")


def test_the_uncached_tokens_are_those_that_nobody_computed(jobs: Jobs) -> None:
    def uncached() -> int:
        jobs.events.clear()
        causal_lm.run(jobs.context(SHORT, jobs.texts()))
        return next(e["tokens"] for e in jobs.events if e["type"] == "uncached")

    assert uncached() > 0
    assert uncached() == 0


@pytest.mark.parametrize("n_shards", [1, 2])
def test_workers_fill_what_a_fine_tune_will_need(jobs: Jobs, n_shards: int) -> None:
    behind = SHORT | {"behind": True, "n_shards": n_shards}
    for shard in range(n_shards):
        causal_lm_cache.run(jobs.context(behind | {"shard": shard}, jobs.texts(), seed=4))
    before = files(jobs)
    causal_lm.run(jobs.context(SHORT, jobs.texts(), seed=4))
    assert files(jobs) == before


def test_a_cache_filled_beforehand_gives_the_same_adapter(jobs: Jobs) -> None:
    cold = causal_lm.run(jobs.context(RECIPE, jobs.texts()))
    causal_lm_cache.run(jobs.context(RECIPE, jobs.texts()))
    warm = causal_lm.run(jobs.context(RECIPE, jobs.texts()))
    assert warm["model_digest"] == cold["model_digest"]
    assert warm["metrics"] == cold["metrics"]


class WholeModel(Suffix):
    """Runs the frozen blocks from token ids at every step; a row's "hidden" are its tokens."""

    def token_losses(self, rows: Sequence[CachedRow]) -> Tensor:
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


def test_cached_training_has_the_losses_of_uncached_training(jobs: Jobs) -> None:
    parameters = CausalLmParameters(**RECIPE)
    pool = load_pool(jobs.context(RECIPE, jobs.texts()), parameters)
    rows = pool.training_rows()
    tokens = [CachedRow(torch.tensor(row), targets) for row, targets in rows.tokens_and_targets()]
    whole = WholeModel(pool.learner.parts, pool.learner.last_blocks, pool.learner.head_weight)
    others = [CachedRow(row.hidden.flip(0), row.targets) for row in tokens]

    def losses(suffix: Suffix, of: Sequence[CachedRow]) -> list[float]:
        found: list[float] = []
        fine_tune(
            pool.base.model, suffix, of, parameters, 0, lambda _step, loss, _n: found.append(loss)
        )
        return found

    cached = losses(pool.learner, rows)
    assert len(cached) == parameters.steps
    assert cached == pytest.approx(losses(whole, tokens), rel=1e-5)
    assert cached != pytest.approx(losses(whole, others), rel=1e-5)
