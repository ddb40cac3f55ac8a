"""An executor whose workers know the recipes of the tests."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import pytest

from workbench.compute.executor import LocalExecutor

HERE = Path(__file__).parent
MODULE = "job_recipes"


class MakeExecutor(Protocol):
    def __call__(self, **settings: Any) -> LocalExecutor: ...


@pytest.fixture(scope="session")
def recipes() -> dict[str, str]:
    source = (HERE / f"{MODULE}.py").read_text()
    names = [line[4:].split("(")[0] for line in source.splitlines() if line.startswith("def ")]
    return {name: f"{MODULE}:{name}" for name in names}


@pytest.fixture
def make_executor(
    tmp_path: Path, recipes: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[MakeExecutor]:
    # Workers inherit the module search path.
    monkeypatch.syspath_prepend(HERE)
    made: list[LocalExecutor] = []

    def make(**settings: Any) -> LocalExecutor:
        executor = LocalExecutor(
            tmp_path / "jobs",
            **{
                "resolve": lambda reference: tmp_path / reference,
                "cache_dir": tmp_path / "cache",
                "recipes": recipes,
                "seconds": 60.0,
                **settings,
            },
        )
        made.append(executor)
        return executor

    yield make
    for executor in made:
        executor.close()
