"""Hidden states are kept whole or not at all, and have the same bits whoever computes them."""

import multiprocessing
import os
import signal
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.integration.training.conftest import RECIPE, Jobs, sentences
from workbench.core.errors import InvalidInputError
from workbench.training import causal_lm_cache
from workbench.training.architecture import split
from workbench.training.causal_lm_cache import share_of
from workbench.training.loading import load_model
from workbench.training.prefix_cache import Group, PrefixCache
from workbench.training.rows import TokenRow

ROWS: list[TokenRow] = [(5, 9, 30, 2), (7, 7), (5, 9, 30, 2), (1, 2, 3, 4, 5, 6)]


@pytest.fixture
def cache(jobs: Jobs) -> PrefixCache:
    """A cache of the tiny model's two lower blocks."""
    return PrefixCache(jobs.cache, jobs.base, 1, torch.float32)


def fill(jobs: Jobs, **changes: Any) -> dict[str, Any]:
    parameters = RECIPE | changes
    result: dict[str, Any] = causal_lm_cache.run(jobs.context(parameters, jobs.texts()))
    return result


def test_hidden_states_are_those_of_the_whole_model(jobs: Jobs, cache: PrefixCache) -> None:
    model = load_model(jobs.models_dir / jobs.base, torch.float32)
    found = cache.hidden(split(model), cache.groups(ROWS))
    model.set_attn_implementation("eager")
    for row in ROWS:
        with torch.no_grad():
            states = model(torch.tensor([row[:-1]]), output_hidden_states=True).hidden_states
        torch.testing.assert_close(found[row[:-1]], states[2][0], rtol=1e-5, atol=1e-6)


def test_groups_do_not_depend_on_the_order_of_rows(cache: PrefixCache) -> None:
    assert cache.groups(ROWS) == cache.groups(ROWS[::-1])


@pytest.mark.parametrize(
    "other",
    [
        {"model_digest": "0" * 64},
        {"last_blocks": 2},
        {"dtype": torch.bfloat16},
    ],
)
def test_what_decides_the_bits_decides_the_name(cache: PrefixCache, other: dict[str, Any]) -> None:
    changed = PrefixCache(**(vars(cache) | other))
    assert changed.path(changed.groups(ROWS)[0]).name != cache.path(cache.groups(ROWS)[0]).name


def test_a_filled_cache_is_not_computed_again(jobs: Jobs) -> None:
    assert fill(jobs)["n_computed"] > 0
    assert fill(jobs)["n_computed"] == 0


def test_shards_share_the_work_and_leave_nothing(jobs: Jobs) -> None:
    shards = [fill(jobs, shard=shard, n_shards=3) for shard in range(3)]
    assert sum(shard["n_tokens"] for shard in shards) == fill(jobs)["n_tokens"]
    assert fill(jobs)["n_computed"] == 0


def test_shards_have_about_equal_numbers_of_tokens() -> None:
    groups = [Group((tuple(range(n)),), str(n)) for n in (9, 7, 6, 5, 4, 1)]
    loads = [sum(group.n_tokens for group in share_of(groups, shard, 2)) for shard in (0, 1)]
    assert sorted(loads) == [15, 17]


def test_progress_ends_at_its_total(jobs: Jobs) -> None:
    fill(jobs)
    told = [event for event in jobs.events if event["type"] == "progress"]
    assert told[-1]["done"] == told[-1]["total"] > 0


@pytest.mark.parametrize("damage", [b"", b"half", None])
def test_a_damaged_file_is_computed_again(jobs: Jobs, damage: bytes | None) -> None:
    fill(jobs)
    [path, *_] = sorted(jobs.cache.rglob("*.safetensors"))
    whole = path.read_bytes()
    path.write_bytes(whole[:-4] if damage is None else damage)
    assert fill(jobs)["n_computed"] > 0
    assert path.read_bytes() == whole


def test_a_shard_beyond_the_last_is_refused(jobs: Jobs) -> None:
    with pytest.raises(InvalidInputError, match="shard 2"):
        fill(jobs, shard=2, n_shards=2)


def _write_for_ever(cache: PrefixCache, group: Group, hidden: torch.Tensor, started: Any) -> None:
    while True:
        cache.write(group, hidden)
        started.set()


def test_a_killed_writer_leaves_no_half_file(cache: PrefixCache) -> None:
    spawn = multiprocessing.get_context("spawn")
    group = Group((tuple(range(4000)),), "ab" * 32)
    hidden = torch.arange(4000 * 64, dtype=torch.float32).view(4000, 64)
    started = spawn.Event()
    writer = spawn.Process(target=_write_for_ever, args=(cache, group, hidden, started))
    writer.start()
    assert started.wait(120)
    for _ in range(200):
        found = cache.read(group)
        assert found is not None
        assert torch.equal(found, hidden)
    assert writer.pid is not None
    os.kill(writer.pid, signal.SIGKILL)
    writer.join(60)
    assert torch.equal(cache.read(group), hidden)


def test_two_workers_may_fill_at_once(jobs: Jobs, tmp_path: Path) -> None:
    alone = Jobs(tmp_path / "alone", jobs.models_dir, jobs.base, tmp_path / "alone" / "cache")
    alone.folder.mkdir()
    fill(alone)
    fill(jobs, shard=0, n_shards=2)
    # The second does the first one's share again: equal files replace each other.
    for path in list(jobs.cache.rglob("*.safetensors"))[:2]:
        path.unlink()
    fill(jobs, shard=1, n_shards=2)
    fill(jobs)
    files = {p.name: p.read_bytes() for p in jobs.cache.rglob("*") if p.is_file()}
    assert files == {p.name: p.read_bytes() for p in alone.cache.rglob("*") if p.is_file()}


def test_rows_of_two_contributions_are_cached_apart(jobs: Jobs, cache: PrefixCache) -> None:
    # A contribution keeps its groups whoever else contributes.
    texts = jobs.texts()
    causal_lm_cache.run(jobs.context(RECIPE, {n: texts[n] for n in ("rows:ana:0", "test")}))
    before = {path.name for path in cache.folder.rglob("*.safetensors")}
    more = texts | {"rows:new:0": jobs.rows(sentences(5))}
    causal_lm_cache.run(jobs.context(RECIPE, more))
    assert before < {path.name for path in cache.folder.rglob("*.safetensors")}
