"""The task tumour: scikit-learn's breast cancer data with owners of unequal size and honesty."""

import csv
import hashlib
import importlib.util
from pathlib import Path
from typing import Final

from workbench.core.errors import MissingExtraError
from workbench.demo.scene import Row, Scene

TASK: Final = "tumour"
CLASSES: Final = ("malignant", "benign")
# Rows a clinic holds; what is left over is the hidden test.
SIZES: Final = {
    "clinic-a": 110,
    "clinic-b": 80,
    "clinic-c": 70,
    "clinic-d": 50,
    "clinic-e": 40,
    "clinic-f": 30,
    "clinic-g": 20,
    "clinic-h": 12,
}
# Two clinics whose labels are wrong in 40 of 100 rows: their value should show it.
MISLABELLED: Final = ("clinic-c", "clinic-e")
_FLIPPED: Final = 0.4
# What a better model is paid, in µcr for each certified millionth of a nat a row.
_PRICE: Final = "1000"


def tumour_scene(*, n_owners: int = 8, seed: int = 0) -> Scene:
    """Return the task with eight owners, or the first few of them.

    Parameters
    ----------
    n_owners : how many of the clinics take part.
    seed : of who holds which row, and of the flipped labels.
    """
    rows = _rows(seed)
    owners: dict[str, list[Row]] = {}
    start = 0
    for owner, size in SIZES.items():
        owners[owner] = rows[start : start + size]
        start += size
    for owner in MISLABELLED:
        owners[owner] = _flipped(owners[owner])
    return Scene(
        task=TASK,
        title="Tell malignant from benign tumours",
        kind="tabular-classification",
        owners={owner: owners[owner] for owner in list(SIZES)[:n_owners]},
        test=rows[start:],
        license="CC-BY-4.0",
        pool="500",
        rules={
            "classes": list(CLASSES),
            "n_features": len(rows[0]["features"]),
            "seed": seed,
            "merge": {"bounty_price": _PRICE},
        },
        notes=[
            f"In the rows of {' and '.join(MISLABELLED)}, {_FLIPPED:.0%} of the labels are wrong "
            "on purpose."
        ],
    )


def _rows(seed: int) -> list[Row]:
    with _table().open(encoding="utf-8", newline="") as stream:
        _, *lines = csv.reader(stream)
    rows = [
        {"features": [float(x) for x in features], "label": CLASSES[int(label)]}
        for *features, label in lines
    ]
    # By a hash of the row's place, so that no generator's version matters.
    places = {i: hashlib.sha256(f"{seed}\n{i}".encode()).digest() for i in range(len(rows))}
    return [rows[i] for i in sorted(places, key=lambda i: places[i])]


def _table() -> Path:
    # The file itself: importing scikit-learn takes seconds that the demo does not need.
    spec = importlib.util.find_spec("sklearn")
    for place in (spec.submodule_search_locations or []) if spec else []:
        path = Path(place) / "datasets" / "data" / "breast_cancer.csv"
        if path.is_file():
            return path
    raise MissingExtraError(
        "scikit-learn's breast cancer data are not there", next_step="pip install scikit-learn"
    )


def _flipped(rows: list[Row]) -> list[Row]:
    # The rows are in random order already: the first ones are as good as any.
    n_flipped = round(_FLIPPED * len(rows))
    other = {CLASSES[0]: CLASSES[1], CLASSES[1]: CLASSES[0]}
    return [
        row | {"label": other[row["label"]]} if i < n_flipped else row for i, row in enumerate(rows)
    ]
