"""What was logged is loaded back and is the same model: from a file, a server, a Postgres."""

import contextlib
import json
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mlflow
import pytest
import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoTokenizer

from tests.integration.workflows.tracking_servers import free_port, mlflow_server, postgres
from workbench.core.wire import RunView, TrainRequest
from workbench.workflows import card, train, verify
from workbench.workflows.home import model_folder

# A server takes long to start, and Postgres is made anew.
pytestmark = pytest.mark.timeout(600)

STORES = ("file", "server", "server on postgres")


@dataclass
class World:
    """A home and two runs of it, logged somewhere."""

    lab: Any
    client: Any
    waited: RunView
    run: RunView

    def logged(self, run: RunView) -> Any:
        """Return MLflow's run."""
        return self.client.get_run(run.tracking_run)


@pytest.fixture(scope="module", params=STORES)
def world(
    request: pytest.FixtureRequest,
    open_speech: Callable[[str], Any],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[World]:
    """Two runs; where there is a server, it was down when the first one ended."""
    folder = tmp_path_factory.mktemp("tracked")
    port = free_port()
    is_file = request.param == "file"
    uri = f"sqlite:///{folder / 'mlflow.db'}" if is_file else f"http://127.0.0.1:{port}"
    with contextlib.ExitStack() as stack:
        lab = open_speech(uri)
        first = lab.wait(train.start(lab.home, "clouds", TrainRequest(owners=["ana"])))["run"]
        if not is_file:
            lab.wait_logged()
            assert train.get_run(lab.home, first).tracking_state == "pending"
            store = f"sqlite:///{folder / 'mlflow.db'}"
            if request.param == "server on postgres":
                store = stack.enter_context(postgres())
            stack.enter_context(mlflow_server(folder, store, port))
        second = lab.wait(train.start(lab.home, "clouds", TrainRequest()))["run"]
        lab.wait_logged()
        client = mlflow.MlflowClient(tracking_uri=uri)
        runs = [train.get_run(lab.home, run) for run in (first, second)]
        yield World(lab, client, *runs)


def test_both_runs_are_logged_by_themselves_and_sealed(world: World) -> None:
    for run in (world.waited, world.run):
        assert run.tracking_state == "logged"
        assert world.lab.wait(verify.start(world.lab.home, run.id))["state"] == "sealed"


# peft 0.21 asks transformers 5.23 by a name that 6 will drop.
@pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing`:FutureWarning")
def test_the_adapter_loads_with_plain_libraries_and_gives_the_recorded_loss(
    world: World, tmp_path: Path
) -> None:
    home = world.lab.home
    spec = home.database.read("tasks", {"id": "clouds"})[0]
    base = model_folder(home.settings, json.loads(spec["spec"])["base"]["digest"])
    rows = home.blobs.read(spec["hidden_rows_sha256"]).decode().splitlines()
    texts = [json.loads(row)["text"] for row in rows]

    files = Path(world.client.download_artifacts(world.run.tracking_run, "model", str(tmp_path)))
    model = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(base), files)
    tokenizer = AutoTokenizer.from_pretrained(files)
    found = loss(model, tokenizer, texts)
    with model.disable_adapter():
        before = loss(model, tokenizer, texts)

    assert found == pytest.approx(world.run.metrics["loss_full"], abs=1e-4)
    assert before == pytest.approx(world.run.metrics["base_loss_full"], abs=1e-4)
    assert before - found > 0.01


def loss(model: Any, tokenizer: Any, texts: list[str]) -> float:
    """Return nats a token, a row at a time: neither packed nor padded."""
    total, n_tokens = 0.0, 0
    for text in texts:
        tokens = torch.tensor([tokenizer(text)["input_ids"][:32]])
        with torch.no_grad():
            logits = model.eval()(tokens).logits[0, :-1].double()
        total += float(torch.nn.functional.cross_entropy(logits, tokens[0, 1:], reduction="sum"))
        n_tokens += tokens.shape[1] - 1
    return total / n_tokens


def test_histories_are_whole(world: World) -> None:
    def history(name: str) -> list[tuple[int, float]]:
        points = world.client.get_metric_history(world.run.tracking_run, name)
        return [(point.step, point.value) for point in points]

    details = world.run.details
    assert history("training_loss") == [tuple(point) for point in details["curve"]]
    assert history("evaluation_loss") == [
        (0, world.run.metrics["base_loss"]),
        (len(details["curve"]), world.run.metrics["loss"]),
    ]
    assert [step for step, _ in history("tokens_per_second")] == list(
        range(1, len(details["curve"]) + 1)
    )
    assert min(speed for _, speed in history("tokens_per_second")) > 0


def test_the_environment_can_be_built_again(world: World, tmp_path: Path) -> None:
    tags = world.logged(world.run).data.tags

    path = world.client.download_artifacts(world.run.tracking_run, "environment.txt", str(tmp_path))
    lines = Path(path).read_text().splitlines()

    assert f"torch=={json.loads(tags['workbench.environment'])['torch']}".split("+")[0] in {
        line.split("+")[0] for line in lines
    }
    assert f"merit-workbench=={tags['workbench.version']}" in lines
    digest = subprocess.run(["sha256sum", path], capture_output=True, text=True, check=True)
    assert digest.stdout.split()[0] == tags["workbench.environment_sha256"]
    assert tags["workbench.reproduce"] == f"workbench reproduce {world.run.id}"


def test_datasets_are_named_by_owner_and_digest(world: World) -> None:
    inputs = world.logged(world.run).inputs.dataset_inputs

    found = {
        (item.dataset.name, tag.value)
        for item in inputs
        for tag in item.tags
        if tag.key == "workbench.sha256"
    }
    assert {name for name, _ in found} == {"ana", "ben", "eva"}
    rows = world.lab.home.database.read("contributions_of_task", {"task": "clouds"})
    assert found == {(row["owner"], row["rows_sha256"]) for row in rows}


def test_the_registry_knows_the_champion_and_describes_each_version_by_its_card(
    world: World,
) -> None:
    runs = (world.waited, world.run)
    best = max(runs, key=lambda run: run.metrics["utility"])

    version = world.client.get_model_version_by_alias("clouds", "champion")

    assert version.tags["workbench.run"] == best.id
    shown = card.get_card(world.lab.home, best.id)
    assert shown.is_sealed
    assert version.description[:4900] == shown.text[:4900]
    assert f"$ workbench verify {best.id}" in shown.text


def test_nothing_that_could_run_is_logged(world: World) -> None:
    names = [file.path for file in world.client.list_artifacts(world.run.tracking_run, "model")]

    assert {Path(name).suffix for name in names} <= {".safetensors", ".json", ".jinja"}
    assert {"model/adapter_model.safetensors", "model/tokenizer.json"} <= set(names)
