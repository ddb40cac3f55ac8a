"""From contributions to tokens: epochs are paid, exported, and claimed in an EVM, twice."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from eth_tester import EthereumTester

from tests.integration.chain.conftest import Contract, RefusedError
from tests.integration.client.conftest import OWNERS, make_frame
from workbench.client.bench import Bench
from workbench.client.claims import Claims
from workbench.client.launch import stop_server
from workbench.client.progress import Silent
from workbench.client.transport import Transport
from workbench.core.errors import InvalidInputError
from workbench.core.settings import Settings

Deploy = Callable[..., Contract]


@pytest.fixture
def bench(settings: Settings) -> Iterator[Bench]:
    """The sponsor's bench, on a server of its own."""
    with Transport(settings) as transport:
        yield Bench(transport, settings.keys_dir, "sponsor", settings=settings, make_display=Silent)
    stop_server(settings)


def _open(bench: Bench) -> None:
    hidden = [
        {"features": [row.f0, row.f1], "label": row.label}
        for row in make_frame(64, 99).itertuples(index=False)
    ]
    bench.open_task(
        "clouds", title="Two clouds", kind="tabular-classification", test=hidden,
        licenses=["CC-BY-4.0"], classes=["low", "high"], n_features=2,
        recipe={"utility": "ridge"}, sign=True,
    )  # fmt: skip
    for seed, (owner, n_rows) in enumerate(OWNERS.items()):
        frame = make_frame(n_rows, seed, flipped=owner == "noise")
        bench.as_(owner).task("clouds").contribute(frame, license="CC-BY-4.0", sign=True)


def _claim_all(claims: Claims, contract: Contract, sender: str) -> dict[str, int]:
    paid = {}
    for one in claims.dump["values"]:
        address, amount = one["value"]
        proof = [bytes.fromhex(node[2:]) for node in claims.proof(address)]
        [event] = contract.send(sender, "claim", address, int(amount), proof)
        paid[address] = event[2]
    return paid


def test_two_epochs_are_claimed_once_each_and_the_tokens_can_be_moved(
    bench: Bench, chain: EthereumTester, deploy: Deploy, tmp_path: Path
) -> None:
    _open(bench)
    task = bench.task("clouds").fund("1000", sign=True)
    operator, wallet = (one.lower() for one in chain.get_accounts()[:2])
    ana, ben = bench.as_("ana"), bench.as_("ben")
    with pytest.raises(InvalidInputError, match="sign=True"):
        ana.set_address()
    assert ana.set_address(sign=True).address == ana.chain_key.address
    ben.set_address(wallet, sign=True)
    study = bench.value(task)
    first = bench.pay(study, sign=True)
    claims = bench.claims(first)

    token = deploy("TestToken")
    contract = deploy("MerkleClaims", ["address", "address"], [token.address, operator])
    token.send(operator, "mint", contract.address, 10**10)
    contract.send(operator, "setRoot", claims.view.log_size, bytes.fromhex(claims.root[2:]))
    paid = _claim_all(claims, contract, operator)
    amounts = {row.owner: int(row.amount) for row in first.payouts}
    assert paid == {ana.chain_key.address: amounts["ana"], wallet: amounts["ben"]}

    task.fund("500", sign=True)
    second = bench.pay(study, sign=True, nonce="2")
    later = bench.claims(second)
    contract.send(operator, "setRoot", later.view.log_size, bytes.fromhex(later.root[2:]))
    more = {row.owner: int(row.amount) for row in second.payouts}
    assert _claim_all(later, contract, operator) == {
        ana.chain_key.address: more["ana"], wallet: more["ben"]
    }  # fmt: skip
    with pytest.raises(RefusedError, match="NothingToClaim"):
        _claim_all(later, contract, operator)

    # Whoever holds ana's key can move what she was paid: the derived address is hers.
    key_file = tmp_path / "wallet.key"
    ana.chain_key.export(key_file)
    hers = chain.add_account(key_file.read_text().strip()).lower()
    assert hers == ana.chain_key.address
    chain.send_transaction({"from": operator, "to": hers, "value": 10**18, "gas": 21_000})
    token.send(hers, "transfer", wallet, amounts["ana"])
    assert token.read("balanceOf", hers) == more["ana"]


def test_a_terminal_exports_the_same(bench: Bench, tmp_path: Path) -> None:
    from typer.testing import CliRunner

    from workbench.cli.main import app

    assert bench.settings is not None
    home, environment = bench.settings.home, bench.settings.environment()

    def run(*words: str, status: int = 0) -> Any:
        told = ["--home", str(home), "--json"]
        done = CliRunner().invoke(app, [*words, *told], env=environment)
        assert done.exit_code == status, done.output
        return json.loads(done.stdout if status == 0 else done.stderr)

    _open(bench)
    task = bench.task("clouds").fund("1000", sign=True)
    bench.pay(bench.value(task), sign=True)
    out = tmp_path / "claims.json"
    refused = run("claims", "clouds:1", "--out", str(out), status=1)
    assert refused["next_step"].startswith("workbench identity address --sign")
    assert not out.exists()
    key = tmp_path / "ana.key"
    shown = run("identity", "address", "--as", "ana", "--export", str(key))
    assert key.exists()
    assert "sign=True" in run("identity", "address", shown["address"], status=1)["wanted"]
    named = run("identity", "address", "--as", "ana", "--sign")
    assert (named["owner"], named["address"]) == ("ana", shown["address"])
    told = run("claims", "clouds:1", "--out", str(out), "--account", named["address"])
    assert json.loads(out.read_text()) == told["dump"] == bench.claims("clouds:1").dump
    assert told["proof"] == []
    mistyped = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD"
    assert "mistyped" in run("identity", "address", mistyped, "--sign", status=1)["detail"]
