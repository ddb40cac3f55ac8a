"""The parts of a game that somebody wrote: names, utilities, sizes and groups, checked."""

import json
import math
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from workbench.core.errors import InvalidInputError
from workbench.valuation.game import MAX_PLAYERS

WANTED: Final = '{"players": ["a", "b"], "utilities": {"": 0, "a": 1, "b": 1, "a,b": 3}}'

_LONGEST: Final = 80


class Row(NamedTuple):
    """One coalition of a file.

    Attributes
    ----------
    place : where it is, as an error says it: ``line 3``, or the coalition as it is written.
    names : its members.
    utility : a float where the file has a number.
    """

    place: str
    names: list[str]
    utility: object


def check_players(names: object) -> tuple[str, ...]:
    """Return players' names, 1 to 1,024 of them, distinct, each without commas."""
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise InvalidInputError(
            "players is no list of names", wanted=WANTED, next_step="list the players' names"
        )
    if not 1 <= len(names) <= MAX_PLAYERS:
        raise InvalidInputError(
            f"{len(names)} players take part",
            wanted=f"1 to {MAX_PLAYERS}",
            next_step="merge players into groups" if names else "name the players",
        )
    for name in names:
        if not _is_name(name):
            raise InvalidInputError(
                f"a player is called {shown(name)}",
                wanted="a name without commas, control characters and outer spaces",
                next_step="rename the player",
            )
    if len(set(names)) < len(names):
        raise InvalidInputError(
            f"player {shown(twice_in(names))} is listed twice",
            wanted="each player once",
            next_step="rename or remove one of them",
        )
    return tuple(names)


def utilities_of(players: tuple[str, ...], rows: Iterable[Row]) -> dict[bytes, float]:
    """Return utilities by the bit mask of their coalition, in little-endian bytes.

    Raises
    ------
    InvalidInputError
        A coalition occurs twice, names a stranger or has no finite utility, or the empty or
        the full one is not there.
    """
    bits = {name: 1 << i for i, name in enumerate(players)}
    n_bytes = (len(players) + 7) // 8
    utilities: dict[bytes, float] = {}
    places: dict[bytes, str] = {}
    for place, names, utility in rows:
        key = _mask(place, names, bits).to_bytes(n_bytes, "little")
        if key in utilities:
            raise InvalidInputError(
                f"{places[key]} and {place} are the same coalition {{{', '.join(names)}}}",
                wanted="each coalition once, in any order of its players",
                next_step="remove one of them",
            )
        if not isinstance(utility, float) or not math.isfinite(utility):
            raise InvalidInputError(
                f"the utility of coalition {{{', '.join(names)}}} is {shown(utility)}",
                wanted="a finite number",
                next_step=f"correct {place}",
                coalition=names,
            )
        utilities[key], places[key] = utility, place
    everybody = (1 << len(players)) - 1
    for which, mask, members in (("empty", 0, '""'), ("full", everybody, "all players")):
        if mask.to_bytes(n_bytes, "little") not in utilities:
            raise InvalidInputError(
                f"the {which} coalition has no utility",
                wanted="the utilities of nobody and of everybody: their difference is shared",
                next_step=f"add the coalition of {members}",
            )
    return utilities


def player_sizes(sizes: object, players: tuple[str, ...]) -> NDArray[np.float64]:
    """Return the rows of each player, above 0, in the players' order."""
    if not isinstance(sizes, dict) or sizes.keys() != set(players):
        raise InvalidInputError(
            "sizes do not fit the players",
            wanted="an object with the rows of every player and of nobody else",
            next_step="correct or remove sizes",
        )
    for name, size in sizes.items():
        if not isinstance(size, float) or not 0 < size < math.inf:
            raise InvalidInputError(
                f"the size of player {shown(name)} is {shown(size)}",
                wanted="a number of rows above 0",
                next_step="correct or remove sizes",
            )
    return np.array([sizes[name] for name in players])


def group_numbers(groups: object, players: tuple[str, ...]) -> tuple[tuple[int, ...], ...]:
    """Return groups of players with identical rows by the players' numbers."""
    if not isinstance(groups, list) or not all(
        isinstance(group, list) and all(isinstance(name, str) for name in group) for group in groups
    ):
        raise InvalidInputError(
            "same_data is no list of lists of players",
            wanted='such as [["a", "b"]]',
            next_step="correct or remove same_data",
        )
    numbers = {name: i for i, name in enumerate(players)}
    # A player in two groups would join them: refused like a player named twice.
    named = [name for group in groups for name in group]
    _mask("same_data", named, {name: 1 << i for name, i in numbers.items()})
    return tuple(tuple(numbers[name] for name in group) for group in groups if group)


def twice_in(names: Iterable[str]) -> str:
    """Return the first name that occurs more than once; there has to be one."""
    return next(name for name, count in Counter(names).items() if count > 1)


def shown(said: object) -> str:
    """Return what a file says as JSON would, at most 80 letters, nothing that cannot be printed."""
    text = json.dumps(said, ensure_ascii=False)
    text = text if text.isprintable() else json.dumps(said)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _is_name(name: str) -> bool:
    is_printable = all(unicodedata.category(letter) not in {"Cc", "Cs"} for letter in name)
    return bool(name) and name == name.strip() and "," not in name and is_printable


def _mask(place: str, names: Sequence[str], bits: dict[str, int]) -> int:
    """Return the bit mask of a coalition, each member known and named once."""
    mask = 0
    for name in names:
        if name not in bits:
            raise InvalidInputError(
                f"{place} names an unknown player {shown(name)}",
                wanted="players of the game, separated by commas",
                next_step="correct the name, or add it to players",
                nearest=get_close_matches(name, bits, n=3),
            )
        if mask & bits[name]:
            raise InvalidInputError(
                f"{place} names player {shown(name)} twice",
                wanted="each player once",
                next_step="remove one of them",
            )
        mask |= bits[name]
    return mask
