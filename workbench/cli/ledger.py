"""Credits that move: ``transfer``, ``statement``, ``balances``, ``hold``, ``treasury``."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final

import typer

from workbench.cli.door import Answer, Door, Sign, verb
from workbench.cli.tables import frame_table
from workbench.client.approvals import waiting
from workbench.client.hold import Hold
from workbench.client.statement import Statement
from workbench.core.credits import format_credits
from workbench.core.errors import InvalidInputError
from workbench.core.wire import TreasuryView

holds = typer.Typer(help="Credits set aside for somebody.", no_args_is_help=True)
treasury = typer.Typer(help="Credits that come out of the treasury.", no_args_is_help=True)

_Owner = Annotated[str, typer.Argument(metavar="OWNER", help="The owner group.")]
_Credits = Annotated[str, typer.Argument(metavar="CREDITS", help='Such as "1000" or "12.5".')]
_HoldId = Annotated[str, typer.Argument(metavar="HOLD", help="The hold's id.")]
_FORMATS: Final[dict[str, Callable[[Statement], str]]] = {
    "table": repr,
    "csv": Statement.csv,
    "beancount": Statement.beancount,
}
_Nonce = Annotated[
    str | None, typer.Option(help="The same nonce again moves nothing; random unless given.")
]


def add_ledger(root: typer.Typer) -> None:
    """Add the verbs and nouns to the root commands."""
    verb(root, "transfer")(transfer)
    verb(root, "statement")(statement)
    verb(root, "balances")(balances)
    verb(root, "inbox")(inbox)
    root.add_typer(holds, name="hold")
    root.add_typer(treasury, name="treasury")


def transfer(
    door: Door, owner: _Owner, amount: _Credits, sign: Sign = False, nonce: _Nonce = None
) -> Answer:
    """Give another owner group some of what yours has."""
    entry = door.bench.transfer(owner, amount, sign=sign, nonce=nonce)
    [moved] = entry.postings
    text = f"✓ {moved.destination} got {format_credits(int(moved.amount))} credits"
    return Answer(entry.model_dump(mode="json"), f"{text}, entry {entry.seq}")


def statement(
    door: Door,
    owner: Annotated[
        str | None, typer.Argument(metavar="OWNER", help="The one you sign for unless given.")
    ] = None,
    since: Annotated[str | None, typer.Option(help="A day or an instant, UTC.")] = None,
    until: Annotated[str | None, typer.Option(help="Up to before it.")] = None,
    form: Annotated[str, typer.Option("--format", help="table, csv or beancount.")] = "table",
) -> Answer:
    """Show what came to an owner group and went from it."""
    if form not in _FORMATS:
        raise InvalidInputError(
            f"the format is {form[:80]!r}", wanted=f"one of {', '.join(_FORMATS)}"
        )
    found = door.bench.statement(owner, _instant(since), _instant(until))
    text = _FORMATS[form](found).removesuffix("\n")
    return Answer(found.view.model_dump(mode="json"), text, status=int(not found.adds_up))


def balances(
    door: Door,
    at: Annotated[
        str | None, typer.Option(help="A day or an instant, UTC, or a size of the log.")
    ] = None,
) -> Answer:
    """Show what accounts hold, or held at a moment of the past."""
    moment = int(at) if at and at.isascii() and at.isdigit() else _instant(at)
    frame = door.bench.balances(moment)
    rows = [{"account": row.account, "amount": str(row.amount)} for row in frame.itertuples()]
    return Answer(rows, frame_table(frame[["account", "amount_credits"]], "nothing has moved yet"))


def inbox(
    door: Door,
    since: Annotated[
        str | None, typer.Option(help="A day or an instant, UTC: what is new after it.")
    ] = None,
) -> Answer:
    """Show what waits for you, what you earned, your contributions."""
    found = door.bench.inbox(_instant(since))
    return Answer(found.view.model_dump(mode="json"), repr(found))


@verb(holds, "open")
def open_hold(
    door: Door,
    owner: _Owner,
    amount: _Credits,
    hours: Annotated[float, typer.Option(help="When it comes back by itself.")] = 24.0,
    sign: Sign = False,
    nonce: _Nonce = None,
) -> Answer:
    """Set some of what your owner group has aside for another."""
    expires = timedelta(hours=hours)
    return _held(door.bench.hold(owner, amount, expires=expires, sign=sign, nonce=nonce))


@verb(holds, "settle")
def settle(
    door: Door,
    hold: _HoldId,
    amount: Annotated[
        str | None, typer.Argument(metavar="CREDITS", help="All that is held unless given.")
    ] = None,
    sign: Sign = False,
) -> Answer:
    """Take what is held for your owner group, or less; the rest goes back."""
    return _held(door.bench.settle(hold, amount, sign=sign))


@verb(holds, "void")
def void(door: Door, hold: _HoldId, sign: Sign = False) -> Answer:
    """Give what is held for your owner group back."""
    return _held(door.bench.void(hold, sign=sign))


@verb(holds, "show")
def show_hold(door: Door, hold: _HoldId) -> Answer:
    """Show one hold."""
    return _held(door.bench.get_hold(hold))


@verb(holds, "list")
def list_holds(
    door: Door, owner: Annotated[str | None, typer.Option(help="On either side.")] = None
) -> Answer:
    """List holds."""
    frame = door.bench.holds(owner)
    shown = frame[["id", "payer", "payee", "amount_credits", "settled_credits", "state"]]
    rows = frame.astype(str).to_dict("records")
    return Answer(rows, frame_table(shown, "nothing was ever held"))


@verb(treasury, "grant")
def grant(
    door: Door, owner: _Owner, amount: _Credits, sign: Sign = False, nonce: _Nonce = None
) -> Answer:
    """Give an owner group credits; above the limit, propose to."""
    return _moved(door.bench.grant(owner, amount, sign=sign, nonce=nonce))


@verb(treasury, "approve")
def approve(
    door: Door,
    id: Annotated[str, typer.Argument(metavar="ID", help="Of what was proposed.")],
    sign: Sign = False,
) -> Answer:
    """Execute what another treasurer proposed."""
    return _moved(door.bench.approve(id, sign=sign))


@verb(treasury, "list")
def list_treasury(door: Door) -> Answer:
    """List what needed two people."""
    frame = door.bench.treasury()
    columns = ["id", "kind", "destination", "amount_credits", "state", "proposed_by"]
    rows = frame.astype(str).to_dict("records")
    table = frame_table(frame[[*columns, "approved_by"]], "nothing needed two people")
    return Answer(rows, "\n".join([table, *waiting(door.bench.api)]))


def _held(hold: Hold) -> Answer:
    return Answer(hold.view.model_dump(mode="json"), repr(hold))


def _moved(view: TreasuryView) -> Answer:
    amount = f"{format_credits(int(view.amount))} credits to {view.destination}"
    if view.state == "executed":
        text = f"✓ {amount}"
    else:
        text = f"{amount} wait for a second treasurer: workbench treasury approve {view.id} --sign"
    return Answer(view.model_dump(mode="json"), text)


def _instant(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidInputError(
            f"{text[:80]!r} is no day and no instant",
            wanted='such as "2026-12-01" or "2026-12-01T12:00Z"',
        ) from None
    return instant if instant.utcoffset() is not None else instant.replace(tzinfo=UTC)
