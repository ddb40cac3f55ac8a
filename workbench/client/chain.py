"""The part of ``Bench`` that lets a contract on an EVM chain pay what was earned."""

import uuid
from typing import TYPE_CHECKING, Any

from workbench.client.claims import Claims
from workbench.client.connection import Api, join
from workbench.client.contribution import require_sign
from workbench.client.epoch import Epoch
from workbench.core.addresses import check_address
from workbench.core.evm import EvmKey
from workbench.core.keys import PrivateKey
from workbench.core.wire import ClaimsView, PrincipalView, SignedRequest


class Chain:
    """What ``Bench`` does for chains; it sends nothing to one.

    Attributes
    ----------
    api : the way to the server.
    """

    api: Api

    if TYPE_CHECKING:

        @property
        def identity(self) -> PrivateKey:
            """The key that signs."""
            ...

        def sign(self, kind: str, body: dict[str, Any]) -> SignedRequest:
            """Return a signed record."""
            ...

    @property
    def chain_key(self) -> EvmKey:
        """The secp256k1 key that belongs to the identity's; the server never sees it."""
        return EvmKey.derived(self.identity.seed)

    def set_address(self, address: str | None = None, *, sign: bool = False) -> PrincipalView:
        """Name where the identity's owner group is paid on a chain from here on.

        Parameters
        ----------
        address : of a wallet; that of ``chain_key`` unless given.
        sign : must be True: whoever has that address's key gets the money.

        Raises
        ------
        InvalidInputError
            It is no address, or mistyped.
        MissingExtraError
            The extra ``chain`` is not installed.
        """
        chosen = self.chain_key.address if address is None else check_address(address)
        require_sign("set_address", f"has your claims paid to {chosen}", sign=sign)
        body = {"address": chosen, "nonce": uuid.uuid4().hex}
        return self.api.post(
            PrincipalView, "principals", "addresses", body=self.sign("address", body)
        )

    def claims(
        self, epoch: Epoch | str, *, all_tasks: bool = False, log_size: int | None = None
    ) -> Claims:
        """Return what every owner may claim in all, up to an epoch and with it.

        Parameters
        ----------
        epoch : an epoch, its id or the beginning of it, or ``TASK:NUMBER``.
        all_tasks : whether epochs of all tasks count that were paid before it.
        log_size : how many entries of the log count; all unless given. The same epoch and size
            give the same root in every mirror.

        Raises
        ------
        NotFoundError
            There is no such epoch.
        InvalidInputError
            So much of the log there is not, or the epoch is not in it.
        MissingExtraError
            The extra ``chain`` is not installed.
        """
        name = epoch if isinstance(epoch, str) else epoch.id
        asked: dict[str, int | bool] = {"all_tasks": all_tasks}
        asked |= {} if log_size is None else {"log_size": log_size}
        path = join("epochs", name, "claims")
        found = self.api.connection.request("GET", path, params=asked).json()
        return Claims(ClaimsView.model_validate(found))
