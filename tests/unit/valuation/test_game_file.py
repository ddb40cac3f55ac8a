"""A game in a file is read whole, or refused with the place and the remedy."""

import json
from typing import Any

import numpy as np
import pytest

from workbench.core.errors import InvalidInputError, TooLargeError, UnsupportedFormatError
from workbench.valuation import game_file, semivalue_from_table
from workbench.valuation.coalitions import all_coalitions
from workbench.valuation.game_file import read_game
from workbench.valuation.table_game import TableGame, value_table

GLOVES = {"": 0, "a": 0, "b": 0, "c": 0, "a,b": 0, "c,a": 1, "b, c": 1, "a,b,c": 1}


def as_json(**changed: Any) -> str:
    game = {"players": ["a", "b", "c"], "utilities": GLOVES} | changed
    return json.dumps(game)


def as_csv(utilities: dict[str, Any]) -> str:
    return "\n".join(f'"{coalition}",{utility}' for coalition, utility in utilities.items())


def refused(content: bytes | str, format_name: str, match: str) -> InvalidInputError:
    """Return the refusal, which has to say what is wanted and what to do next."""
    with pytest.raises(InvalidInputError, match=match) as caught:
        read_game(content, format_name)
    assert caught.value.wanted
    assert caught.value.next_step
    return caught.value


def table(game: TableGame) -> list[float]:
    return game(all_coalitions(game.n_players)).tolist()


# ----------------------------------------------------------------------------- what is accepted


def test_json_and_csv_hold_the_same_game() -> None:
    one, other = read_game(as_json(), "json"), read_game(as_csv(GLOVES), "csv")

    assert one.players == other.players == ("a", "b", "c")
    assert table(one) == table(other) == [0, 0, 0, 0, 0, 1, 1, 1]


def test_players_of_json_keep_their_order_and_those_of_csv_are_sorted() -> None:
    assert read_game(as_json(players=["c", "a", "b"]), "json").players == ("c", "a", "b")
    assert read_game('"z a",1\n"",0\nz,2', "csv").players == ("a", "z")


@pytest.mark.parametrize("header", ["", "coalition,utility\n", "Coalition , UTILITY\r\n", "\n\n"])
def test_csv_may_have_a_header_blank_lines_and_either_separator(header: str) -> None:
    text = header + '"",0\n\n"a", 1e0 \r\n b ,+1.\n"a  b",.5e1\n'

    assert table(read_game(text, "csv")) == [0, 1, 1, 5]


def test_a_byte_order_mark_is_no_part_of_a_name() -> None:
    content = b"\xef\xbb\xbf" + "coalition,utility\n,0\nñ,1".encode()

    assert read_game(content, "csv").players == ("ñ",)


def test_names_in_json_may_hold_spaces_and_line_breaks_in_csv_end_nothing() -> None:
    game = read_game('{"players": ["clinic z"], "utilities": {"": 0, "clinic z": 1}}', "json")

    assert game.players == ("clinic z",)
    assert read_game('"",0\n"a\u2028,b",1', "csv").players == ("a", "b")


def test_sizes_and_same_data_reach_the_players() -> None:
    game = read_game(as_json(sizes={"b": 2, "a": 1, "c": 3.5}, same_data=[["c", "a"], []]), "json")

    assert game.player_sizes is not None
    assert game.player_sizes.tolist() == [1, 2, 3.5]
    assert game.same_data == ((2, 0),)


def test_more_than_64_players_fit() -> None:
    names = [f"p{i}" for i in range(100)]
    utilities = {"": 0, ",".join(names): 3, "p99": 1}

    game = read_game(json.dumps({"players": names, "utilities": utilities}), "json")

    last = np.zeros((1, 100), dtype=bool)
    last[0, 99] = True
    assert game(np.concatenate([last, ~last | last])).tolist() == [1, 3]


# ------------------------------------------------------------------------------ what is refused


@pytest.mark.parametrize("content", [b"", b" \n\t", "", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("format_name", ["json", "csv"])
def test_an_empty_file_is_refused(content: bytes | str, format_name: str) -> None:
    refused(content, format_name, "the game is empty")


def test_another_format_is_refused() -> None:
    with pytest.raises(UnsupportedFormatError, match="'xlsx'") as caught:
        read_game(b"PK", "xlsx")
    assert caught.value.wanted == "one of: json, csv"


def test_a_file_too_large_is_refused_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(game_file, "MAX_BYTES", 20)

    with pytest.raises(TooLargeError, match="more than 20 bytes"):
        read_game(b"\xff" * 21, "json")


def test_bytes_that_are_no_utf_8_are_refused_with_their_line() -> None:
    error = refused(b'"",0\na,1\n\xe9,2', "csv", "line 3 is not UTF-8: byte 0xe9")
    assert error.facts["line"] == 3


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ('{"players": ["a"],\n "utilities": {"": 0, "a" 1}}', "line 2, column 27 is no JSON"),
        ('{"players": ["a"', "line 1, column 17 is no JSON"),
        ("[" * 200_000, "nested too deeply"),
        ("[1]", "no players and utilities"),
        ('{"players": ["a"]}', "no players and utilities"),
        (as_json(size={"a": 1}), 'an unknown field "size"'),
        (as_json(utilities=[0, 1]), "utilities is no object"),
        ('{"players": ["a"], "utilities": {"": 0, "a": 1, "a": 2}}', 'holds "a" twice'),
        ('{"players": ["a"], "players": ["b"], "utilities": {}}', 'holds "players" twice'),
    ],
)
def test_json_that_is_broken_or_another_thing_is_refused(text: str, match: str) -> None:
    refused(text, "json", match)


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ('"",0\na,b,3', "line 2 has 3 cells"),
        ('"",0\na;1', "line 2 has 1 cell[.]"),
        ('"",0\n"a,1\n', "line 2 is no CSV"),
        ('"",0\n"a"b,1\n', "line 2 is no CSV"),
        ('"",0\na,1_000', 'coalition {a} is "1_000"'),
        ('"",0\na,"3,5"', 'coalition {a} is "3,5"'),
        ('"",0\na,', 'coalition {a} is ""'),
        ('"",0\na,nan', "coalition {a} is NaN"),
        ('"",0\na,-Infinity', "coalition {a} is -Infinity"),
        ('"",0\na,1\ncoalition,utility', 'coalition {coalition} is "utility"'),
        ('"",0', "0 players take part"),
        ('"",0\na,1\n"a a",2', 'line 3 names player "a" twice'),
        ('"",0\n"a,b",1\n"b a",1', "line 2 and line 3 are the same coalition {b, a}"),
        ('"",0\na,1\nb,1', "the full coalition has no utility"),
        ("a,1\nb,1\na b,2", "the empty coalition has no utility"),
    ],
)
def test_csv_that_is_broken_is_refused_with_its_line(text: str, match: str) -> None:
    refused(text, "csv", match)


@pytest.mark.parametrize(
    ("utility", "shown"),
    [
        ("NaN", "NaN"), ("Infinity", "Infinity"), ("-Infinity", "-Infinity"), ("1e999", "Infinity"),
        ("9" * 5_000, "Infinity"), ("true", "true"), ("null", "null"), ('"1"', '"1"'),
        ("[1]", r"\[1.0\]"), ("{}", "{}"),
    ],
)  # fmt: skip
def test_a_utility_has_to_be_a_finite_number(utility: str, shown: str) -> None:
    text = '{"players": ["a", "b"], "utilities": {"": 0, "b,a": ' + utility + "}}"

    error = refused(text, "json", f"^the utility of coalition {{b, a}} is {shown}")
    assert error.facts["coalition"] == ["b", "a"]
    assert error.next_step == 'correct "b,a"'


@pytest.mark.parametrize(
    ("utilities", "match"),
    [
        ({"": 0, "a,b": 1, "b,a": 1}, '"a,b" and "b,a" are the same coalition'),
        ({"": 0, " ": 1}, '"" and " " are the same coalition {}'),
        ({"": 0, "a,d": 1}, '"a,d" names an unknown player "d"'),
        ({"": 0, "a,": 1}, '"a," names an unknown player ""'),
        ({"": 0, "a b": 1}, '"a b" names an unknown player "a b"'),
        ({"": 0, "a,b,a": 1}, '"a,b,a" names player "a" twice'),
        ({"": 0, "a": 1}, "the full coalition has no utility"),
        ({"a,b,c": 1}, "the empty coalition has no utility"),
        ({}, "the empty coalition has no utility"),
    ],
)
def test_coalitions_that_contradict_the_players_are_refused(
    utilities: dict[str, Any], match: str
) -> None:
    refused(as_json(utilities=utilities), "json", match)


def test_a_misspelt_player_is_told_the_nearest() -> None:
    text = json.dumps({"players": ["clinic-z"], "utilities": {"": 0, "clinik-z": 1}})

    assert refused(text, "json", "unknown player").facts["nearest"] == ["clinic-z"]


@pytest.mark.parametrize(
    ("players", "match"),
    [
        ([], "0 players take part"),
        ([str(i) for i in range(1_025)], "1025 players take part"),
        (["a", "b", "a"], 'player "a" is listed twice'),
        ("abc", "no list of names"),
        (["a", 1], "no list of names"),
        (["a", ""], 'a player is called ""'),
        (["a,b"], 'a player is called "a,b"'),
        ([" a"], 'a player is called " a"'),
        (["a\nb"], r'a player is called "a\\nb"'),
        (["\ud800"], r'a player is called "\\ud800"'),
        (["\x1b[31m"], r'a player is called "\\u001b\[31m"'),
    ],
)
def test_players_have_to_be_distinct_names(players: Any, match: str) -> None:
    refused(as_json(players=players), "json", match)


@pytest.mark.parametrize(
    "sizes", [{"a": 1, "b": 1}, {"a": 1, "b": 1, "c": 1, "d": 1}, [1, 2, 3], None]
)
def test_sizes_have_to_fit_the_players(sizes: Any) -> None:
    refused(as_json(sizes=sizes), "json", "sizes do not fit the players")


@pytest.mark.parametrize("size", [0, -1, float("nan"), float("inf"), "3", True, None])
def test_a_size_has_to_be_a_number_of_rows(size: Any) -> None:
    refused(as_json(sizes={"a": 1, "b": size, "c": 1}), "json", 'the size of player "b"')


@pytest.mark.parametrize(
    ("groups", "match"),
    [
        ([["a", "b"], ["b", "c"]], 'same_data names player "b" twice'),
        ([["a", "z"]], 'same_data names an unknown player "z"'),
        (["ab"], "same_data is no list of lists"),
        ([[0, 1]], "same_data is no list of lists"),
        ({"a": "b"}, "same_data is no list of lists"),
    ],
)
def test_groups_with_the_same_data_have_to_fit_the_players(groups: Any, match: str) -> None:
    refused(as_json(same_data=groups), "json", match)


def test_what_an_error_repeats_of_a_file_stays_short() -> None:
    error = refused(as_json(players=["a", "," * 10_000]), "json", "a player is called")
    assert len(error.found) < 120


# -------------------------------------------------------------------------------------- values


def test_a_recorded_game_has_the_values_of_its_table() -> None:
    values = value_table(read_game(as_json(), "json"), semivalue="banzhaf")

    assert values.method == "exact"
    utilities = np.array([0, 0, 0, 0, 0, 1, 1, 1.0])
    assert values.value == pytest.approx(semivalue_from_table(utilities, "banzhaf"))


@pytest.mark.parametrize("method", ["exact", "auto"])
def test_all_that_is_missing_is_named_before_an_enumeration(method: str) -> None:
    some = {key: GLOVES[key] for key in ("", "c", "a,b", "a,b,c")}
    game = read_game(as_json(utilities=some), "json")

    with pytest.raises(InvalidInputError, match=r"given for {a}, {b}, {a, c}, {b, c}[.]"):
        value_table(game, method=method)


def test_of_many_missing_coalitions_five_are_named_and_the_rest_counted() -> None:
    names = list("abcd")
    text = json.dumps({"players": names, "utilities": {"": 0, "a,b,c,d": 1}})

    with pytest.raises(InvalidInputError, match="and 9 more coalitions") as caught:
        value_table(read_game(text, "json"))
    assert caught.value.facts["n_missing"] == 14
    assert caught.value.facts["missing"][0] == "{a}"


def test_a_method_needs_only_the_coalitions_that_it_asks_for() -> None:
    some = {key: utility for key, utility in GLOVES.items() if key not in "abc" or not key}
    game = read_game(as_json(utilities=some), "json")

    assert value_table(game, method="leave_one_out").value.tolist() == [0, 0, 1]
    with pytest.raises(InvalidInputError, match=r"no utility is given for {[abc]}"):
        value_table(game, method="permutation", budget=7)


def test_sizes_and_same_data_inform_the_estimator() -> None:
    utilities = {key: utility for key, utility in GLOVES.items() if key != "a,b"} | {"a,b": 0}
    text = as_json(utilities=utilities, same_data=[["a", "b"]], sizes={"a": 1, "b": 1, "c": 2})

    values = value_table(read_game(text, "json"), method="surrogate", budget=7)

    assert "players with different rows" in values.why
    assert values.value == pytest.approx([1 / 6, 1 / 6, 2 / 3])


def test_too_many_players_for_enumeration_are_left_to_the_method_to_refuse() -> None:
    names = [f"p{i}" for i in range(21)]
    text = json.dumps({"players": names, "utilities": {"": 0, ",".join(names): 1}})

    with pytest.raises(InvalidInputError, match="21 players are too many for exact"):
        value_table(read_game(text, "json"), method="exact")
