"""An amount set aside, and what became of it."""

from typing import TYPE_CHECKING

from workbench.client.contribution import require_sign
from workbench.client.display import Column, Shown, Table
from workbench.core.credits import format_credits
from workbench.core.wire import HoldView

if TYPE_CHECKING:
    from workbench.client.ledger import Ledger


class Hold(Shown):
    """An amount that one owner group set aside for another.

    Parameters
    ----------
    bench : the way to the server.
    view : the hold as it was last seen.
    """

    def __init__(self, bench: "Ledger", view: HoldView) -> None:
        self._bench = bench
        self.view = view

    @property
    def id(self) -> str:
        """The content id of the record that opened it."""
        return self.view.id

    @property
    def amount(self) -> int:
        """What was set aside, in µcr."""
        return int(self.view.amount)

    @property
    def settled(self) -> int:
        """What the payee got, in µcr."""
        return int(self.view.settled)

    @property
    def state(self) -> str:
        """``"held"``, ``"settled"``, ``"void"`` or ``"expired"``, as last seen."""
        return self.view.state

    def settle(self, amount: str | None = None, *, sign: bool = False) -> "Hold":
        """Take what is held, or less; the rest goes back to the payer. The payee signs.

        Parameters
        ----------
        amount : credits as text; all that is held unless given.
        sign : must be True: this moves money.
        """
        return self._bench.settle(self, amount, sign=sign)

    def void(self, *, sign: bool = False) -> "Hold":
        """Give all that is held back to the payer. The payee signs."""
        require_sign("void", f"gives {format_credits(self.amount)} credits back", sign=sign)
        return self._bench.void(self, sign=sign)

    def _table(self) -> Table:
        view = self.view
        rows = [
            ["from", view.payer],
            ["for", view.payee],
            ["amount", f"{format_credits(self.amount)} credits"],
            ["settled", f"{format_credits(self.settled)} credits"],
            ["expires", f"{view.expires_at:%Y-%m-%d %H:%M:%S %Z}"],
        ]
        return Table(f"Hold {self.id}: {self.state}", [Column(""), Column("")], rows)
