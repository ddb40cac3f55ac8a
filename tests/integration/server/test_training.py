"""A training outlives a server that is killed in the middle of it, to the last bit."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.integration.training import dying_recipes
from tests.integration.training.dying_recipes import give_order
from workbench.client import launch
from workbench.client.bench import Bench
from workbench.client.models import Model
from workbench.client.progress import Silent
from workbench.client.transport import Transport
from workbench.core.settings import Settings
from workbench.core.wire import JobView, TrainRequest
from workbench.training.tiny_gpt2 import tiny_gpt2

SERVER = """
import sys
sys.path.insert(0, {folder!r})
from workbench.compute import recipes
recipes.RECIPES["causal-lm"] = "dying_recipes:tune"
from workbench.server.__main__ import main
sys.exit(main())
"""


@pytest.fixture
def bench(
    transport: Transport, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Bench:
    """A bench whose servers do as the test orders, with a task of a tiny language model."""
    script = tmp_path / "server.py"
    script.write_text(SERVER.format(folder=str(Path(dying_recipes.__file__).parent)))
    monkeypatch.setattr(launch, "COMMAND", (launch.COMMAND[0], str(script)))
    bench = Bench(transport, settings.keys_dir, settings=settings, make_display=Silent)
    base = tiny_gpt2(settings.models_dir, n_layers=2, width=32)
    rng = np.random.default_rng(0)
    # No two texts alike: near copies of the hidden test would be quarantined.
    letters = list("aeiklmnopstx")
    texts = [" ".join(map("".join, rng.choice(letters, (6, 4)))) for _ in range(60)]
    task = bench.open_task(
        "speech", title="Speech", kind="causal-lm", test=texts[40:], licenses=["CC-BY-4.0"],
        base=Model("tiny", base), sign=True,
        recipe={"batch_rows": 4, "rank": 2, "last_blocks": 1, "dtype": "float32"},
    )  # fmt: skip
    assert task.contribute(texts[:40], license="CC-BY-4.0", sign=True).state == "accepted"
    return bench


def test_a_killed_server_costs_the_steps_since_the_checkpoint_and_no_bit(
    bench: Bench, settings: Settings, process: Any
) -> None:
    give_order(settings.cache_dir, "wait", 5)
    request = TrainRequest(size="quick", parameters={"validation_share": 0.2})
    view = bench.api.post(JobView, "tasks", "speech", "runs", body=request)
    events = bench.job(view.id).events()
    assert any(event.get("step") == 5 for event in events if event["type"] == "metric")
    process.kill()
    # Asking is enough: a server starts, and goes on with what it finds.
    run = bench.run(str(bench.job(view.id).wait().result["run"]))
    told = list(bench.job(view.id).events())
    steps = [event["step"] for event in told if event["type"] == "metric"]
    # It was killed before the checkpoint of the step that it told of.
    assert steps == [1, 2, 3, 4, 5, *range(5, 21)]
    assert [step for step, _ in run.view.details["curve"]] == list(range(1, 21))
    assert "resumed from step 4" in [event.get("message") for event in told]
    # A reproduction has no checkpoint.
    assert bench.reproduce(run).outcome == "identical"
