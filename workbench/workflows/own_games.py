"""Games of a person's own: the utilities come from their notebook, and nothing is paid by them."""

from collections.abc import Sequence

from workbench.core.canonical import canonical_bytes, content_id
from workbench.core.errors import InvalidInputError, NotFoundError, TooLargeError
from workbench.core.wire import EvaluationRow, GameRequest, GameView
from workbench.storage.coalitions import MAX_POSITIONS, coalition_of, words_of
from workbench.storage.database import Transaction
from workbench.workflows.home import Home


def open_own_game(home: Home, request: GameRequest) -> GameView:
    """Record a game under a name, or find it, with room for players who are new.

    Raises
    ------
    InvalidInputError
        A player is named twice.
    TooLargeError
        More players have met in this game than a coalition has bits.
    """
    names = [player.name for player in request.players]
    if len(set(names)) < len(names):
        raise InvalidInputError("a player is named twice", wanted="distinct names")
    spec = {"kind": "own", "name": request.name, "setting": request.setting_sha256}
    game = content_id(spec)

    def write(tx: Transaction) -> list[int]:
        text = canonical_bytes(spec).decode()
        tx.execute("insert_game", {"id": game, "task": None, "spec": text, "now": tx.now})
        rows = tx.execute("players_of_game", {"game": game})
        positions = {(row["owner"], row["rows_sha256"]): row["position"] for row in rows}
        for player in request.players:
            key = player.name, player.rows_sha256
            if key in positions:
                continue
            if len(positions) >= MAX_POSITIONS:
                raise TooLargeError(
                    f"{len(positions)} players have met in the game {request.name!r}",
                    wanted=f"at most {MAX_POSITIONS} in one game",
                    next_step="give the new game another name",
                )
            positions[key] = len(positions)
            row = {"game": game, "position": positions[key], "owner": player.name}
            row |= {"rows_sha256": player.rows_sha256, "n_rows": player.n_rows}
            tx.execute("insert_player", row)
        return [positions[player.name, player.rows_sha256] for player in request.players]

    return GameView(id=game, positions=home.database.write(write))


def list_evaluations(home: Home, game: str) -> list[EvaluationRow]:
    """Return all utilities of a person's own game.

    Raises
    ------
    NotFoundError
        There is no such game, or a task's workers evaluate it.
    """
    _check_own(home, game)
    rows = home.database.read("evaluations_of_game", {"game": game})
    return [
        EvaluationRow(coalition=row["coalition"], utility=row["utility"], seconds=row["seconds"])
        for row in rows
    ]


def add_evaluations(home: Home, game: str, rows: Sequence[EvaluationRow]) -> None:
    """Keep utilities; what is there already stays as it was told first.

    Raises
    ------
    NotFoundError
        There is no such game, or a task's workers evaluate it.
    InvalidInputError
        A coalition has a member who is no player.
    """
    _check_own(home, game)

    def write(tx: Transaction) -> None:
        n_players = len(tx.execute("players_of_game", {"game": game}))
        for row in rows:
            coalition = coalition_of(row.coalition)
            if coalition >> n_players:
                raise InvalidInputError(
                    f"coalition {row.coalition} has a member who is no player",
                    wanted=f"bits of the {n_players} players",
                )
            tx.execute(
                "insert_evaluation",
                {
                    "game": game,
                    "coalition": row.coalition,
                    "words": words_of(coalition),
                    "replicate": 0,
                    "utility": row.utility,
                    "block_utilities": [],
                    "seed": "0",
                    "job": "",
                    "seconds": row.seconds,
                    "now": tx.now,
                },
            )

    home.database.write(write)


def _check_own(home: Home, game: str) -> None:
    rows = home.database.read("own_game", {"id": game})
    if not rows:
        raise NotFoundError(
            f"no game of your own has the id {game[:80]!r}", next_step="open it: POST /games"
        )
