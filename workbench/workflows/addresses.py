"""Addresses: where an owner group wants to be paid on an EVM chain."""

from typing import Any

from workbench.core.addresses import check_address
from workbench.core.envelope import Envelope
from workbench.core.errors import InvalidInputError
from workbench.core.wire import AddressView
from workbench.ledger.claims import NamedAddress
from workbench.storage import record
from workbench.storage.database import Transaction
from workbench.workflows.home import Home
from workbench.workflows.join import signer

# No log is longer.
_ALL = 2**62


def set_address(home: Home, envelope_json: dict[str, Any]) -> AddressView:
    """Record where the signer's owner group is paid from here on.

    Raises
    ------
    InvalidInputError
        It is no address in lower case.
    ForbiddenError
        The key is not registered.
    """
    envelope = Envelope.from_json(envelope_json).verify(kind="address")
    address = _address(envelope.body)
    owner = signer(home, envelope).owner

    def write(tx: Transaction) -> AddressView:
        named = tx.execute("named_addresses", {"log_size": _ALL, "owner": owner})
        if not named or named[-1]["address"] != address:
            record.append(tx, envelope)
        return AddressView(owner=owner, address=address)

    return home.database.write(write)


def named_addresses(home: Home, log_size: int) -> list[NamedAddress]:
    """Return the addresses that owners have named in so much of the log, oldest first."""
    rows = home.database.read("named_addresses", {"log_size": log_size, "owner": None})
    return [NamedAddress(**row) for row in rows]


def _address(body: dict[str, Any]) -> str:
    match body:
        case {"address": str(text), "nonce": str(), **rest} if not rest:
            if text != text.lower():
                raise InvalidInputError(
                    f"the address {text[:80]!r} has capitals", wanted="lower case in a record"
                )
            return check_address(text)
    raise InvalidInputError("the body of an address is wrong", wanted='{"address", "nonce"}')
