"""``claims`` and ``identity address``: payouts that a contract on a chain can pay."""

from pathlib import Path
from typing import Annotated

import typer

from workbench.cli.door import Answer, Door, Sign, verb
from workbench.cli.people import identities
from workbench.core.addresses import checksummed


def add_chain(root: typer.Typer) -> None:
    """Add the verb to the root commands."""
    verb(root, "claims")(claims)


def claims(
    door: Door,
    epoch: Annotated[str, typer.Argument(metavar="EPOCH", help="TASK:NUMBER, or its id.")],
    out: Annotated[
        Path | None, typer.Option(help="A new file for the tree, as OpenZeppelin reads it.")
    ] = None,
    account: Annotated[
        str | None, typer.Option(help="Print what the contract's claim wants for this address.")
    ] = None,
    all_tasks: Annotated[
        bool, typer.Option("--all-tasks", help="Epochs of all tasks paid before it count.")
    ] = False,
    log_size: Annotated[
        int | None, typer.Option(help="Only so many entries of the log count.")
    ] = None,
) -> Answer:
    """Export what owners may claim from a contract, as a tree."""
    found = door.bench.claims(epoch, all_tasks=all_tasks, log_size=log_size)
    wire = found.view.model_dump(mode="json")
    lines = [repr(found)]
    if account is not None:
        wire["proof"] = found.proof(account)
        amount = found.amount(account)
        lines.append(f"claim     {account}, {amount}, [{', '.join(wire['proof'])}]")
    if out is not None:
        lines.append(f"written   {found.save(out)}")
    return Answer(wire, "\n".join(lines))


@verb(identities, "address")
def address(
    door: Door,
    account: Annotated[
        str | None,
        typer.Argument(metavar="ADDRESS", help="Of your wallet; one of your key unless given."),
    ] = None,
    export: Annotated[
        Path | None, typer.Option(help="A new file for that key, as wallets import it.")
    ] = None,
    sign: Sign = False,
) -> Answer:
    """Name where your claims are paid on a chain. Without --sign, show your key's own address."""
    if sign or account is not None:
        named = door.bench.set_address(account, sign=sign)
        text = f"{named.owner} is paid at {checksummed(named.address or '')} from here on"
        return Answer(named.model_dump(mode="json"), text)
    key = door.bench.chain_key
    lines = [f"{checksummed(key.address)} belongs to your key; it is paid once you name it"]
    if export is not None:
        key.export(export)
        lines.append(f"key   {export}: whoever reads it moves what is paid there")
    lines.append("next  workbench identity address --sign; a wallet's: … address 0x… --sign")
    wire = {"address": key.address, "exported": None if export is None else str(export)}
    return Answer(wire, "\n".join(lines))
