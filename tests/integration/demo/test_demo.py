"""The whole story on a reduced size: a tiny GPT-2, real texts, real patients, a real server."""

import contextlib
import dataclasses
import io
import json
import os
import signal
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from workbench.client.bench import Bench
from workbench.client.launch import server_status, stop_server
from workbench.client.models import Model
from workbench.core.settings import Settings
from workbench.demo import story
from workbench.demo.nahuatl import CAVEAT, NEWCOMER
from workbench.demo.screen import Screen
from workbench.demo.story import Outcome, tell
from workbench.training.tiny_gpt2 import tiny_gpt2


def _settings(root: Path, **changes: Any) -> Settings:
    settings = Settings(
        home=root / "home",
        cache_dir=root / "cache",
        keys_dir=root / "keys",
        tracking_uri=f"sqlite:///{root / 'home' / 'mlflow' / 'mlflow.db'}",
        idle_seconds=120,
    )
    return dataclasses.replace(settings, **changes)


def _tell(settings: Settings, base: Model | None) -> tuple[Outcome, str]:
    said = io.StringIO()
    outcome = tell(settings, Console(file=said, width=200), small=True, base=base)
    return outcome, said.getvalue()


def _money(outcome: Outcome) -> dict[str, list[tuple[str, float, str]]]:
    return {
        task: [(row.owner, row.value, row.amount) for row in epoch.payouts]
        for task, epoch in outcome.epochs.items()
    }


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Model]:
    """A root folder whose cache holds a tiny GPT-2."""
    root = tmp_path_factory.mktemp("demo")
    return root, Model("tiny-gpt2", tiny_gpt2(root / "cache" / "models", seed=0))


@pytest.fixture(scope="module")
def told(base: tuple[Path, Model]) -> Iterator[tuple[Settings, Model, Outcome, str]]:
    """The story, told once without disturbance."""
    root, model = base
    settings = _settings(root)
    outcome, said = _tell(settings, model)
    yield settings, model, outcome, said
    stop_server(settings)


def test_both_tasks_pay_their_pools_to_the_last_unit(told: Any) -> None:
    _, _, outcome, said = told
    assert set(outcome.epochs) == {"speak-nahuatl", "tumour"}
    for epoch in outcome.epochs.values():
        assert epoch.adds_up
        assert sum(int(row.amount) for row in epoch.payouts) == epoch.paid
    assert {outcome.epochs["speak-nahuatl"].pool, outcome.epochs["tumour"].pool} == {
        1_000_000_000,
        500_000_000,
    }
    assert said.count("✓ Σ payouts") == 2


def test_the_screen_tells_times_samples_losses_and_how_to_open_it(told: Any) -> None:
    _, _, outcome, said = told
    for words in (
        CAVEAT,
        "is better than base",
        "goes on",
        "95 % interval",
        "all steps",
        "make lab",
    ):
        assert words in said
    for title in outcome.seconds:
        assert title in said


def test_runs_are_logged_and_pages_are_written(told: Any) -> None:
    settings, _, outcome, _ = told
    with Bench.on(settings, quiet=True) as bench:
        # The story does not wait for MLflow.
        for job in bench.jobs().query("verb == 'track'")["id"]:
            bench.job(job).wait()
        runs = [run for task in outcome.epochs for run in bench.runs(task)]
    assert {run.view.tracking_state for run in runs} == {"logged"}
    assert {run.view.kind for run in runs} == {"fine-tune", "comparison", "valuation"}
    for task in outcome.epochs:
        assert (settings.published_dir / task / "leaderboard.html").is_file()


def test_the_gates_hold_a_row_and_its_owner_masks_it(told: Any) -> None:
    settings, _, _, said = told
    assert "spanish to speak-nahuatl, held: 1 row with e-mail addresses: l…x" in said
    with Bench.on(settings, quiet=True) as bench:
        drafts = bench.task("speak-nahuatl").contributions().query("owner == 'spanish'")
    assert dict(drafts[["state", "n_rows"]].itertuples(index=False)) == {
        "draft": 12,
        "accepted": 13,
    }


def test_the_first_owner_of_each_task_commits_before_anybody_contributes(told: Any) -> None:
    settings, _, outcome, _ = told
    with Bench.on(settings, quiet=True) as bench:
        for task in outcome.epochs:
            # Who proposes commits, too, and so does who comes later.
            commitment, *_ = bench.task(task).commitments().itertuples()
            given = bench.task(task).contributions().query("state == 'accepted'")
            assert commitment.created_at < given["created_at"].min()
            first, *_ = given[given["owner"] == commitment.owner]["id"]
            assert bench.contribution(first).view.commitment == commitment.id


def test_a_mirror_and_claims_are_handed_over(told: Any) -> None:
    settings, _, outcome, said = told
    handed = outcome.handed_over
    assert set(handed.claims) <= set(outcome.epochs)
    with Bench.on(settings, quiet=True) as bench:
        contents = bench.home_mirror(handed.mirror).check().contents
        assert contents is not None
        assert {row["id"] for row in contents.rows("epoch")} == {
            epoch.id for epoch in outcome.epochs.values()
        }
        for task, place in handed.claims.items():
            assert json.loads(place.read_text()) == bench.claims(f"{task}:1").dump
            assert str(place) in said
    assert f"workbench mirror check {handed.mirror}" in said


def test_a_newcomers_model_is_merged_and_paid(told: Any) -> None:
    settings, _, outcome, _ = told
    with Bench.on(settings, quiet=True) as bench:
        task = bench.task("speak-nahuatl")
        [row] = task.proposals().itertuples()
        assert (row.owner, row.state) == (NEWCOMER, "merged")
        merged = bench.proposal(row.id)
        assert [one.owner for one in merged.view.reviews] != [NEWCOMER]
        assert merged.diff.data["owner"][merged.diff.data["change"] == "added"].tolist() == [
            NEWCOMER
        ]
        [champion] = task.champions().itertuples()
        assert champion.model == row.model == task.champion
        assert champion.bounty == int(champion.gain) * 1_000 > 0
        # The paid epoch was closed before, and knows nobody who came later.
        assert NEWCOMER not in {one.owner for one in outcome.epochs[task.id].payouts}
        paid = bench.sql("select amount from balance where account = ?", [f"user:{NEWCOMER}"])
        assert paid["amount"].sum() == champion.bounty
    published = settings.published_dir / task.id
    story = json.loads((published / "task.json").read_text())
    assert (story["reigns"][-1]["model"], story["reigns"][-1]["how"]) == (row.model, "merged")
    [moved] = story["merges"]
    assert (moved["owner"], moved["bounty"]) == (NEWCOMER, str(champion.bounty))
    assert "Merges, newest first" in (published / "task.html").read_text()


def test_bad_proposals_are_refused_with_their_reasons(told: Any) -> None:
    settings, _, _, said = told
    with Bench.on(settings, quiet=True) as bench:
        found = bench.task("tumour").proposals()
        assert dict(found[["owner", "state"]].itertuples(index=False)) == {
            "clinic-a": "merged", "clinic-b": "rejected", "clinic-c": "rejected",
            "clinic-d": "rejected",
        }  # fmt: skip
        reasons = dict(found[["owner", "reason"]].itertuples(index=False))
        assert reasons == {
            "clinic-a": "", "clinic-b": "regression", "clinic-c": "copy", "clinic-d": "leak",
        }  # fmt: skip
        [champion] = bench.task("tumour").champions().itertuples()
        assert champion.model == found["model"][found["owner"] == "clinic-a"].item()
        # Nobody who was refused has any of the bounty.
        moved = bench.sql("select account, amount from balance where account = 'bounty:tumour'")
        assert int(moved["amount"].item()) == 500_000_000 - champion.bounty
    for words in ("class malignant loses", "the same answers as", "the hidden test in it"):
        assert words in said


def test_told_again_it_goes_straight_to_the_same_results(told: Any) -> None:
    settings, model, outcome, _ = told
    with Bench.on(settings, quiet=True) as bench:
        before = bench.sql("select count(*) as n from evaluation")["n"][0]
        again, _ = _tell(settings, model)
        after = bench.sql("select count(*) as n from evaluation")["n"][0]
    assert before == after
    assert {t: e.view for t, e in again.epochs.items()} == {
        t: e.view for t, e in outcome.epochs.items()
    }


def test_killed_at_every_step_it_ends_with_the_same_money(
    told: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At each step's start the server dies and the person gives up; then both come back."""
    # Nobody listens where runs would be logged: they stay pending, the money is the same.
    settings = _settings(tmp_path, tracking_uri="http://127.0.0.1:9")
    met: set[str] = set()

    class Unlucky(Screen):
        def step(self, title: str) -> AbstractContextManager[None]:
            if title not in met:
                met.add(title)
                health = server_status(settings)
                if health is not None:
                    os.kill(health.pid, signal.SIGKILL)
                raise KeyboardInterrupt
            return super().step(title)

    monkeypatch.setattr(story, "Screen", Unlucky)
    n_tries, outcome = 0, None
    while outcome is None:
        n_tries += 1
        with contextlib.suppress(KeyboardInterrupt):
            outcome, _ = _tell(settings, None)
    stop_server(settings)
    assert n_tries == len(outcome.seconds) + 1
    assert _money(outcome)["tumour"] == _money(told[2])["tumour"]


def test_without_a_base_model_the_tabular_task_runs_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = _settings(tmp_path)
    said = io.StringIO()
    monkeypatch.setattr(story, "has_module", lambda name: name != "elotl")
    with Bench.on(settings, quiet=True) as bench:
        outcome = Outcome(settings.home)
        screen = Screen(Console(file=said, width=200))
        teller = story.Story(bench, screen, settings)
        assert teller.base_model(outcome, small=False) is None
        assert [scene.task for scene in teller.scenes(None, small=False)] == ["tumour"]
    stop_server(settings)
    assert "pip install 'merit-workbench[demo]'" in said.getvalue()
    assert outcome.left_out
