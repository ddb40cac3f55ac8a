"""Somebody with nothing but the demo's mirror and the package checks it, and claims what it pays.

The origin is gone when the mirror is read: its home, its cache, its server, its people's keys.
"""

import io
import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from eth_tester import EthereumTester
from rich.console import Console

from tests.integration.chain.conftest import Contract, RefusedError
from tests.integration.workflows.test_recompute import EPOCH_STEPS
from workbench.client.bench import Bench
from workbench.client.epoch import Epoch
from workbench.client.home_mirror import HomeMirror
from workbench.client.launch import stop_server
from workbench.client.models import Model
from workbench.core.settings import Settings
from workbench.demo.story import tell
from workbench.training.tiny_gpt2 import tiny_gpt2

POOLS = {"tumour": 500_000_000, "speak-nahuatl": 1_000_000_000}


def _settings(root: Path) -> Settings:
    return Settings(
        home=root / "home",
        cache_dir=root / "cache",
        keys_dir=root / "keys",
        tracking_uri="http://127.0.0.1:9",
        n_workers=1,
        idle_seconds=120,
    )


@dataclass
class Told:
    """What the demo hands over, and what its people remember of it."""

    mirror: Path
    claims: dict[str, dict[str, Any]]
    epochs: dict[str, Epoch]
    addresses: dict[str, str]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    """The demo, told to its end; nothing else of it is left."""
    root = tmp_path_factory.mktemp("origin")
    settings = _settings(root)
    base = Model("tiny-gpt2", tiny_gpt2(settings.models_dir, seed=0))
    outcome = tell(settings, Console(file=io.StringIO()), small=True, base=base)
    handed, epochs = outcome.handed_over, outcome.epochs
    assert handed is not None
    claims = {task: json.loads(place.read_text()) for task, place in handed.claims.items()}
    with Bench.on(settings, quiet=True) as bench:
        named = dict(bench.principals()[["owner", "address"]].itertuples(index=False))
    stop_server(settings)
    mirror = tmp_path_factory.mktemp("handed-over") / "mirror"
    shutil.move(handed.mirror, mirror)
    shutil.rmtree(root)
    owners = {row.owner for epoch in epochs.values() for row in epoch.payouts}
    return Told(mirror, claims, epochs, {owner: named[owner] for owner in owners})


@pytest.fixture(scope="module")
def elsewhere(
    told: Told, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Bench, HomeMirror]]:
    """A stranger's home, empty until the mirror is imported."""
    settings = _settings(tmp_path_factory.mktemp("stranger"))
    with Bench.on(settings, "stranger", quiet=True) as bench:
        mirror = bench.home_mirror(told.mirror).check()
        # Nothing was started or written to check it.
        assert not settings.home.exists()
        yield bench, mirror.import_()
    stop_server(settings)


@pytest.mark.parametrize("task", POOLS)
def test_the_mirror_verifies_and_every_step_comes_out_again(
    elsewhere: tuple[Bench, HomeMirror], task: str
) -> None:
    bench, mirror = elsewhere
    found = bench.verify(files=True)
    assert found.is_whole, found.first_bad
    assert found.result["root"] == mirror.manifest.head.root
    again = bench.recompute(f"{task}:1")
    assert {step.name: step.state for step in again.view.steps} == dict.fromkeys(
        EPOCH_STEPS, "same"
    )


@pytest.mark.parametrize("task", POOLS)
def test_every_payout_is_claimed_to_the_unit(
    elsewhere: tuple[Bench, HomeMirror],
    told: Told,
    task: str,
    chain: EthereumTester,
    deploy: Callable[..., Contract],
) -> None:
    bench, _ = elsewhere
    pool, epoch = POOLS[task], bench.epoch(f"{task}:1")
    assert epoch.view == told.epochs[task].view
    addresses = {told.addresses[row.owner] for row in epoch.payouts}
    wanted = {
        told.addresses[row.owner]: int(row.amount) for row in epoch.payouts if int(row.amount)
    }
    assert len(wanted) > 1
    assert sum(wanted.values()) + epoch.returned == pool

    claims = bench.claims(epoch)
    assert claims.dump == told.claims[task]
    operator, stranger = (one.lower() for one in chain.get_accounts()[:2])
    token = deploy("TestToken")
    contract = deploy("MerkleClaims", ["address", "address"], [token.address, operator])
    token.send(operator, "mint", contract.address, pool)
    contract.send(operator, "setRoot", claims.view.log_size, bytes.fromhex(claims.root[2:]))
    for address, amount in wanted.items():
        proof = [bytes.fromhex(node[2:]) for node in claims.proof(address)]
        with pytest.raises(RefusedError, match="NotInTree"):
            contract.send(stranger, "claim", address, amount + 1, proof)
        contract.send(stranger, "claim", address, amount, proof)
        with pytest.raises(RefusedError, match="NothingToClaim"):
            contract.send(stranger, "claim", address, amount, proof)
    arrived = {one: token.read("balanceOf", one) for one in addresses}
    assert arrived == dict.fromkeys(arrived, 0) | wanted
    assert token.read("balanceOf", contract.address) == epoch.returned
