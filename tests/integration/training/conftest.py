"""A tiny GPT-2, rows that it can learn from, and jobs without workers."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from workbench.core.canonical import sha256_hex
from workbench.core.jobs import Event, JobContext, JobSpec
from workbench.training.tiny_gpt2 import tiny_gpt2

RECIPE: dict[str, Any] = {
    "steps": 6,
    "batch_rows": 4,
    "learning_rate": 0.05,
    "rank": 2,
    "last_blocks": 1,
    "max_tokens": 24,
    "dtype": "float32",
}


def sentences(seed: int, n_rows: int = 12) -> list[str]:
    """Rows of a language of six words, of unequal length."""
    rng = np.random.default_rng(seed)
    words = ["atl", "calli", "tlacatl", "siwatl", "nochi", "se"]
    return [" ".join(rng.choice(words, size=rng.integers(2, 6))) for _ in range(n_rows)]


@dataclass
class Jobs:
    """Makes the context of a job by hand, and keeps what it says."""

    folder: Path
    models_dir: Path
    base: str
    cache: Path
    events: list[Event] = field(default_factory=list)
    cancelled: bool = False

    def rows(self, rows: list[Any]) -> Path:
        """Write canonical rows; texts are wrapped."""
        objects = [{"text": row} if isinstance(row, str) else row for row in rows]
        lines = "".join(json.dumps(row, sort_keys=True) + "\n" for row in objects)
        path = self.folder / "inputs" / f"{sha256_hex(lines.encode())}.jsonl"
        path.parent.mkdir(exist_ok=True)
        path.write_text(lines)
        return path

    def context(
        self,
        parameters: Mapping[str, Any],
        inputs: Mapping[str, Path],
        *,
        seed: int = 0,
        base: str | None = None,
    ) -> JobContext:
        """Return the context of a job with its own output folder."""
        digest = base or self.base
        references = {name: sha256_hex(name.encode()) for name in inputs}
        output = self.folder / f"output-{len(list(self.folder.glob('output-*')))}"
        output.mkdir()
        return JobContext(
            spec=JobSpec(
                "recipe", references | {"base": f"model:{digest}"}, dict(parameters), seed
            ),
            inputs={**inputs, "base": self.models_dir / digest},
            output=output,
            cache=self.cache,
            emit=self.events.append,
            cancelled=lambda: self.cancelled,
        )

    def texts(self) -> dict[str, Path]:
        """Return the inputs of a small pool: three owners and a hidden test."""
        return {
            "rows:ana:0": self.rows(sentences(1)),
            "rows:ben:0": self.rows(sentences(2)),
            "rows:eva:0": self.rows(["zzzz qqqq", "qq zz qq zz"] * 3),
            "test": self.rows(sentences(9, 16)),
        }


@pytest.fixture(scope="session")
def models_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of base models."""
    return tmp_path_factory.mktemp("models")


@pytest.fixture(scope="session")
def tiny(models_dir: Path) -> str:
    """The digest of a tiny GPT-2 of three blocks."""
    return tiny_gpt2(models_dir, n_layers=3, width=32)


@pytest.fixture
def jobs(tmp_path: Path, models_dir: Path, tiny: str) -> Jobs:
    """Jobs in a folder of their own, with an empty cache."""
    return Jobs(tmp_path, models_dir, tiny, tmp_path / "cache")


@pytest.fixture
def new_jobs(tmp_path: Path, models_dir: Path, tiny: str) -> Callable[[str], Jobs]:
    """Jobs that share nothing but the base model, as in workers of their own."""

    def make(name: str) -> Jobs:
        folder = tmp_path / name
        folder.mkdir()
        return Jobs(folder, models_dir, tiny, folder / "cache")

    return make
