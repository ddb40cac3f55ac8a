"""The gate for near duplicates: rows that say almost the same as a row that was there before.

A few letters changed, a word added, two sentences swapped: the digest is another, the text is
not. Rows are compared with the hidden test, with the task's rows of other owners, and with
earlier rows of the same file, in this order; the index proposes, and the exact Jaccard index
of the 5-grams decides. Rows of numbers have no near duplicates.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np

from workbench.core.wire import Finding
from workbench.intake.limits import Limits
from workbench.intake.near_index import NearIndex
from workbench.intake.rows import Row
from workbench.intake.shingles import (
    N_BANDS,
    N_ROWS,
    Hashes,
    Signature,
    band_keys,
    is_alike,
    signatures,
)
from workbench.intake.tally import Tally, by_owner
from workbench.intake.texts import said_in_line

CHUNK_ROWS = 500

Owned = tuple[str, str]
"""Owner and text of a row."""


@dataclass(frozen=True)
class Sifted:
    """What the gate made of the rows.

    Attributes
    ----------
    rows : that are left.
    n_leaked : rows dropped because the hidden test has almost the same.
    findings : what there is to say about the others.
    """

    rows: list[Row]
    n_leaked: int
    findings: list[Finding]


def near_gate(
    rows: list[Row],
    hidden: Iterable[str],
    others: Iterable[Owned],
    limits: Limits,
    tick: Callable[[], None] = lambda: None,
) -> Sifted:
    """Drop near duplicates; of rows of the same file the earlier one stays.

    Parameters
    ----------
    rows
        In file order.
    hidden
        Texts of the hidden test; streamed.
    others
        Owner and text of the task's accepted rows of other owners, the earliest first;
        streamed, it may be long.
    limits
        ``near_percent``: the Jaccard index from which texts are near duplicates.
    tick
        Called every 500 rows; may raise to stop.
    """
    if not rows or not said_in_line(rows[0].line):
        return Sifted(rows, 0, [])
    sketches, keys = _sketch((said_in_line(row.line) for row in rows), len(rows), tick)
    in_test = _index(keys, (("", text) for text in hidden), tick)
    in_task = _index(keys, others, tick)
    values, counts = np.unique(keys, return_counts=True)
    in_file: NearIndex[int] = NearIndex(values[counts > 1])

    leaked, repeated, tallies = Tally(), Tally(), defaultdict[str, Tally](Tally)
    kept = []
    for place, row in enumerate(rows):
        if place % CHUNK_ROWS == 0:
            tick()
        mine, sketch = keys[place], sketches[place]
        if _match(in_test, mine, sketch, row, limits) is not None:
            leaked.add(row.number)
        elif (owner := _match(in_task, mine, sketch, row, limits)) is not None:
            tallies[owner].add(row.number)
        elif _is_repeated(in_file, mine, sketch, place, rows, limits):
            repeated.add(row.number)
        else:
            kept.append(row)
    findings = [leaked.found("near-hidden-test")] if leaked.n_rows else []
    findings += by_owner("near-duplicate-in-task", tallies)
    findings += [repeated.found("near-duplicate-in-file")] if repeated.n_rows else []
    return Sifted(kept, leaked.n_rows, findings)


def _match(
    index: NearIndex[Owned], keys: Hashes, sketch: Signature, row: Row, limits: Limits
) -> str | None:
    """Return whose row is almost the same, or None."""
    if asked := index.asks(keys):
        said = said_in_line(row.line)
        for owner, text in index.likely(asked, sketch):
            if is_alike(said, text, limits.near_percent):
                return owner
    return None


def _is_repeated(
    index: NearIndex[int],
    keys: Hashes,
    sketch: Signature,
    place: int,
    rows: list[Row],
    limits: Limits,
) -> bool:
    """Return whether an earlier row is almost the same; otherwise the row is indexed."""
    asked = index.asks(keys)
    if not asked:
        return False
    said = said_in_line(rows[place].line)
    for earlier in index.likely(asked, sketch):
        if is_alike(said, said_in_line(rows[earlier].line), limits.near_percent):
            return True
    index.add(asked, sketch, place)
    return False


def _sketch(
    texts: Iterator[str], n_rows: int, tick: Callable[[], None]
) -> tuple[Signature, Hashes]:
    """Return the signature and the band keys of each text."""
    sketches = np.empty((n_rows, N_BANDS * N_ROWS), dtype=np.uint32)
    keys = np.empty((n_rows, N_BANDS), dtype=np.uint64)
    for start in range(0, n_rows, CHUNK_ROWS):
        tick()
        chunk = slice(start, min(start + CHUNK_ROWS, n_rows))
        sketches[chunk] = signatures(list(islice(texts, chunk.stop - chunk.start)))
        keys[chunk] = band_keys(sketches[chunk])
    return sketches, keys


def _index(asked: Hashes, owned: Iterable[Owned], tick: Callable[[], None]) -> NearIndex[Owned]:
    """Return an index of those rows that share a band with a row of the file."""
    index: NearIndex[Owned] = NearIndex(asked)
    stream = iter(owned)
    while chunk := list(islice(stream, CHUNK_ROWS)):
        sketches, keys = _sketch(iter([text for _, text in chunk]), len(chunk), tick)
        for row, sketch, mine in zip(chunk, sketches, keys, strict=True):
            if found := index.asks(mine):
                index.add(found, sketch.copy(), row)
    return index
