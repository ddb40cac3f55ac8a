"""Pairs of Spanish and Nahuatl: held-out documents in no hands, no sentence twice."""

import pytest

from workbench.demo.nahuatl import HELD_OUT, corpora, read_pairs
from workbench.demo.scene import Scene, normalised
from workbench.demo.translation import translation_scene

OWNERS = ("puebla", "morelos")


@pytest.fixture(scope="module")
def scene() -> Scene:
    folder = corpora()
    if folder is None:
        pytest.skip("the extra 'demo' is not installed")
    return translation_scene(folder, owners=OWNERS, n_rows=100, n_test=40)


def test_every_owner_has_rows_and_the_test_has_held_out_ones(scene: Scene) -> None:
    assert {owner: len(rows) for owner, rows in scene.owners.items()} == dict.fromkeys(OWNERS, 100)
    assert len(scene.test) == 40
    assert {row["source"] for row in scene.test} == {
        "De Porfirio Diaz a Zapata",
        "La tierra nos escucha",
    }


def test_nothing_of_a_held_out_document_is_in_anybodys_rows(scene: Scene) -> None:
    folder = corpora()
    assert folder is not None
    hidden = {
        normalised(side)
        for pair in read_pairs(folder / "axolotl.csv")
        if pair.document in HELD_OUT
        for side in (pair.spanish, pair.text)
    }
    for rows in scene.owners.values():
        sides = {normalised(row[side]) for row in rows for side in ("text", "translation")}
        assert not hidden & sides


def test_no_side_is_there_twice(scene: Scene) -> None:
    rows = [*(row for own in scene.owners.values() for row in own), *scene.test]
    for side in ("text", "translation"):
        assert len({normalised(row[side]) for row in rows}) == len(rows)
