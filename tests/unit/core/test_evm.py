"""Addresses and keys of EVM chains, by published vectors and by a second library."""

import builtins
import stat
from pathlib import Path
from typing import Any

import pytest
from eth_keys import keys

from workbench.core.addresses import check_address, checksummed
from workbench.core.errors import ConflictError, InvalidInputError, MissingExtraError
from workbench.core.evm import EvmKey, keccak_256

# EIP-55, test cases.
EIP_55 = [
    "0x52908400098527886E0F7030069857D2E4169EE7",
    "0x8617E340B3D01FA5F11F306F4090FD50E238070D",
    "0xde709f2102306220921060314715629080e2fb77",
    "0x27b1fdb04752bbc536007a920d24acb045561c26",
    "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
    "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
    "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
    "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
]
SEEDS = [bytes(32), bytes(range(32)), b"\xff" * 32]


@pytest.mark.parametrize("address", EIP_55)
def test_checksums_are_those_of_eip_55(address: str) -> None:
    assert checksummed(address.lower()) == address
    assert check_address(address) == address.lower()


@pytest.mark.parametrize("address", EIP_55[4:])
def test_a_mistyped_address_is_refused(address: str) -> None:
    swapped = address[:2] + address[2:].swapcase()
    with pytest.raises(InvalidInputError, match="mistyped"):
        check_address(swapped)


@pytest.mark.parametrize(
    "text",
    [
        "", "0x", "5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "0x" + "g" * 40, "0x" + "1" * 39,
        "0x" + "1" * 41, "0X" + "1" * 40, "0x" + "１" * 40, "0x" + "0" * 40, "ana.eth",
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(InvalidInputError, match=r"address"):
        check_address(text)


@pytest.mark.parametrize("seed", SEEDS)
def test_an_address_is_that_of_the_derived_key(seed: bytes) -> None:
    key = EvmKey.derived(seed)
    second_opinion = keys.PrivateKey(key.secret.to_bytes(32, "big"))
    assert key.address == second_opinion.public_key.to_address()


def test_a_derived_key_never_changes() -> None:
    """Another one would leave behind what the first was paid."""
    assert EvmKey.derived(bytes(range(32))).address == PINNED
    assert len({EvmKey.derived(seed).address for seed in SEEDS}) == len(SEEDS)


PINNED = "0x4a713c930a05c714119e03e3936468350dca0c4c"


def test_a_key_is_exported_once_and_to_its_owner_alone(tmp_path: Path) -> None:
    key, path = EvmKey.derived(SEEDS[1]), tmp_path / "wallet.key"
    key.export(path)
    assert int(path.read_text(), 16) == key.secret
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(ConflictError, match="exists"):
        EvmKey.derived(SEEDS[2]).export(path)
    assert int(path.read_text(), 16) == key.secret


def test_a_key_does_not_print_itself() -> None:
    key = EvmKey.derived(SEEDS[1])
    assert key.address in repr(key)
    assert f"{key.secret:x}" not in repr(key)
    assert str(key.secret) not in repr(key)


def test_without_the_extra_the_next_step_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    imported = builtins.__import__

    def no_eth_hash(name: str, *rest: Any, **named: Any) -> Any:
        if name.startswith("eth_hash"):
            raise ModuleNotFoundError(name)
        return imported(name, *rest, **named)

    monkeypatch.setattr(builtins, "__import__", no_eth_hash)
    with pytest.raises(MissingExtraError, match=r"merit-workbench\[chain\]"):
        keccak_256()
