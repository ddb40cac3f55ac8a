"""What both kinds of studies can draw: values, convergence, marginal contributions, rows."""

from abc import abstractmethod
from typing import TYPE_CHECKING

from workbench.core.errors import InvalidInputError

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from workbench.valuation.values import Values

    Look = tuple[int, NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]


class Pictured:
    """Pictures of a study; each takes ``axes`` to draw on and returns them."""

    @property
    @abstractmethod
    def players(self) -> list[str]:
        """Their names, in the order of ``result``."""

    @property
    @abstractmethod
    def result(self) -> "Values":
        """Values, errors, intervals and ranks as arrays, in the order of ``players``."""

    @property
    @abstractmethod
    def sizes(self) -> list[int]:
        """Rows of each player."""

    @property
    @abstractmethod
    def looks(self) -> "list[Look]":
        """How values, low and high ends stood after so many evaluations."""

    @property
    @abstractmethod
    def evaluated(self) -> "tuple[NDArray[np.bool_], NDArray[np.float64]]":
        """Coalitions (n_evaluations, n_players) that the values rest on, and their utilities."""

    def plot(self, axes: "Axes | None" = None) -> "Axes":
        """Draw values with their intervals, best on top."""
        return self.result.plot(axes, self.players)

    def plot_convergence(self, axes: "Axes | None" = None) -> "Axes":
        """Draw how values and intervals moved as evaluations came in."""
        from workbench.valuation.pictures import plot_convergence

        return plot_convergence(self.looks, players=self.players, axes=axes)

    def plot_marginals(self, player: str, axes: "Axes | None" = None) -> "Axes":
        """Draw what a player added to coalitions, by how many others were there.

        Raises
        ------
        InvalidInputError
            Nobody has this name.
        """
        from workbench.valuation.pictures import plot_marginals

        if player not in self.players:
            raise InvalidInputError(
                f"nobody is called {player[:80]!r}", wanted=f"one of {', '.join(self.players)}"
            )
        position = self.players.index(player)
        return plot_marginals(*self.evaluated, position, name=player, axes=axes)

    def plot_against_rows(self, axes: "Axes | None" = None) -> "Axes":
        """Draw each player's value against how many rows it brought."""
        from workbench.valuation.pictures import plot_against_rows

        return plot_against_rows(self.result, self.sizes, players=self.players, axes=axes)

    def plot_lattice(self, axes: "Axes | None" = None) -> "Axes":
        """Draw all coalitions of a few players, and what each step between them adds."""
        from workbench.valuation.pictures import plot_lattice

        return plot_lattice(*self.evaluated, players=self.players, axes=axes)
