"""A utility whose answers the server keeps under a name."""

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from workbench.client.connection import Api
from workbench.client.grouped import OwnGame
from workbench.client.progress import Meter
from workbench.core.errors import InvalidInputError
from workbench.core.wire import EvaluationRow, EvaluationsRequest, GameRequest, GameView

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_SECONDS_AT_ONCE: Final = 1.0
"""Of work are lost at most when the process dies: utilities are kept about so often."""


class KeptUtility:
    """A utility whose answers the server keeps under a name, a second's worth at a time.

    Parameters
    ----------
    api : the way to the server.
    game : whose utility it is.
    name : under which the server keeps it; ``None`` for nowhere.
    meter : shows how many coalitions were asked for.
    budget : coalitions that will be asked for at most.

    Attributes
    ----------
    game_id : the server's id of the game, which SQL knows too; ``None`` without a name.
    """

    def __init__(
        self, api: Api, game: OwnGame, name: str | None, meter: Meter, budget: int
    ) -> None:
        self._api = api
        self._utility = game.utility
        self._meter = meter
        self._budget = budget
        self._asked: dict[int, None] = {}
        self._at_once = 1
        self._known: dict[int, float] = {}
        self.game_id: str | None = None
        self._bits = [1 << k for k in range(len(game.players))]
        if name is not None:
            request = GameRequest(name=name, setting_sha256=game.setting, players=game.players)
            view = api.post(GameView, "games", body=request)
            self.game_id = view.id
            self._bits = [1 << position for position in view.positions]
            rows = api.get_all(EvaluationRow, "games", view.id, "evaluations")
            self._known = {int(row.coalition, 16): row.utility for row in rows}

    def __call__(self, coalitions: "NDArray[np.bool_]") -> "NDArray[np.float64]":
        """Return the utilities of coalitions, asking only for those that nobody knows."""
        import numpy as np

        masks = [
            sum(bit for bit, there in zip(self._bits, row, strict=True) if there)
            for row in coalitions
        ]
        new = [k for k, mask in enumerate(masks) if mask not in self._known]
        while new:
            some, new = new[: self._at_once], new[self._at_once :]
            started = time.perf_counter()
            answer = np.asarray(self._utility(coalitions[some]))
            seconds = time.perf_counter() - started
            if not _is_right(answer, len(some)):
                if len(masks) == 1:
                    return answer
                # `Game` asks one by one then, and says what is wrong with which coalition.
                raise InvalidInputError("a utility of several coalitions is not usable")
            self._keep([masks[k] for k in some], answer.tolist(), seconds / len(some))
            self._at_once = _more_or_less(self._at_once, seconds)
        self._asked |= dict.fromkeys(masks)
        n_asked = len(self._asked)
        self._meter.update("asking for utilities", n_asked, max(self._budget, n_asked))
        return np.array([self._known[mask] for mask in masks])

    def evaluated(self) -> "tuple[NDArray[np.bool_], NDArray[np.float64]]":
        """Return the coalitions that were asked for, in order, and their utilities."""
        import numpy as np

        member = [[bool(mask & bit) for bit in self._bits] for mask in self._asked]
        return np.array(member), np.array([self._known[mask] for mask in self._asked])

    def _keep(self, masks: list[int], utilities: Sequence[float], seconds: float) -> None:
        self._known |= dict(zip(masks, map(float, utilities), strict=True))
        if self.game_id is not None:
            rows = [
                EvaluationRow(coalition=f"{mask:x}", utility=utility, seconds=seconds)
                for mask, utility in zip(masks, utilities, strict=True)
            ]
            self._api.send("games", self.game_id, "evaluations", body=EvaluationsRequest(rows=rows))


def _is_right(answer: "NDArray[Any]", n_coalitions: int) -> bool:
    import numpy as np

    return (
        answer.shape == (n_coalitions,)
        and answer.dtype.kind in "fiub"
        and bool(np.isfinite(answer).all())
    )


def _more_or_less(at_once: int, seconds: float) -> int:
    """Return how many coalitions to ask at once, so that asking takes about a second."""
    if seconds > _SECONDS_AT_ONCE:
        return max(1, at_once // 2)
    return min(1_000, 2 * at_once) if seconds < _SECONDS_AT_ONCE / 2 else at_once
