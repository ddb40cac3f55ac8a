"""Recipe ``fill-cache``: the hidden states of a pool, a shard of them."""

import time
from typing import Any

from pydantic import Field, model_validator

from workbench.core.jobs import JobContext
from workbench.training.base import BaseModel, load_base
from workbench.training.fingerprint import dtype_name
from workbench.training.parameters import CausalLmParameters, read_parameters
from workbench.training.pool import PoolText, encode_pool, load_pool, prefix_cache
from workbench.training.prefix_cache import Group, PrefixCache


class CacheParameters(CausalLmParameters):
    """Which part of the work is this job's: number ``shard`` of ``n_shards``, from 0.

    Attributes
    ----------
    behind : only what a fine-tune with this job's seed, steps and batches needs, the last
        first: the fine-tune itself begins with the first.
    """

    behind: bool = False
    shard: int = Field(default=0, ge=0)
    n_shards: int = Field(default=1, ge=1)

    @model_validator(mode="after")
    def _shard_is_one_of_them(self) -> "CacheParameters":
        if self.shard >= self.n_shards:
            raise ValueError(f"shard {self.shard} is not below n_shards {self.n_shards}")
        return self


def run(context: JobContext) -> dict[str, Any]:
    """Fill the cache with this shard's hidden states: of all rows and the hidden test, or fewer.

    Jobs that find a hidden state missing compute it themselves: this recipe is for doing it
    on all cores beforehand, and for going on where a killed one stopped.

    Returns
    -------
    dict
        ``n_tokens`` and ``n_groups`` of the shard, ``n_computed`` tokens, ``bytes`` on disk,
        ``seconds``, ``dtype`` and ``fingerprint``.
    """
    parameters = read_parameters(CacheParameters, context.spec.parameters)
    base = load_base(context, parameters)
    cache = prefix_cache(context, base, parameters.last_blocks)
    mine = _groups(context, parameters, base, cache)
    n_tokens = sum(group.n_tokens for group in mine)
    started, done, computed = time.perf_counter(), 0, 0
    context.progress(0, n_tokens, "caching hidden states")
    for group in mine:
        if cache.fill(base.parts, group):
            computed += group.n_tokens
        done += group.n_tokens
        context.progress(done, n_tokens, "caching hidden states")
    return {
        "n_tokens": n_tokens,
        "n_groups": len(mine),
        "n_computed": computed,
        "bytes": sum(cache.path(group).stat().st_size for group in mine),
        "seconds": time.perf_counter() - started,
        "dtype": dtype_name(base.dtype),
        "fingerprint": base.fingerprint(),
    }


def _groups(
    context: JobContext, parameters: CacheParameters, base: BaseModel, cache: PrefixCache
) -> list[Group]:
    if parameters.behind:
        sources = load_pool(context, parameters).needed(parameters, context.spec.seed)
        return [s.group for s in sources[::-1]][parameters.shard :: parameters.n_shards]
    rows, test = encode_pool(context, parameters, base, PoolText.of(context))
    parts = [[row.tokens for row in part.rows] for part in [*rows.values(), test]]
    groups = {group.key: group for part in parts for group in cache.groups(part)}
    return share_of(list(groups.values()), parameters.shard, parameters.n_shards)


def share_of(groups: list[Group], shard: int, n_shards: int) -> list[Group]:
    """Return the groups of one shard; the shards have about equal numbers of tokens.

    Longest first, each to the shard with the least so far; ties go to the first.
    """
    loads = [0] * n_shards
    mine = []
    for group in sorted(groups, key=lambda group: (-group.n_tokens, group.key)):
        least = loads.index(min(loads))
        loads[least] += group.n_tokens
        if least == shard:
            mine.append(group)
    return mine
