"""A job's folder as the executor makes it, and a way to run the intake recipe in it."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from workbench.core.jobs import Event, JobContext, JobSpec
from workbench.intake.recipe import run


@dataclass
class Result:
    """What an intake job answered, emitted and left behind."""

    answer: dict[str, Any]
    output: Path
    events: list[Event] = field(default_factory=list)

    @property
    def codes(self) -> list[str]:
        return [found["code"] for found in self.answer["findings"]]

    def finding(self, code: str) -> dict[str, Any]:
        (found,) = [found for found in self.answer["findings"] if found["code"] == code]
        return found

    @property
    def rows(self) -> list[dict[str, Any]]:
        lines = (self.output / "rows.jsonl").read_text(encoding="utf-8").splitlines()
        return [json.loads(line) for line in lines]

    @property
    def digests(self) -> list[str]:
        return (self.output / "digests.txt").read_text().splitlines()


Intake = Callable[..., Result]


@pytest.fixture
def output(tmp_path: Path) -> Path:
    folder = tmp_path / "output"
    folder.mkdir()
    return folder


@pytest.fixture
def intake(tmp_path: Path, output: Path) -> Intake:
    """Run the recipe on the bytes of a file; ``output`` must be empty before and after refusals."""

    def intake(
        content: bytes,
        name: str = "rows.csv",
        *,
        known: Iterable[tuple[str, str]] = (),
        hidden: Iterable[str] = (),
        hidden_rows: Iterable[str] = (),
        others: Iterable[tuple[str, Iterable[str]]] = (),
        cancelled: Callable[[], bool] = lambda: False,
        **parameters: Any,
    ) -> Result:
        inputs = {part: tmp_path / f"{part}.blob" for part in ("file", "known", "hidden")}
        inputs["file"].write_bytes(content)
        inputs["known"].write_text(
            "".join(json.dumps({"sha256": d, "owner": o}) + "\n" for d, o in known)
        )
        inputs["hidden"].write_text("".join(json.dumps({"sha256": d}) + "\n" for d in hidden))
        others = list(others)
        texts = {"hidden-rows": hidden_rows} | {f"rows:{k}": t for k, (_, t) in enumerate(others)}
        for part, rows in texts.items():
            inputs[part] = tmp_path / f"{part}.blob"
            inputs[part].write_text("".join(json.dumps({"text": row}) + "\n" for row in rows))
        defaults: dict[str, Any] = {
            "file_name": name,
            "kind": "causal-lm",
            "columns": {},
            "license": "CC-BY-4.0",
            "allowed_licenses": ["CC-BY-4.0", "CC0-1.0"],
            "others": [owner for owner, _ in others],
        }
        events: list[Event] = []
        context = JobContext(
            spec=JobSpec("intake", parameters=defaults | parameters),
            inputs=inputs,
            output=output,
            cache=tmp_path / "cache",
            emit=events.append,
            cancelled=cancelled,
        )
        return Result(run(context), output, events)

    return intake
