"""Models in, runs out: imported, trained, sealed, broken, handed on, and steered on the way."""

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from workbench.client.bench import Bench, settings_for
from workbench.client.launch import stop_server
from workbench.core.wire import JobView, TrainRequest
from workbench.training.tiny_gpt2 import tiny_gpt2

WORDS = ("atl", "kalli", "tlakatl", "siwatl", "nochi", "tepetl", "xochitl", "mistli")
RULES: dict[str, Any] = {
    "id": "speech", "title": "Speech", "kind": "causal-lm", "licenses": ["CC0-1.0"],
    "base": "tiny",
    "recipe": {
        "batch_rows": 6, "learning_rate": 0.02, "rank": 2, "last_blocks": 1, "max_tokens": 32,
        "dtype": "float32",
    },
}  # fmt: skip


def write_texts(path: Path, seed: int, n_rows: int) -> Path:
    rng = np.random.default_rng(seed)
    rows = sorted({" ".join(rng.choice(WORDS, size=5)) for _ in range(n_rows)})
    path.write_text("".join(json.dumps({"text": row}) + "\n" for row in rows))
    return path


@pytest.fixture(scope="module")
def tracking_db(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("mlflow") / "mlflow.db"


@pytest.fixture(scope="module")
def tracking_uri(tracking_db: Path) -> str:
    """An MLflow that answers, so that runs are logged and sealed."""
    return f"sqlite:///{tracking_db}"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny GPT-2 as somebody downloaded it."""
    made = tmp_path_factory.mktemp("downloads")
    digest = tiny_gpt2(made, width=32)
    (made / digest / "workbench.json").unlink(missing_ok=True)
    return (made / digest).rename(made / "tiny-gpt2")


@pytest.fixture(scope="module")
def opened(terminal: Any, folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A terminal on a home with an imported model, a task of it, and two owners' texts."""
    room = tmp_path_factory.mktemp("texts")
    shown = terminal("model", "import", str(folder), "--name", "tiny").stdout
    assert shown.startswith("tiny is ")
    (room / "rules.json").write_text(json.dumps(RULES))
    hidden = write_texts(room / "hidden.jsonl", 99, 24)
    opening = ["task", "open", str(room / "rules.json"), "--test", str(hidden), "--as", "sponsor"]
    assert terminal.json(*opening, "--sign")["id"] == "speech"
    for seed, owner in enumerate(("ana", "ben"), 1):
        given = write_texts(room / f"{owner}.jsonl", seed, 12)
        words = ["contribute", "speech", str(given), "--license", "CC0-1.0", "--as", owner]
        assert terminal.json(*words, "--sign")["state"] == "accepted"
    return terminal


@pytest.fixture(scope="module")
def run(opened: Any) -> dict[str, Any]:
    """A quick fine-tune, logged and sealed."""
    made: dict[str, Any] = opened.json("train", "speech", "--size", "quick", "--priority", "high")
    assert opened.json("verify", made["id"])["state"] == "sealed"
    return made


def test_an_imported_folder_is_listed_by_the_digest_that_may_be_asked_for(
    opened: Any, folder: Path, tmp_path: Path
) -> None:
    [model] = opened.json("model", "list")
    assert model["name"] == "tiny"
    again = ["model", "import", str(folder), "--name", "tiny", "--sha256"]
    assert opened.json(*again, model["digest"]) == model
    problem = opened.json(*again, "0" * 64, status=1)
    assert (problem["wanted"], problem["facts"]["sha256"]) == ("0" * 64, model["digest"])
    assert "no SHA-256" in opened(*again, "0123", status=1).stderr
    shown = opened("model", "import", str(tmp_path / "nowhere"), "--name", "x", status=1).stderr
    assert "wanted: a GGUF file" in shown
    pickled = shutil.copytree(folder, tmp_path / "pickled")
    (pickled / "model.safetensors").rename(pickled / "pytorch_model.bin")
    shown = opened("model", "import", str(pickled), "--name", "x", status=1).stderr
    assert "convert a pickled checkpoint" in shown
    assert opened.json("model", "list") == [model]


def test_a_refusal_on_the_screen_is_the_refusal_alone(
    opened: Any, folder: Path, tmp_path: Path
) -> None:
    """What libraries print on the way to a refusal is in the server's log."""
    spoilt = shutil.copytree(folder, tmp_path / "spoilt")
    config = json.loads((spoilt / "config.json").read_text())
    config |= {"architectures": ["BertForMaskedLM"], "model_type": "bert"}
    (spoilt / "config.json").write_text(json.dumps(config))
    shown = opened("model", "import", str(spoilt), "--name", "x", status=1).stderr
    refused = shown[shown.index("✗") :].splitlines()
    assert [line[:9] for line in refused] == ["✗ the wei", "  wanted:", "  next:  "]


def test_what_no_fine_tune_takes_is_said_with_what_does(opened: Any) -> None:
    before = opened.json("job", "list")
    shown = opened("train", "speech", "--set", "stepps=3", status=1).stderr
    assert "'stepps' is unknown" in shown
    assert "did you mean steps?" in shown
    assert "priority: 'low', 'normal' or 'high'" in (
        opened("train", "speech", "--priority", "soon", status=1).stderr
    )
    assert "size: 'quick', 'standard' or 'thorough'" in (
        opened("train", "speech", "--size", "huge", status=1).stderr
    )
    shown = opened("train", "speech", "--owner", "anna", status=1).stderr
    assert "did you mean ana?" in shown
    assert "workbench contribution list speech" in shown
    after = opened.json("job", "list")
    assert [job["id"] for job in after] == [job["id"] for job in before]


def test_sizes_say_what_each_takes_and_who_asked(opened: Any) -> None:
    found = opened.json("sizes", "speech", "--as", "ben")
    assert [row["size"] for row in found["sizes"]] == ["quick", "standard", "thorough"]
    assert "predicted from" in opened("sizes", "speech", "--as", "ben").stdout
    [job] = [job for job in opened.json("job", "list") if job["verb"] == "sizes"]
    assert job["requested_by"] == "ben"


def test_prompts_are_gone_on_from_or_answered(opened: Any, run: dict[str, Any]) -> None:
    asked = ["generate", "speech", "--prompt", "atl kalli", "--new-tokens", "6"]
    plain, chat, unsaid = (opened.json(*asked, *way) for way in (["--no-chat"], ["--chat"], []))
    assert set(plain[0]) == {"prompt", "base", run["model"]}
    assert unsaid == plain
    assert chat != plain
    shown = opened(*asked).stdout
    assert "atl kalli" in shown
    assert run["model"][:12] in shown
    problem = opened.json(*asked, "--temperature", "-1", status=1)
    assert "temperature is -1.0" in problem["detail"]
    shown = opened("generate", "speech", "nobody", "--prompt", "atl", status=1).stderr
    assert "speech has no model 'nobody'" in shown


def test_a_comparison_is_json_for_programs(opened: Any, run: dict[str, Any]) -> None:
    found = opened.json("compare", "speech", "base", run["model"])
    assert [row["model"] for row in found["rows"]] == ["base", run["model"]]
    assert {"loss-per-token", "bits-per-byte"} <= {line["metric"] for line in found["scores"]}
    assert found["verdict"]


def test_a_bundle_goes_out_is_checked_and_comes_in_elsewhere(
    opened: Any, run: dict[str, Any], tmp_path: Path
) -> None:
    folder = str(tmp_path / "bundle")
    problem = opened.json("mirror", "export", folder, "nobody", status=1)
    assert "no run has an id that begins with 'nobody'" in problem["detail"]
    assert "holds no bundle" in opened("mirror", "check", folder, status=1).stderr
    exported = opened("mirror", "export", folder, run["id"][:12], "--hidden-test").stdout
    assert "workbench mirror import FOLDER --home NEW" in exported
    assert "✓ every file is what its name says" in opened("mirror", "check", folder).stdout
    assert opened.json("mirror", "check", folder)[0]["run"] == run["id"]

    elsewhere = type(opened)(tmp_path / "elsewhere")
    try:
        shown = elsewhere("mirror", "import", folder).stdout
        assert f"workbench reproduce {run['id'][:12]}" in shown
        [brought] = elsewhere.json("mirror", "import", folder)
        assert brought["origin"]
        # It was sealed where it was recorded: this home says so, and still shows the card.
        card = elsewhere.json("card", run["id"])
        assert card["state"] == "not sealed yet"
        assert run["model"] in card["text"]
        shown = elsewhere("card", run["id"][:12]).stdout
        assert "it came in a bundle" in shown
        assert "it came in a bundle" in elsewhere("verify", run["id"], status=1).stdout
        assert elsewhere.json("reproduce", run["id"])["outcome"] == "identical"
    finally:
        stop_server(settings_for(elsewhere.home))

    victim = next(path for path in Path(folder).glob("blobs/*/*"))
    victim.write_bytes(b"another")
    shown = opened("mirror", "check", folder, status=1).stderr
    assert "is not what its name says" in shown
    assert "next:" in shown


def test_a_card_says_sealed_until_somebody_edits_mlflow(
    opened: Any, run: dict[str, Any], tracking_db: Path
) -> None:
    shown = opened("card", run["id"][:12]).stdout
    assert "> ✓ **sealed**" in shown
    assert "loss_full" in shown
    assert "&#" not in shown
    sealed = opened.json("card", run["id"])
    assert (sealed["state"], sealed["is_sealed"]) == ("sealed", True)

    with closing(sqlite3.connect(tracking_db)) as database, database:
        for table in ("metrics", "latest_metrics"):
            database.execute(
                f"update {table} set value = 0.125 where key = 'loss' and run_uuid in "
                "(select run_uuid from tags where key = 'workbench.run' and value = ?)",
                [run["id"]],
            )
    shown = opened("card", run["id"][:12], status=1).stdout
    assert "> ✗ **seal broken**" in shown
    assert "0.125 found" in shown
    said = opened("verify", run["id"], status=1).stdout
    assert "0.125 found" in said
    assert " UTC in record " in said
    assert opened("card", "nobody", status=1).stderr.startswith("✗ no run has an id")


def test_a_comparison_has_no_card(opened: Any, run: dict[str, Any]) -> None:
    found = opened.json("compare", "speech", "base", run["model"])
    shown = opened("card", found["run"]["id"], status=1).stderr
    assert "made no model" in shown


def test_jobs_are_put_first_ended_early_and_called_off(opened: Any) -> None:
    """Two of one person run at once; what is asked for beyond waits."""
    with Bench.on(settings_for(opened.home), quiet=True) as bench:
        ids = [
            bench.api.post(
                JobView, "tasks", "speech", "runs",
                body=TrainRequest(parameters={"steps": 50_000 + k}),
            ).id
            for k in range(3)
        ]  # fmt: skip
    running, other, waiting = ids
    assert opened.json("job", "priority", waiting[:12], "high")["priority"] == "high"
    assert "priority      high" in opened("job", "show", waiting).stdout
    shown = opened("job", "priority", waiting, "soon", status=1).stderr
    assert "priority: 'low', 'normal' or 'high'" in shown
    shown = opened("job", "stop", waiting, status=1).stderr
    assert f"workbench job cancel {waiting[:12]}" in shown
    for unwanted in (waiting, other):
        opened("job", "cancel", unwanted)
        assert opened.json("job", "watch", unwanted, status=1)["title"] == "JobCancelledError"
    opened("job", "stop", running[:12])
    ended = opened.json("job", "watch", running)
    assert ended["state"] == "done"
    assert ended["result"]["stopped_at_step"] < 50_000
    shown = opened("job", "priority", running, "low", status=1).stderr
    assert "a job that is queued" in shown
    assert "workbench job list" in opened("job", "show", "nobody", status=1).stderr
