"""Twelve owners: of speak-nahuatl, and of a small made-up table that needs nothing installed."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np

from workbench.core.errors import MissingExtraError
from workbench.demo.nahuatl import corpora, nahuatl_scene
from workbench.demo.scene import Row, Scene

N_OWNERS: Final = 12
SPLIT: Final = ("classical", "puebla", "morelos", "otomi", "spanish")
_LEAST_SHARE: Final = 0.4
_N_CLASSES: Final = 10
_N_FEATURES: Final = 120
_N_ROWS: Final = 40


def nahuatl_of_twelve(folder: Path | None = None) -> Scene:
    """Return speak-nahuatl with five of its seven owners split in two.

    Parameters
    ----------
    folder : of the corpora; those of the installed package elotl unless given.

    Raises
    ------
    MissingExtraError
        The texts are not installed.
    """
    texts = folder or corpora()
    if texts is None:
        raise MissingExtraError(
            "the package elotl with the texts is not installed",
            next_step="pip install 'merit-workbench[demo]', or try with --smoke",
        )
    scene = nahuatl_scene(texts)
    owners: dict[str, Sequence[Row]] = {}
    for owner, rows in scene.owners.items():
        if owner in SPLIT:
            first, second = split(rows)
            owners |= {f"{owner}-1": first, f"{owner}-2": second}
        else:
            owners[owner] = rows
    return replace(scene, owners=owners)


def split(rows: Sequence[Row]) -> tuple[list[Row], list[Row]]:
    """Return two parts of an owner's rows, whole documents each where that is about in half.

    The largest document goes first, each to the smaller part. Where one document outweighs the
    others, or is the only one, the rows are cut in the middle; they are in random order already.
    """
    documents: dict[str, list[Row]] = {}
    for row in rows:
        documents.setdefault(row["source"], []).append(row)
    parts: tuple[list[Row], list[Row]] = ([], [])
    for document in sorted(documents, key=lambda name: (-len(documents[name]), name)):
        min(parts, key=len).extend(documents[document])
    if min(map(len, parts)) < _LEAST_SHARE * len(rows):
        middle = len(rows) // 2
        return list(rows[:middle]), list(rows[middle:])
    return parts


def table_of_twelve(seed: int = 0) -> Scene:
    """Return noisy clouds of twelve owners, large enough that a training can be interrupted.

    Parameters
    ----------
    seed : of the rows.
    """
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(_N_CLASSES, _N_FEATURES))
    classes = [f"cloud-{k}" for k in range(_N_CLASSES)]

    def rows_of(n_rows: int) -> list[Row]:
        labels = rng.integers(0, _N_CLASSES, n_rows)
        points = centres[labels] + 4.0 * rng.normal(size=(n_rows, _N_FEATURES))
        return [
            {"features": point.round(3).tolist(), "label": classes[label]}
            for point, label in zip(points, labels, strict=True)
        ]

    return Scene(
        task="clouds",
        title="Tell clouds of points apart",
        kind="tabular-classification",
        owners={f"owner-{k:02}": rows_of(_N_ROWS + 2 * k) for k in range(N_OWNERS)},
        test=rows_of(200),
        license="CC-BY-4.0",
        pool="100",
        rules={"classes": classes, "n_features": _N_FEATURES, "seed": seed},
    )
