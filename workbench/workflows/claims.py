"""Claims: payouts up to an epoch as a tree that a contract on a chain pays by."""

from typing import Any

from workbench.core.errors import InvalidInputError
from workbench.core.evm import keccak_256
from workbench.core.wire import ClaimRow, ClaimsView
from workbench.ledger.claims import ClaimTree, NamedAddress, Payout, by_address, claims_of
from workbench.workflows.home import Home
from workbench.workflows.pay import find_paid

Row = dict[str, Any]


def export_claims(
    home: Home, epoch_name: str, *, all_tasks: bool = False, log_size: int | None = None
) -> ClaimsView:
    """Return what every owner may claim in all, up to an epoch and with it.

    The same epoch and size of the log give the same root in each home that has the log, today
    and later: payouts and addresses past that size do not count.

    Parameters
    ----------
    epoch_name : the epoch's id or the beginning of it, or ``TASK:NUMBER``.
    all_tasks : whether epochs of all tasks count that were paid before it, not only its task's.
    log_size : how many entries of the log count; all that there are unless given.

    Raises
    ------
    NotFoundError
        There is no such epoch.
    InvalidInputError
        The log is not that long, or not yet long enough to hold the epoch.
    MissingExtraError
        The extra ``chain`` is not installed.
    """
    keccak = keccak_256()
    _, identity = find_paid(home, epoch_name, ("epoch",))
    [epoch] = home.database.read("epoch_by_id", {"id": identity})
    size = _log_size(home, log_size)
    paid = _payouts(home, epoch, size, all_tasks=all_tasks)
    payouts = [Payout(row["seq"], row["owner"], row["amount"]) for row in paid]
    named = [
        NamedAddress(**row) for row in home.database.read("named_addresses", {"log_size": size})
    ]
    claims = claims_of(payouts, named)
    amounts = by_address(claims)
    tree = ClaimTree.of(amounts, keccak) if amounts else None
    claimable = sum(amounts.values())
    return ClaimsView(
        epoch=identity,
        task=epoch["task"],
        number=epoch["number"],
        all_tasks=all_tasks,
        n_epochs=len({row["epoch"] for row in paid}),
        log_size=size,
        rows=[
            ClaimRow(owner=owner, address=address, amount=str(amount))
            for (owner, address), amount in sorted(
                claims.items(), key=lambda one: (one[0][0], one[0][1] or "")
            )
        ],
        claimable=str(claimable),
        waiting=str(sum(claims.values()) - claimable),
        root=tree and tree.root,
        dump=tree and tree.dump(),
    )


def _log_size(home: Home, asked: int | None) -> int:
    [row] = home.database.read("log_size")
    size: int = row["log_size"]
    if asked is not None and not 0 < asked <= size:
        raise InvalidInputError(
            f"the log has {size} entries, and {asked} were asked for",
            wanted=f"a size from 1 to {size}",
        )
    return asked or size


def _payouts(home: Home, epoch: Row, size: int, *, all_tasks: bool) -> list[Row]:
    asked = {"epoch": epoch["id"], "task": epoch["task"], "number": epoch["number"]}
    rows = home.database.read("payouts_until", asked | {"log_size": size, "all_tasks": all_tasks})
    if epoch["id"] not in {row["epoch"] for row in rows}:
        raise InvalidInputError(
            f"the first {size} entries of the log do not pay {epoch['task']}:{epoch['number']}",
            wanted="an epoch whose payouts are in so much of the log",
            next_step="wait until it is paid, name an earlier epoch, or leave the size out",
        )
    return rows
