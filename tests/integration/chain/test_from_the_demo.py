"""Somebody with nothing but the demo's mirror and the package checks it, and claims what it pays.

The origin is gone when the mirror is read: its home, its cache, its server, its people's keys.
"""

import io
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from eth_tester import EthereumTester
from rich.console import Console

from tests.integration.chain.conftest import Contract, RefusedError
from tests.integration.workflows.test_recompute import EPOCH_STEPS
from workbench.client.bench import Bench
from workbench.client.epoch import Epoch
from workbench.client.home_mirror import HomeMirror
from workbench.client.launch import stop_server
from workbench.core.settings import Settings
from workbench.demo.story import tell

EPOCH = "tumour:1"
POOL = 500_000_000


def _settings(root: Path) -> Settings:
    return Settings(
        home=root / "home",
        cache_dir=root / "cache",
        keys_dir=root / "keys",
        tracking_uri="http://127.0.0.1:9",
        n_workers=1,
        idle_seconds=120,
    )


@pytest.fixture(scope="module")
def handed_over(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Epoch, dict[str, str]]:
    """The mirror of the demo's tabular scene; its payouts and the addresses, as they were told."""
    root = tmp_path_factory.mktemp("origin")
    settings = _settings(root)
    outcome = tell(settings, Console(file=io.StringIO()), small=True)
    assert outcome.handed_over is not None
    with Bench.on(settings, quiet=True) as bench:
        addresses = {
            one.owner: str(one.address)
            for one in bench.principals().itertuples()
            if one.owner in {row.owner for row in outcome.epochs["tumour"].payouts}
        }
    stop_server(settings)
    place = tmp_path_factory.mktemp("elsewhere") / "mirror"
    shutil.move(outcome.handed_over.mirror, place)
    shutil.rmtree(root)
    return place, outcome.epochs["tumour"], addresses


@pytest.fixture(scope="module")
def elsewhere(
    handed_over: tuple[Path, Epoch, dict[str, str]], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Bench, HomeMirror]]:
    """A stranger's home, empty until the mirror is imported."""
    settings = _settings(tmp_path_factory.mktemp("stranger"))
    with Bench.on(settings, "stranger", quiet=True) as bench:
        mirror = bench.home_mirror(handed_over[0]).check()
        # Nothing was started or written to check it.
        assert not settings.home.exists()
        yield bench, mirror.import_()
    stop_server(settings)


def test_the_mirror_verifies_and_every_step_comes_out_again(
    elsewhere: tuple[Bench, HomeMirror],
) -> None:
    bench, mirror = elsewhere
    found = bench.verify(files=True)
    assert found.is_whole, found.first_bad
    assert found.result["root"] == mirror.manifest.head.root
    again = bench.recompute(EPOCH)
    assert {step.name: step.state for step in again.view.steps} == dict.fromkeys(
        EPOCH_STEPS, "same"
    )


def test_every_payout_is_claimed_to_the_unit(
    elsewhere: tuple[Bench, HomeMirror],
    handed_over: tuple[Path, Epoch, dict[str, str]],
    chain: EthereumTester,
    deploy: Callable[..., Contract],
) -> None:
    bench, _ = elsewhere
    _, told, addresses = handed_over
    epoch = bench.epoch(EPOCH)
    assert epoch.view == told.view
    wanted = {addresses[row.owner]: int(row.amount) for row in epoch.payouts if int(row.amount)}
    assert len(wanted) > 1
    assert sum(wanted.values()) + epoch.returned == POOL

    claims = bench.claims(EPOCH)
    operator, stranger = (one.lower() for one in chain.get_accounts()[:2])
    token = deploy("TestToken")
    contract = deploy("MerkleClaims", ["address", "address"], [token.address, operator])
    token.send(operator, "mint", contract.address, POOL)
    contract.send(operator, "setRoot", claims.view.log_size, bytes.fromhex(claims.root[2:]))
    for address, amount in wanted.items():
        proof = [bytes.fromhex(node[2:]) for node in claims.proof(address)]
        with pytest.raises(RefusedError, match="NotInTree"):
            contract.send(stranger, "claim", address, amount + 1, proof)
        contract.send(stranger, "claim", address, amount, proof)
        with pytest.raises(RefusedError, match="NothingToClaim"):
            contract.send(stranger, "claim", address, amount, proof)
    assert {one: token.read("balanceOf", one) for one in addresses.values()} == dict.fromkeys(
        addresses.values(), 0
    ) | wanted
    assert token.read("balanceOf", contract.address) == epoch.returned
