"""A text's numbers depend on the text alone, and are kept as they were computed."""

import json
from pathlib import Path

import numpy as np
import pytest

from workbench.core.errors import InvalidInputError
from workbench.training import text_features
from workbench.training.parameters import read_parameters
from workbench.training.text_features import NgramParameters, hashed_ngrams, text_table

PARAMETERS = NgramParameters(classes=["nahuatl", "spanish"], n_features=64)
ROWS = [
    {"text": "in atl in tepetl", "label": "nahuatl"},
    {"text": "el agua y el cerro", "label": "spanish"},
    {"text": "", "label": "spanish"},
]


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    return written(tmp_path, ROWS)


def written(folder: Path, objects: list[dict[str, object]]) -> Path:
    path = folder / "rows.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in objects))
    return path


def test_a_texts_numbers_do_not_depend_on_the_others() -> None:
    texts = [str(row["text"]) for row in ROWS]
    together = hashed_ngrams(texts, PARAMETERS)
    alone = np.vstack([hashed_ngrams([text], PARAMETERS) for text in texts])
    assert together.tobytes() == alone.tobytes()
    assert np.linalg.norm(together, axis=1) == pytest.approx([1, 1, 0])


def test_what_was_kept_is_what_was_computed(
    rows: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = text_table(rows, "rows:ana:0", PARAMETERS, tmp_path / "cache")
    # The second time nothing may be computed.
    monkeypatch.delattr(text_features, "HashingVectorizer")
    second = text_table(rows, "rows:ana:0", PARAMETERS, tmp_path / "cache")
    assert first.features.tobytes() == second.features.tobytes()
    assert second.labels.tolist() == [0, 1, 1]


def test_other_parameters_are_kept_apart(rows: Path, tmp_path: Path) -> None:
    text_table(rows, "rows:ana:0", PARAMETERS, tmp_path / "cache")
    other = PARAMETERS.model_copy(update={"ngrams": (2, 3)})
    found = text_table(rows, "rows:ana:0", other, tmp_path / "cache")
    assert (found.features == hashed_ngrams([str(row["text"]) for row in ROWS], other)).all()
    assert len(list((tmp_path / "cache").rglob("*.safetensors"))) == 2


def test_a_damaged_file_is_computed_again(rows: Path, tmp_path: Path) -> None:
    first = text_table(rows, "rows:ana:0", PARAMETERS, tmp_path / "cache")
    [kept] = (tmp_path / "cache").rglob("*.safetensors")
    kept.write_bytes(kept.read_bytes()[:20])
    second = text_table(rows, "rows:ana:0", PARAMETERS, tmp_path / "cache")
    assert first.features.tobytes() == second.features.tobytes()


@pytest.mark.parametrize(
    ("row", "found"),
    [
        ({"label": "nahuatl"}, "row 2 of rows:ana:0 is without a text"),
        ({"text": 3, "label": "nahuatl"}, "without a text"),
        ({"text": "atl", "label": "otomi"}, "'otomi'"),
        ({"text": "atl"}, "None"),
    ],
)
def test_a_bad_row_is_named(tmp_path: Path, row: dict[str, object], found: str) -> None:
    path = written(tmp_path, [ROWS[0], row])
    with pytest.raises(InvalidInputError, match=found):
        text_table(path, "rows:ana:0", PARAMETERS, tmp_path / "cache")


def test_a_blob_without_rows_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="no rows"):
        text_table(written(tmp_path, []), "rows:ana:0", PARAMETERS, tmp_path / "cache")


@pytest.mark.parametrize(
    "changes", [{"ngrams": [3, 2]}, {"ngrams": [0, 2]}, {"ngrams": [1, 9]}, {"classes": ["a", "a"]}]
)
def test_parameters_out_of_bounds_are_refused(changes: dict[str, object]) -> None:
    with pytest.raises(InvalidInputError):
        read_parameters(NgramParameters, PARAMETERS.model_dump() | changes)
