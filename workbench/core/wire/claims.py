"""What a contract on a chain may pay, and where owners want it."""

from workbench.core.wire.message import JsonObject, Wire


class ClaimRow(Wire):
    """What an owner group may claim in all at an address; without one it waits."""

    owner: str
    address: str | None
    amount: str


class ClaimsView(Wire):
    """Payouts up to an epoch as a tree, as the log of this size tells them.

    ``dump`` is what OpenZeppelin's ``StandardMerkleTree.load`` reads; without any address there
    is no tree.
    """

    epoch: str
    task: str
    number: int
    all_tasks: bool
    n_epochs: int
    log_size: int
    rows: list[ClaimRow]
    claimable: str
    waiting: str
    root: str | None
    dump: JsonObject | None
