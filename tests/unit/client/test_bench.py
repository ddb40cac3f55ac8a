"""Each verb asks the server for what it says, and signs only what was meant."""

import io
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from tests.unit.client.comparisons import compare
from workbench.client.bench import Bench, settings_for
from workbench.client.models import Model
from workbench.core.canonical import sha256_hex
from workbench.core.consent import consent_words
from workbench.core.envelope import Envelope
from workbench.core.errors import InvalidInputError, NotFoundError, TooLargeError
from workbench.core.settings import Settings

HASH = "f" * 64


@pytest.fixture(autouse=True)
def one_task(server: Any, wire: Any) -> None:
    server.on("GET", "/tasks/t", wire.task())
    server.on("GET", "/tasks", [wire.task()])


def _signed(server: Any, path: str, kind: str) -> dict[str, Any]:
    [body] = server.bodies(path)
    return Envelope.from_json(body["envelope"]).verify(kind=kind).body


def test_tasks_are_a_frame_with_whole_amounts(bench: Bench) -> None:
    row = bench.tasks().iloc[0]
    assert (row["id"], row["pool"], row["pool_credits"]) == ("t", 1_500_000, "1.50")
    assert type(row["pool"]) is int


def test_a_task_says_what_it_wants(bench: Bench) -> None:
    task = bench.task("t")
    assert "1.50 credits" in repr(task)
    assert "<table" in task._repr_html_()


def test_a_draft_is_checked_and_signs_nothing(bench: Bench, server: Any, wire: Any) -> None:
    server.on_contribution("/tasks/t/contributions", wire.contribution())
    draft = bench.task("t").contribute(["a", "b", "b"], license="MIT")
    assert draft.state == "draft"
    assert "submit(sign=True)" in repr(draft)
    assert f"workbench contribution submit {draft.id} --sign" in repr(draft)
    assert list(draft.findings["code"]) == ["duplicate-inside"]
    assert list(draft.gates["gate"]) == ["format", "schema"]
    assert "Seconds by gate: format 0.25, schema 0.50; 0.75 in all." in repr(draft)
    assert server.bodies("/tasks/t/contributions") == [
        {
            "file_sha256": HASH, "file_name": "rows.jsonl", "license": "MIT", "owner": "me",
            "columns": {}, "opening": None,
        }
    ]  # fmt: skip
    assert server.stored == [b'{"text": "a"}\n{"text": "b"}\n{"text": "b"}\n']


def test_signing_consents_to_exactly_these_bytes(bench: Bench, server: Any, wire: Any) -> None:
    server.on_contribution("/tasks/t/contributions", wire.contribution())
    path = f"/contributions/{'c' * 64}"
    server.on("POST", f"{path}/consent", wire.receipt())
    server.on_contribution(f"{path}/submission", wire.contribution(state="accepted"))
    given = bench.task("t").contribute(["a"], license="MIT", sign=True)
    assert given.state == "accepted"
    said = {
        "contribution": "c" * 64, "task": "t", "owner": "me", "file_sha256": HASH,
        "rows_sha256": "e" * 64, "license": "MIT", "purposes": ["training", "evaluation"],
        "right_to_share": True,
    }  # fmt: skip
    words = sha256_hex(consent_words(said).encode())
    assert _signed(server, f"{path}/consent", "consent") == said | {"words": words}
    submitted = _signed(server, f"{path}/submission", "contribution")
    assert submitted == said | {"consent": "b" * 64}


def test_too_large_a_source_is_refused_before_it_is_sent(
    server: Any, settings: Settings, tmp_path: Path
) -> None:
    small = Settings(settings.home, settings.cache_dir, settings.keys_dir, "x", max_upload_bytes=10)
    bench = Bench(server, tmp_path / "keys", settings=small)
    with pytest.raises(TooLargeError):
        bench.task("t").contribute(["a long text"], license="MIT")
    assert server.stored == []


@pytest.mark.parametrize("sign", [False, 1, "yes"])
def test_what_spends_wants_sign_true(bench: Bench, server: Any, wire: Any, sign: Any) -> None:
    server.on("GET", f"/valuations/{'5' * 64}", wire.study())
    task, study = bench.task("t"), bench.study("5" * 64)
    server.on("GET", f"/contributions/{'c' * 64}", wire.contribution())
    draft = bench.contribution("c" * 64)
    for spend in (
        lambda: draft.submit(sign=sign),
        lambda: task.fund("1", sign=sign),
        lambda: bench.pay(study, sign=sign),
        lambda: bench.open_task(
            "u", title="U", kind="causal-lm", test=["a"], licenses=[], sign=sign
        ),
    ):
        with pytest.raises(InvalidInputError, match="signs with your key") as caught:
            spend()
        assert "sign=True" in caught.value.wanted
    assert [asked for asked in server.asked if asked[0] == "POST"] == []


def test_funding_moves_credits_given_as_text(bench: Bench, server: Any, wire: Any) -> None:
    server.on("POST", "/tasks/t/funding", wire.task(pool="2000000"))
    server.on("GET", "/treasury", [])
    assert bench.task("t").fund("0.5", sign=True, nonce="n").pool == 2_000_000
    assert _signed(server, "/tasks/t/funding", "funding") == {
        "task": "t", "amount": "500000", "nonce": "n",
    }  # fmt: skip


@pytest.mark.parametrize("amount", [1, 1.5, "0", "-3", "1e3", "0.0000001"])
def test_an_amount_that_is_no_credits_is_refused(bench: Bench, amount: Any) -> None:
    with pytest.raises(InvalidInputError):
        bench.task("t").fund(amount, sign=True)


def test_opening_a_task_signs_its_rules(bench: Bench, server: Any, wire: Any) -> None:
    server.on("POST", "/tasks", wire.task())
    server.on("GET", "/jobs", [wire.job(verb="import-model", state="done",
                                        result={"name": "small", "digest": "d" * 64})])  # fmt: skip
    task = bench.open_task(
        "t", title="A task", kind="causal-lm", test=["hidden"], licenses=["MIT"], base="small",
        recipe={"steps": 2}, classes=None, seed=2**60, sign=True,
    )  # fmt: skip
    assert task.id == "t"
    assert server.stored == [b'{"text":"hidden"}\n']
    assert _signed(server, "/tasks", "task") == {
        "id": "t", "title": "A task", "kind": "causal-lm", "licenses": ["MIT"],
        "hidden_test_sha256": HASH, "metric": "negative loss per token",
        "base": {"name": "small", "digest": "d" * 64}, "recipe": {"steps": 2},
        "minimum_gain_units": "0", "seed": str(2**60),
    }  # fmt: skip


def test_a_misspelt_base_names_the_nearest(bench: Bench, server: Any, wire: Any) -> None:
    done = wire.job(verb="import-model", result={"name": "smollm2", "digest": "d" * 64})
    server.on("GET", "/jobs", [done, wire.job()])
    assert list(bench.models()["name"]) == ["smollm2"]
    with pytest.raises(NotFoundError, match="smolm2") as caught:
        bench.open_task(
            "t", title="A", kind="causal-lm", test=["a"], licenses=[], base="smolm2", sign=True
        )
    assert caught.value.facts["nearest"] == ["smollm2"]


def test_importing_a_model_waits_for_its_digest(
    bench: Bench, server: Any, wire: Any, tmp_path: Path
) -> None:
    (tmp_path / "m.gguf").write_bytes(b"GGUF")
    done = wire.job(state="done", result={"name": "m", "digest": "d" * 64})
    server.on("POST", "/models", done)
    server.on("GET", f"/jobs/{'a' * 64}", done)
    assert bench.import_model(tmp_path / "m.gguf", "m") == Model("m", "d" * 64)
    assert server.bodies("/models") == [
        {"sha256": HASH, "name": "m", "license": None, "readme_licenses": []}
    ]


def test_a_model_of_another_digest_is_not_even_sent(
    bench: Bench, server: Any, tmp_path: Path
) -> None:
    (tmp_path / "m.gguf").write_bytes(b"GGUF")
    with pytest.raises(InvalidInputError, match="SHA-256"):
        bench.import_model(tmp_path / "m.gguf", "m", sha256=HASH)
    assert server.stored == []


def test_training_returns_the_run(bench: Bench, server: Any, wire: Any) -> None:
    done = wire.job(state="done", result={"run": "r" * 64})
    server.on("POST", "/tasks/t/runs", done)
    server.on("GET", f"/jobs/{'a' * 64}", done)
    server.on("GET", f"/runs/{'r' * 64}", wire.run())
    run = bench.train("t", "quick", owners=["a"], steps=3)
    assert server.bodies("/tasks/t/runs") == [
        {"size": "quick", "owners": ["a"], "parameters": {"steps": 3}}
    ]
    assert run.metrics["loss"] == 1.25
    assert list(run.curve["loss"]) == [2.0, 1.25]
    assert list(run.samples["tuned"]) == ["yy"]


def test_an_unknown_size_is_refused_before_anything_starts(bench: Bench, server: Any) -> None:
    with pytest.raises(InvalidInputError, match="'small'"):
        bench.train("t", "small")
    assert server.bodies("/tasks/t/runs") == []


@pytest.fixture
def comparing(server: Any, wire: Any) -> None:
    """A server that compares the base with the champion."""
    details = compare({"base": 0.0, "d" * 64: -1.0})
    done = wire.job(state="done", result={"run": "r" * 64, "rows": details["rows"]})
    server.on("GET", "/tasks/t", wire.task(champion="d" * 64))
    server.on("GET", "/tasks/t/runs", [])
    server.on("POST", "/tasks/t/comparisons", done)
    server.on("GET", f"/jobs/{'a' * 64}", done)
    run = wire.run(kind="comparison", model=None, details=details)
    server.on("GET", f"/runs/{'r' * 64}", run)


@pytest.mark.usefixtures("comparing")
@pytest.mark.parametrize("as_list", [True, False])
def test_comparing_names_models_by_run_base_or_champion(
    bench: Bench, server: Any, as_list: bool
) -> None:
    models = ["base", "champion"]
    found = bench.compare(models, on="t") if as_list else bench.compare(*models, on="t")
    assert server.bodies("/tasks/t/comparisons") == [{"models": ["base", "d" * 64]}]
    assert "dddddddddddd is better than base by" in repr(found)
    assert list(found.leaderboard["champion"]) == [True, False]
    assert bench.comparison(found.id).to_json() == found.to_json()


@pytest.mark.usefixtures("comparing")
def test_a_run_says_the_task(bench: Bench, server: Any, wire: Any) -> None:
    server.on("GET", "/runs/abc", wire.run())
    bench.compare([bench.run("abc"), "base"])
    assert server.bodies("/tasks/t/comparisons") == [{"models": ["d" * 64, "base"]}]


def test_a_fine_tune_is_no_comparison(bench: Bench, server: Any, wire: Any) -> None:
    server.on("GET", "/runs/abc", wire.run())
    with pytest.raises(InvalidInputError, match="is a fine-tune"):
        bench.comparison("abc")


@pytest.mark.parametrize("models", [(), ("champion",), (None,), ([],), (["base", None],)])
def test_a_model_that_is_not_there_is_refused(bench: Bench, models: tuple[Any, ...]) -> None:
    with pytest.raises(InvalidInputError, match="does not exist yet"):
        bench.compare(*models, on="t")


def test_comparing_digests_alone_wants_a_task(bench: Bench) -> None:
    with pytest.raises(InvalidInputError, match="no task is named"):
        bench.compare("base")


def test_valuing_returns_the_sealed_study(bench: Bench, server: Any, wire: Any) -> None:
    done = wire.job(state="done", result={"study": "5" * 64})
    server.on("POST", "/tasks/t/valuations", done)
    server.on("GET", f"/jobs/{'a' * 64}", done)
    server.on("GET", f"/valuations/{'5' * 64}", wire.study())
    study = bench.value(bench.task("t"), budget=4, seed=7)
    [sent] = server.bodies("/tasks/t/valuations")
    assert {"method": "auto", "budget": 4, "seed": 7, "executor": "local"}.items() <= sent.items()
    assert list(study.values["owner"]) == ["a", "b"]


def test_paying_the_same_study_twice_signs_the_same_record(
    bench: Bench, server: Any, wire: Any
) -> None:
    server.on("GET", f"/valuations/{'5' * 64}", wire.study())
    server.on("POST", "/tasks/t/epochs", wire.epoch())
    bench.pay("5" * 64, sign=True)
    bench.pay("5" * 64, sign=True)
    bench.pay("5" * 64, sign=True, nonce="again")
    first, second, third = server.bodies("/tasks/t/epochs")
    assert first == second != third
    body = Envelope.from_json(first["envelope"]).verify(kind="payout").body
    assert body == {"task": "t", "study": "5" * 64, "nonce": "5" * 64}


def test_a_leaderboard_has_the_tasks_title(bench: Bench, server: Any, wire: Any) -> None:
    server.on("GET", "/tasks/t/leaderboard", wire.epoch())
    board = bench.task("t").leaderboard()
    assert repr(board).startswith("A task: epoch 1")
    assert board.pool == board.paid == 1_000_000


def test_published_paths_are_where_the_home_is(
    server: Any, settings: Settings, tmp_path: Path
) -> None:
    server.on("POST", "/publications", {"files": ["index.json"]})
    bench = Bench(server, tmp_path, settings=settings)
    assert bench.publish() == [settings.published_dir / "index.json"]


def test_sql_comes_back_as_a_frame(bench: Bench, server: Any) -> None:
    table = pa.table({"owner": ["a"], "amount": pa.array([3], pa.int64())})
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    server.on("POST", "/sql", sink.getvalue())
    frame = bench.sql("select owner, amount from payout where amount > ?", [1])
    assert frame.to_dict("records") == [{"owner": "a", "amount": 3}]
    assert server.bodies("/sql")[0]["parameters"] == [1]


def test_a_parameter_sql_cannot_take_is_refused(bench: Bench) -> None:
    with pytest.raises(InvalidInputError, match="parameters"):
        bench.sql("select ?", [object()])  # type: ignore[list-item]


def test_jobs_are_a_frame(bench: Bench, server: Any, wire: Any) -> None:
    server.on("GET", "/jobs", [wire.job()])
    assert list(bench.jobs()["verb"]) == ["train"]


def test_closing_lets_go_of_the_server(bench: Bench, server: Any) -> None:
    with bench:
        pass
    assert server.asked[-1][0] == "CLOSE"


def test_a_home_that_is_named_takes_its_tracking_along(tmp_path: Path) -> None:
    found = settings_for(tmp_path / "h", {"WORKBENCH_CACHE": str(tmp_path / "c")})
    assert found.home == tmp_path / "h"
    assert str(tmp_path / "h") in found.tracking_uri
    assert found.cache_dir == tmp_path / "c"


def test_opening_a_bench_starts_nothing(tmp_path: Path) -> None:
    with Bench.open(tmp_path / "home", quiet=True) as bench:
        assert "as me" in repr(bench)
    assert not (tmp_path / "home").exists()
