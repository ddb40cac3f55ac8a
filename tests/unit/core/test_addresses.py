"""EIP-55's own examples."""

import pytest

from workbench.core.addresses import check_address, checksummed
from workbench.core.errors import InvalidInputError

EXAMPLES = [
    "0x52908400098527886E0F7030069857D2E4169EE7",
    "0x8617E340B3D01FA5F11F306F4090FD50E238070D",
    "0xde709f2102306220921060314715629080e2fb77",
    "0x27b1fdb04752bbc536007a920d24acb045561c26",
    "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
    "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
    "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
    "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
]


@pytest.mark.parametrize("address", EXAMPLES)
def test_checksums_are_those_of_the_standard(address: str) -> None:
    assert checksummed(address.lower()) == address
    assert check_address(address) == address.lower()


def test_capitals_that_are_no_checksum_are_a_mistyped_address() -> None:
    with pytest.raises(InvalidInputError, match="checksum"):
        check_address("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAee")


def test_an_address_without_a_checksum_is_taken() -> None:
    address = EXAMPLES[4]
    assert check_address(address.lower()) == address.lower()
    assert check_address("0x" + address[2:].upper()) == address.lower()


@pytest.mark.parametrize(
    "text", ["", "0x", "0x" + "g" * 40, "ab" * 20, "0x" + "a" * 41, "0X" + "a" * 40]
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(InvalidInputError, match="no address"):
        check_address(text)


def test_the_zero_address_is_nobodys() -> None:
    with pytest.raises(InvalidInputError, match="nobody"):
        check_address("0x" + "0" * 40)
