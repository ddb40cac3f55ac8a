"""The demo's data: the same everywhere, nobody's row twice, hidden documents in no hands."""

import csv
import unicodedata
from collections import Counter
from pathlib import Path

import pytest

from workbench.demo.nahuatl import HELD_OUT, OWNERS, corpora, nahuatl_scene
from workbench.demo.scene import Scene, drawn, normalised
from workbench.demo.tumour import MISLABELLED, SIZES, tumour_scene
from workbench.intake.personal import find_personal


@pytest.fixture(scope="module")
def nahuatl() -> Scene:
    folder = corpora()
    assert folder is not None, "the extra 'demo' is not installed: pip install -e '.[demo]'"
    return nahuatl_scene(folder)


@pytest.fixture(scope="module")
def tumour() -> Scene:
    return tumour_scene()


def test_a_draw_depends_on_the_seed_alone() -> None:
    texts = [str(i) for i in range(100)]
    assert drawn(texts, 9, 1) == drawn(texts[::-1], 9, 1)
    assert drawn(texts, 9, 1) != drawn(texts, 9, 2)
    assert drawn(texts, 5, 1) == drawn(texts, 9, 1)[:5]


def test_seven_owners_bring_two_hundred_rows_each(nahuatl: Scene) -> None:
    assert {owner: len(rows) for owner, rows in nahuatl.owners.items()} == dict.fromkeys(
        OWNERS, 200
    )


def test_hidden_rows_come_evenly_from_the_held_out_documents(nahuatl: Scene) -> None:
    assert Counter(row["source"] for row in nahuatl.test) == dict.fromkeys(HELD_OUT, 16)
    # The shortest document has 24 sentences.
    asked = dict.fromkeys(HELD_OUT, 16) | {"La voz profunda": 8}
    assert Counter(row["source"] for row in nahuatl.gate_test) == asked


def test_no_row_is_there_twice_even_normalised(nahuatl: Scene) -> None:
    rows = [row for rows in nahuatl.owners.values() for row in rows]
    keys = [normalised(row["text"]) for row in [*rows, *nahuatl.test, *nahuatl.gate_test]]
    assert len(set(keys)) == len(keys) == 7 * 200 + 96 + 88


def test_nothing_of_a_held_out_document_is_in_anybodys_hands(nahuatl: Scene) -> None:
    folder = corpora()
    assert folder is not None
    with (folder / "axolotl.csv").open(encoding="utf-8", newline="") as stream:
        hidden = {
            normalised(side)
            for spanish, text, _, document, *_ in csv.reader(stream)
            if document in HELD_OUT
            for side in (spanish, text)
        }
    for rows in nahuatl.owners.values():
        assert all(row["source"] not in HELD_OUT for row in rows)
        assert hidden.isdisjoint(normalised(row["text"]) for row in rows)


def test_the_texts_are_one_line_of_three_words_at_least(nahuatl: Scene) -> None:
    for row in [row for rows in nahuatl.owners.values() for row in rows]:
        assert row["text"] == " ".join(row["text"].split())
        assert len(row["text"].split()) >= 3


def test_no_character_of_the_texts_is_a_control_or_hidden(nahuatl: Scene) -> None:
    rows = [row for rows in nahuatl.owners.values() for row in rows] + list(nahuatl.test)
    assert {unicodedata.category(c) for row in rows for c in row["text"]}.isdisjoint({"Cc", "Cf"})


def test_fewer_owners_hold_the_rows_they_would_hold_anyway(nahuatl: Scene) -> None:
    folder = corpora()
    assert folder is not None
    small = nahuatl_scene(folder, owners=("classical", "otomi"), n_rows=5, n_test=6)
    assert small.owners["classical"] == nahuatl.owners["classical"][:5]
    assert len(small.test) == 6


def test_the_caveat_about_the_texts_is_told(nahuatl: Scene) -> None:
    assert any("no licence of their own" in note for note in nahuatl.notes)


def test_one_row_that_the_gates_hold_is_beside_an_owners_own(nahuatl: Scene) -> None:
    [(owner, row)] = nahuatl.held.items()
    assert [code for code, _ in find_personal(row["text"])] == ["e-mail-address"]
    assert row not in nahuatl.owners[owner]
    assert any("which the demo put there" in note for note in nahuatl.notes)


def test_without_the_package_there_are_no_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    assert corpora() is None


def test_eight_clinics_of_unequal_size_and_a_hidden_test(tumour: Scene) -> None:
    assert {owner: len(rows) for owner, rows in tumour.owners.items()} == SIZES
    assert len(tumour.test) == 569 - sum(SIZES.values())


def test_two_clinics_have_forty_wrong_labels_in_a_hundred(tumour: Scene) -> None:
    honest = tumour_scene(seed=0)
    table = {tuple(row["features"]): row["label"] for row in _true_rows()}
    for owner, rows in honest.owners.items():
        wrong = sum(table[tuple(row["features"])] != row["label"] for row in rows)
        assert wrong == (round(0.4 * SIZES[owner]) if owner in MISLABELLED else 0)
    assert all(table[tuple(row["features"])] == row["label"] for row in tumour.test)


def test_no_patient_is_in_two_hands(tumour: Scene) -> None:
    rows = [row for rows in tumour.owners.values() for row in rows] + list(tumour.test)
    assert len({tuple(row["features"]) for row in rows}) == 569


def test_the_rows_are_scikit_learns(tumour: Scene) -> None:
    from sklearn.datasets import load_breast_cancer

    table, _ = load_breast_cancer(return_X_y=True)
    ours = {tuple(row["features"]) for row in tumour.test}
    assert ours <= {tuple(map(float, row)) for row in table}


def _true_rows() -> list[dict[str, object]]:
    from sklearn.datasets import load_breast_cancer

    table, labels = load_breast_cancer(return_X_y=True)
    return [
        {"features": list(map(float, row)), "label": ("malignant", "benign")[label]}
        for row, label in zip(table, labels, strict=True)
    ]


def test_paths_are_read_where_they_are() -> None:
    folder = corpora()
    assert folder is not None
    assert Path("site-packages") in [Path(part) for part in folder.parts]
