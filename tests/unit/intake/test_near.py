"""Near duplicates: what counts as one, whose it is, and which stays."""

import random

import numpy as np
import pytest
from datasketch import MinHash

from workbench.core.canonical import canonical_bytes
from workbench.intake.digests import text_digest
from workbench.intake.limits import Limits
from workbench.intake.near import near_gate
from workbench.intake.near_index import NearIndex
from workbench.intake.rows import Row
from workbench.intake.shingles import (
    band_keys,
    hashed_shingles,
    is_alike,
    shingles,
    signatures,
)

LIMITS = Limits()
LONG = "In tlacatl ohtli quitoca, auh in cihuatl calli quichpana mochipa ipan tonalli"


def rows_of(*texts: str) -> list[Row]:
    return [
        Row(i, canonical_bytes({"source": "", "text": t}), text_digest(t), len(t))
        for i, t in enumerate(texts, start=1)
    ]


def numbers(rows: list[Row]) -> list[int]:
    return [row.number for row in rows]


def with_changes(text: str, n_changes: int, seed: int) -> str:
    draw = random.Random(seed)
    letters = list(text)
    for place in draw.sample(range(len(letters)), n_changes):
        letters[place] = "ß"
    return "".join(letters)


def test_the_jaccard_index_is_exact_at_its_boundary() -> None:
    # One letter changed in n: n + 4 grams each, 5 of them different: (n - 1) / (n + 9).
    letters = "".join(map(chr, range(0x4E00, 0x4E00 + 41)))
    other = letters[:20] + "x" + letters[21:]
    assert is_alike(letters, other, 80)
    assert not is_alike(letters, other, 81)
    assert not is_alike(letters[:-1], other[:-1], 80)


def test_letters_at_the_ends_count_as_much_as_those_within() -> None:
    assert shingles("ab") == {
        "\2\2\2\2a",
        "\2\2\2ab",
        "\2\2ab\3",
        "\2ab\3\3",
        "ab\3\3\3",
        "b\3\3\3\3",
    }
    assert not is_alike("row number 1", "row number 2", 80)


def test_hashes_stand_for_their_grams() -> None:
    texts = [LONG, "", "x", LONG + " in"]
    hashes, starts = hashed_shingles(texts)
    parts = [set(part.tolist()) for part in np.split(hashes, starts[1:])]
    assert [len(part) for part in parts] == [len(shingles(text)) for text in texts]
    assert len(parts[0] & parts[3]) == len(shingles(texts[0]) & shingles(texts[3]))


def test_the_signatures_are_datasketchs() -> None:
    texts = ["tlen", LONG, "", LONG[::-1]]
    hashes, starts = hashed_shingles(texts)
    for part, sketch in zip(np.split(hashes, starts[1:]), signatures(texts), strict=True):
        other = MinHash(num_perm=64, seed=1, hashfunc=int)
        for value in part.tolist():
            other.update(value)
        assert other.hashvalues.tolist() == sketch.tolist()


def test_near_duplicates_of_a_file_go_and_the_first_stays() -> None:
    texts = [LONG, "something else", with_changes(LONG, 1, 0), LONG + "!", with_changes(LONG, 9, 1)]
    sifted = near_gate(rows_of(*texts), [], [], LIMITS)
    assert numbers(sifted.rows) == [1, 2, 5]
    (found,) = sifted.findings
    assert (found.code, found.rows, sifted.n_leaked) == ("near-duplicate-in-file", [3, 4], 0)


def test_the_setting_decides_what_is_near() -> None:
    rows = rows_of(LONG, with_changes(LONG, 1, 0))
    assert len(near_gate(rows, [], [], Limits(near_percent=95)).rows) == 2
    assert len(near_gate(rows, [], [], Limits(near_percent=85)).rows) == 1


def test_rows_near_other_owners_rows_say_whose_they_are() -> None:
    others = [("Puebla", "nothing like it"), ("Morelos", LONG), ("Puebla", LONG + "!")]
    sifted = near_gate(rows_of("new", with_changes(LONG, 1, 0)), [], others, LIMITS)
    assert numbers(sifted.rows) == [1]
    (found,) = sifted.findings
    assert (found.code, found.rows) == ("near-duplicate-in-task", [2])
    assert found.message.endswith("by Morelos")
    assert LONG not in found.model_dump_json()


def test_of_two_owners_equally_near_the_earlier_is_named() -> None:
    others = [("Puebla", LONG), ("Morelos", LONG)]
    (found,) = near_gate(rows_of(LONG + "!"), [], others, LIMITS).findings
    assert found.message.endswith("by Puebla")


def test_rows_near_the_hidden_test_count_as_leaked_and_are_not_named() -> None:
    sifted = near_gate(rows_of("new", LONG + "!"), [LONG], [("Puebla", LONG)], LIMITS)
    assert (numbers(sifted.rows), sifted.n_leaked) == ([1], 1)
    (found,) = sifted.findings
    assert (found.code, found.rows, found.n_rows) == ("near-hidden-test", [], 1)


def test_tables_and_no_rows_have_no_near_duplicates() -> None:
    table = [Row(1, b'{"features":[1],"label":"a"}', "d", 0)] * 2
    assert near_gate(table, [], [], LIMITS).rows == table
    assert near_gate([], [LONG], [], LIMITS).rows == []


def test_conversations_and_translations_are_compared_by_what_they_say() -> None:
    chats = [
        {"messages": [{"role": "user", "content": c}, {"role": "assistant", "content": LONG}]}
        for c in ("Tlein?", "Tlein!")
    ]
    pairs = [{"text": LONG, "translation": t, "source": t} for t in ("Uno", "Una")]
    for values in (chats, pairs):
        rows = [Row(i, canonical_bytes(v), str(i), 9) for i, v in enumerate(values, 1)]
        assert numbers(near_gate(rows, [], [], LIMITS).rows) == [1]


def test_many_copies_with_small_changes_leave_one() -> None:
    rows = rows_of(*(f"{LONG} {i}" for i in range(500)))
    assert numbers(near_gate(rows, [], [], LIMITS).rows) == [1]
    # Others' rows are asked for by every row: their number in a bucket hides no copy.
    assert near_gate(rows, [], [("Puebla", LONG)], LIMITS).rows == []


@pytest.mark.parametrize("n_changes", [1, 2])
def test_the_index_misses_hardly_anything(n_changes: int) -> None:
    draw = random.Random(n_changes)
    texts = ["".join(draw.choices("aeiouctlmn ", k=160)) for _ in range(200)]
    copies = [with_changes(text, n_changes, i) for i, text in enumerate(texts)]
    near = [is_alike(a, b, 80) for a, b in zip(texts, copies, strict=True)]
    assert sum(near) > 190
    kept = near_gate(rows_of(*copies), texts, [], LIMITS)
    assert kept.n_leaked == sum(near)


def test_an_index_keeps_only_what_is_asked_for() -> None:
    (sketch,) = signatures([LONG])
    (keys,) = band_keys(sketch[None, :])
    index: NearIndex[str] = NearIndex(keys[:2])
    assert index.asks(keys) == keys[:2].tolist()
    index.add(index.asks(keys), sketch, "row")
    assert index.likely(index.asks(keys), sketch) == ["row"]
    assert NearIndex[str](keys[:0]).asks(keys) == []


def test_the_gate_can_be_stopped() -> None:
    def stop() -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        near_gate(rows_of(LONG), [], [], LIMITS, stop)
