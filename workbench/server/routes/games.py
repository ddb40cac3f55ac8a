"""Games of a person's own: their notebook evaluates, the server keeps."""

from fastapi import APIRouter

from workbench.core.wire import EvaluationRow, EvaluationsRequest, GameRequest, GameView
from workbench.server.access import HomeOf, Id
from workbench.workflows import own_games

router = APIRouter(tags=["games"])


@router.post("/games")
def open_game(home: HomeOf, request: GameRequest) -> GameView:
    """Open a game by its name, with room for players who are new."""
    return own_games.open_own_game(home, request)


@router.get("/games/{game}/evaluations")
def list_evaluations(home: HomeOf, game: Id) -> list[EvaluationRow]:
    """List the utilities that are known."""
    return own_games.list_evaluations(home, game)


@router.post("/games/{game}/evaluations", status_code=204)
def add_evaluations(home: HomeOf, game: Id, request: EvaluationsRequest) -> None:
    """Keep utilities; sent twice, they are there once."""
    own_games.add_evaluations(home, game, request.rows)
