"""Coalitions as recipes see them: players, their rows, bitmasks."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, field_validator

from workbench.core.errors import InvalidInputError
from workbench.core.seeds import derive_seed
from workbench.training.parameters import Parameters


class Player(Parameters):
    """An owner group: a bit's place in the masks, and the names of the inputs it owns."""

    position: int = Field(ge=0, lt=1_024)
    owner: str
    rows: list[str] = Field(min_length=1)


class CoalitionParameters(Parameters):
    """Which coalitions to evaluate.

    Attributes
    ----------
    players : positions differ.
    coalitions : bitmasks as decimal strings; bit ``position`` says whether a player is in.
    replicate : tells repeated trainings of one coalition apart.
    n_blocks : interleaved parts of the hidden test that get a utility each.
    """

    players: list[Player] = Field(min_length=1, max_length=1_024)
    coalitions: list[Annotated[str, Field(pattern=r"^(0|[1-9][0-9]{0,308})$")]]
    replicate: int = Field(default=0, ge=0)
    n_blocks: int = Field(default=8, ge=1, le=256)

    @field_validator("players")
    @classmethod
    def _positions_differ(cls, players: list[Player]) -> list[Player]:
        if len({player.position for player in players}) < len(players):
            raise ValueError("two players have one position")
        return players

    def checked(self, inputs: Mapping[str, Path]) -> None:
        """Refuse coalitions and rows that nobody has.

        Raises
        ------
        InvalidInputError
            A mask has a bit of no player, or a player's rows are no input of the job.
        """
        everybody = sum(1 << player.position for player in self.players)
        strangers = [text for text in self.coalitions if int(text) & ~everybody]
        if strangers:
            raise InvalidInputError(
                f"coalition {strangers[0]} has a member who is no player",
                wanted=f"masks within {everybody}, the coalition of all",
                coalitions=strangers[:20],
            )
        missing = sorted({n for player in self.players for n in player.rows} - inputs.keys())
        if missing:
            raise InvalidInputError(
                f"the players' rows {', '.join(missing)} are not among the job's inputs",
                wanted="an input for each of the players' rows",
            )

    def seed(self, job_seed: int, coalition: str) -> int:
        """Return the seed of a coalition's training, whatever ran before it and where."""
        return derive_seed(str(job_seed), coalition, self.replicate)

    def member_inputs(self, coalition: str, digests: Mapping[str, str]) -> list[str]:
        """Return the digests of a coalition's rows in the one order that everybody uses.

        By position, then by content: the order in which a player's inputs are listed, and
        their names, do not matter.
        """
        mask = int(coalition)
        members = sorted(
            (player for player in self.players if mask >> player.position & 1),
            key=lambda player: player.position,
        )
        return [
            digest
            for player in members
            for digest in sorted({digests[name] for name in player.rows})
        ]


def evaluation(
    coalition: str, replicate: int, seed: int, utility: float, blocks: Sequence[float]
) -> dict[str, Any]:
    """Return what is told and kept of one evaluation; the seed as a string, for JSON."""
    return {
        "coalition": coalition,
        "replicate": replicate,
        "seed": str(seed),
        "utility": utility,
        "block_utilities": list(blocks),
    }
