"""Models of a real table and of a language model, compared through the Bench."""

import json
import math
from typing import Any

import numpy as np
import pytest

from workbench.client.bench import Bench
from workbench.client.comparison import Comparison
from workbench.client.models import Model
from workbench.client.run import Run
from workbench.client.task import Task
from workbench.core.errors import InvalidInputError, NotFoundError
from workbench.core.settings import Settings
from workbench.demo.tumour import tumour_scene
from workbench.training.tiny_gpt2 import tiny_gpt2

WORDS = ("atl", "kalli", "tlakatl", "siwatl", "nochi", "tepetl", "xochitl", "mistli")
PROMPTS = ["atl kalli", "in tepetl"]


def texts(seed: int, n_rows: int, source: str) -> list[dict[str, str]]:
    rng = np.random.default_rng(seed)
    rows = [" ".join(rng.choice(WORDS, size=6)) for _ in range(n_rows)]
    return [{"text": text, "source": source} for text in dict.fromkeys(rows)]


def contribute(bench: Bench, task: Task, owners: Any, license: str) -> None:
    for owner, rows in owners.items():
        given = bench.as_(owner).task(task.id).contribute(rows, license=license, sign=True)
        assert given.state == "accepted"


@pytest.fixture(scope="module")
def tumour(bench: Bench) -> tuple[Task, list[Run]]:
    """Real patients; classifiers trained on the rows of one clinic, and of three."""
    scene = tumour_scene(n_owners=3)
    task = bench.open_task(
        scene.task, title=scene.title, kind=scene.kind, test=scene.test,
        licenses=[scene.license], sign=True, **scene.rules,
    )  # fmt: skip
    contribute(bench, task, scene.owners, scene.license)
    return task, [bench.train(task, owners=["clinic-c"]), bench.train(task)]


@pytest.fixture(scope="module")
def spoken(bench: Bench, lab: Settings) -> tuple[Task, list[dict[str, str]], Comparison]:
    """A tiny language model, and what comparing it with its base found."""
    hidden = [*texts(90, 20, "a poem"), *texts(91, 10, "a law")]
    recipe = {
        "batch_rows": 6, "learning_rate": 0.02, "rank": 2, "last_blocks": 1, "max_tokens": 48,
        "dtype": "float32", "prompts": PROMPTS, "new_tokens": 6,
    }  # fmt: skip
    base = Model("tiny", tiny_gpt2(lab.models_dir, n_layers=2, width=32))
    task = bench.open_task(
        "speak", title="Speak", kind="causal-lm", test=hidden, licenses=["CC-BY-4.0"], sign=True,
        base=base, recipe=recipe,
    )  # fmt: skip
    contribute(bench, task, {"ana": texts(1, 20, "mine"), "ben": texts(2, 20, "ours")}, "CC-BY-4.0")
    run = bench.train(task, "quick")
    return task, hidden, bench.compare(["base", run], on=task)


def test_classifiers_of_patients_are_compared_by_three_metrics(
    bench: Bench, tumour: tuple[Task, list[Run]]
) -> None:
    task, runs = tumour
    found = bench.compare([*runs, "base"], on=task)
    assert found.metrics == ["log-loss", "accuracy", "macro-f1"]
    tests = found.frame.dropna(subset="test").groupby("metric")["test"].first().to_dict()
    assert tests == {
        "accuracy": "McNemar, exact",
        "log-loss": "sign-flip, 20,000 flips",
        "macro-f1": "paired bootstrap, 2,000 draws",
    }
    # The clinic alone has labels that are wrong in 40 of 100 rows.
    verdicts = found.frame.query("model == @runs[1].model").set_index("metric")["verdict"]
    assert set(verdicts) == {"better"}
    assert found.leaderboard.iloc[0]["model"] == runs[1].model
    assert found.slices.groupby(["metric", "model"])["n_items"].sum().unique().tolist() == [
        found.n_items
    ]
    assert runs[1].metrics["accuracy"] == pytest.approx(
        found.frame.query("metric == 'accuracy' and model == @runs[1].model")["score"].item()
    )
    assert bench.reproduce(found.id).view.outcome == "identical"


def test_who_is_held_against_whom_changes_no_p(
    bench: Bench, tumour: tuple[Task, list[Run]]
) -> None:
    task, runs = tumour
    there, back = bench.compare(runs, on=task), bench.compare(*runs[::-1])
    for metric in ("log-loss", "accuracy"):
        one, other = (f.frame.groupby("metric").get_group(metric).iloc[1] for f in (there, back))
        assert one["p"] == other["p"]
        assert one["difference"] == pytest.approx(-other["difference"])


def test_a_language_model_is_compared_by_losses_slices_and_what_it_says(spoken: Any) -> None:
    _, hidden, found = spoken
    assert found.metrics == ["loss-per-token", "bits-per-byte", "perplexity"]
    assert set(found.frame["verdict"].dropna()) == {"better"}
    tuned = found.frame.set_index(["metric", "model"])["score"].xs(found.models[1], level=1)
    assert tuned["perplexity"] == pytest.approx(math.exp(tuned["loss-per-token"]))
    sizes = found.slices.groupby("value")["n_items"].first().to_dict()
    assert sizes == {"a poem": 20, "a law": 10}
    assert list(found.generations["prompt"]) == PROMPTS
    assert list(found.generations.columns) == ["prompt", *found.models]
    assert found.disagreements["item"].between(0, len(hidden) - 1).all()
    assert len(found.plot_slices().containers) == 2
    assert "comparable within the task only" in repr(found)


def test_no_hidden_row_reaches_anybody(spoken: Any, bench: Bench) -> None:
    _, hidden, found = spoken
    [job] = [job for job in bench.jobs().to_dict("records") if job["verb"] == "compare"
             and job["task"] == "speak"]  # fmt: skip
    told = list(bench.job(job["id"]).events())
    everything = json.dumps([found.to_json(), found.view.details, told], default=str)
    assert not [row["text"] for row in hidden if row["text"] in everything]
    with pytest.raises(InvalidInputError):
        bench.sql("select details from store.run")


def test_comparisons_are_rows_of_sql(spoken: Any, bench: Bench) -> None:
    _, _, found = spoken
    rows = bench.sql(
        "select model, metric, score, difference, p, verdict from comparison_row"
        " where run = ? order by metric, difference is null desc",
        [found.id],
    )
    wanted = found.frame.sort_values("metric", kind="stable")
    for column in rows.columns:
        assert rows[column].dropna().tolist() == wanted[column].dropna().tolist()


def test_done_again_the_answers_are_the_same(spoken: Any, bench: Bench) -> None:
    task, _, found = spoken
    assert bench.compare(found.models, on=task.id).id == found.id
    assert bench.reproduce(found.id).view.outcome == "identical"


@pytest.mark.parametrize(
    ("models", "error", "said"),
    [
        (["base", "base"], InvalidInputError, "named twice"),
        (["base", "0" * 64], NotFoundError, "has no model"),
        ([f"{k:064x}" for k in range(33)], InvalidInputError, "32"),
    ],
)
def test_models_that_cannot_be_compared_are_refused(
    bench: Bench, spoken: Any, models: list[str], error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        bench.compare(models, on=spoken[0])
