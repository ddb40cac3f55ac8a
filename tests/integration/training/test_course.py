"""A training goes on after a kill, ends when a person says so, and keeps what was best."""

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.integration.training.conftest import RECIPE, Jobs, sentences
from tests.integration.training.dying_recipes import give_order
from workbench.compute.executor import LocalExecutor
from workbench.compute.outcome import Outcome
from workbench.core.errors import InvalidInputError, JobCancelledError
from workbench.core.jobs import CheckpointPlace, Event, JobContext, JobSpec
from workbench.training import causal_lm
from workbench.training.checkpoint import CHECKPOINT_FILE

COURSE = RECIPE | {"steps": 9, "validation_share": 0.25, "evaluate_every": 2}
Result = dict[str, Any]
HERE = Path(__file__).parent


def weights(context: JobContext) -> bytes:
    return (context.output / "adapter_model.safetensors").read_bytes()


def place(jobs: Jobs, seconds: float = 0.0) -> CheckpointPlace:
    folder = jobs.folder / "checkpoints"
    folder.mkdir(exist_ok=True)
    return CheckpointPlace(folder, seconds)


def steps(events: list[Event]) -> list[int]:
    return [event["step"] for event in events if event["type"] == "metric"]


def notes(events: list[Event]) -> list[str]:
    return [event["message"] for event in events if event["type"] == "note"]


def cut_short(jobs: Jobs, context: JobContext, step: int) -> None:
    """Run a job that is cancelled while it tells of a step."""

    def emit(event: Event) -> None:
        jobs.events.append(event)
        jobs.cancelled |= event["type"] == "metric" and event["step"] == step

    with pytest.raises(JobCancelledError):
        causal_lm.run(replace(context, emit=emit))
    jobs.cancelled = False


class TestCheckpoints:
    """What was kept is gone on from, to the same bits."""

    @pytest.mark.parametrize("parameters", [RECIPE | {"steps": 9}, COURSE], ids=["plain", "best"])
    @pytest.mark.parametrize("step", [1, 5, 8])
    def test_a_cancelled_training_goes_on_to_the_same_adapter_and_the_same_story(
        self, jobs: Jobs, parameters: dict[str, Any], step: int
    ) -> None:
        whole = jobs.context(parameters, jobs.texts(), seed=3)
        expected = causal_lm.run(whole)
        jobs.events.clear()
        first = jobs.context(parameters, jobs.texts(), seed=3)
        # Nothing is due for an hour: it is the wish to stop that keeps the state.
        cut_short(jobs, replace(first, checkpoints=place(jobs, 3600.0)), step)
        jobs.events.clear()
        again = jobs.context(parameters, jobs.texts(), seed=3)
        found = causal_lm.run(replace(again, checkpoints=place(jobs)))
        assert steps(jobs.events) == list(range(step + 1, 10))
        assert notes(jobs.events) == [f"resumed from step {step}"]
        assert weights(again) == weights(whole)
        told = ("model_digest", "metrics", "curve", "n_tokens", "validation")
        assert {k: found.get(k) for k in told} == {k: expected.get(k) for k in told}

    @pytest.mark.parametrize("damage", ["cut", "empty", "flipped", "text", "another", "renamed"])
    def test_a_damaged_checkpoint_is_told_of_and_not_used(self, jobs: Jobs, damage: str) -> None:
        context = jobs.context(RECIPE, jobs.texts())
        expected = causal_lm.run(context)["model_digest"]
        seed = 1 if damage == "another" else 0
        first = jobs.context(RECIPE, jobs.texts(), seed=seed)
        cut_short(jobs, replace(first, checkpoints=place(jobs)), 4)
        path = place(jobs).folder / CHECKPOINT_FILE
        content = path.read_bytes()
        flipped = bytearray(content)
        flipped[-5] ^= 1
        path.write_bytes(
            {
                "cut": content[: len(content) // 2],
                "empty": b"",
                "flipped": bytes(flipped),
                "text": b"no checkpoint " * 100,
                "another": content,
                "renamed": content.replace(b"exp_avg_sq.", b"exp_avg_xx."),
            }[damage]
        )
        jobs.events.clear()
        again = jobs.context(RECIPE, jobs.texts())
        found = causal_lm.run(replace(again, checkpoints=place(jobs)))
        [note] = notes(jobs.events)
        assert note.startswith("the checkpoint is damaged")
        assert note.endswith("the training starts over")
        assert steps(jobs.events) == list(range(1, 7))
        assert found["model_digest"] == expected

    def test_a_checkpoint_that_cannot_be_written_costs_a_note_and_not_the_training(
        self, jobs: Jobs
    ) -> None:
        context = jobs.context(RECIPE, jobs.texts())
        expected = causal_lm.run(context)["model_digest"]
        jobs.events.clear()
        lost = place(jobs)
        shutil.rmtree(lost.folder)
        # Every write to it fails, as on a full disk.
        lost.folder.symlink_to("/dev/full")
        again = jobs.context(RECIPE, jobs.texts())
        assert causal_lm.run(replace(again, checkpoints=lost))["model_digest"] == expected
        [note] = notes(jobs.events)
        assert note.startswith("no checkpoint can be kept")

    def test_a_checkpoint_is_kept_only_when_it_is_due(self, jobs: Jobs) -> None:
        kept = place(jobs, 3600.0)
        causal_lm.run(replace(jobs.context(RECIPE, jobs.texts()), checkpoints=kept))
        assert list(kept.folder.iterdir()) == []


class TestKilledWorkers:
    """A worker that dies in the middle costs the steps since its checkpoint, and no bit."""

    @pytest.fixture
    def executor(
        self, jobs: Jobs, monkeypatch: pytest.MonkeyPatch
    ) -> Iterator[Callable[..., Outcome]]:
        monkeypatch.syspath_prepend(HERE)
        made = LocalExecutor(
            jobs.folder / "jobs",
            resolve=lambda reference: (
                jobs.models_dir / reference.removeprefix("model:")
                if reference.startswith("model:")
                else jobs.folder / "inputs" / f"{reference}.jsonl"
            ),
            cache_dir=jobs.cache,
            n_workers=1,
            recipes={"dying": "dying_recipes:tune"},
        )
        yield made.run
        made.close()

    @staticmethod
    def spec(jobs: Jobs, parameters: dict[str, Any] = COURSE) -> JobSpec:
        inputs = {name: path.stem for name, path in jobs.texts().items()}
        return JobSpec("dying", inputs | {"base": f"model:{jobs.base}"}, parameters, 3)

    def test_the_second_attempt_goes_on_and_ends_with_the_same_adapter(
        self, jobs: Jobs, executor: Callable[..., Outcome]
    ) -> None:
        spec = self.spec(jobs)
        with executor(replace(spec, recipe="causal-lm")) as outcome:
            expected = outcome.result
        give_order(jobs.cache, "die", 6)
        events: list[Event] = []
        with executor(spec, on_event=events.append, resumable=True) as outcome:
            found = outcome.result
        assert found["model_digest"] == expected["model_digest"]
        assert found["metrics"] == expected["metrics"]
        assert found["curve"] == expected["curve"]
        assert found["validation"] == expected["validation"]
        # It died before the checkpoint of the step that it told of.
        assert steps(events) == [1, 2, 3, 4, 5, 6, 6, 7, 8, 9]
        lost, resumed = notes(events)
        assert "killed by SIGKILL" in lost
        assert resumed == "resumed from step 5"

    def test_a_job_that_may_not_resume_starts_over(
        self, jobs: Jobs, executor: Callable[..., Outcome]
    ) -> None:
        give_order(jobs.cache, "die", 6)
        events: list[Event] = []
        executor(self.spec(jobs), on_event=events.append).discard()
        assert steps(events) == [*range(1, 7), *range(1, 10)]
        assert not (jobs.cache / "checkpoints").exists()


class TestStopping:
    """A person ends a training; its model can be made again without that person."""

    def stopped(self, jobs: Jobs, parameters: dict[str, Any], step: int) -> tuple[JobContext, Any]:
        told: list[int] = []

        def emit(event: Event) -> None:
            jobs.events.append(event)
            if event["type"] == "metric":
                told.append(event["step"])

        context = jobs.context(parameters, jobs.texts(), seed=3)
        asked = replace(context, emit=emit, stopping=lambda: step in told)
        return context, causal_lm.run(asked)

    @pytest.mark.parametrize("keep", ["best", "last"])
    def test_it_ends_at_the_next_step_and_the_recorded_step_makes_the_same_adapter(
        self, jobs: Jobs, keep: str
    ) -> None:
        parameters = COURSE | {"keep": keep}
        context, found = self.stopped(jobs, parameters, 5)
        assert found["stopped_at_step"] == 5
        assert [step for step, _ in found["curve"]] == [1, 2, 3, 4, 5]
        again = jobs.context(parameters | {"stop_at": 5}, jobs.texts(), seed=3)
        result = causal_lm.run(again)
        assert weights(again) == weights(context)
        assert result["metrics"] == found["metrics"]
        assert "stopped_at_step" not in result

    def test_the_schedule_is_that_of_all_steps(self, jobs: Jobs) -> None:
        inputs = jobs.texts()
        digests = [
            causal_lm.run(jobs.context(RECIPE | changes, inputs))["model_digest"]
            for changes in ({"steps": 9, "stop_at": 4}, {"steps": 4}, {"steps": 9, "stop_at": 9},
                            {"steps": 9})
        ]  # fmt: skip
        assert digests[0] != digests[1]
        assert digests[2] == digests[3]

    def test_one_that_is_stopped_before_its_first_step_is_the_base_model(self, jobs: Jobs) -> None:
        context = jobs.context(RECIPE, jobs.texts())
        found = causal_lm.run(replace(context, stopping=lambda: True))
        assert found["stopped_at_step"] == 0
        assert found["metrics"]["loss"] == found["metrics"]["base_loss"]

    def test_a_worker_lost_after_the_wish_does_not_train_on(self, jobs: Jobs) -> None:
        context, found = self.stopped(jobs, COURSE, 5)
        kept = replace(context, checkpoints=place(jobs))
        told: list[int] = []

        def dying(event: Event) -> None:
            if event["type"] == "metric":
                told.append(event["step"])
            if event.get("on") == "hidden test" and told:
                raise ConnectionError

        with pytest.raises(ConnectionError):
            causal_lm.run(replace(kept, emit=dying, stopping=lambda: 5 in told))
        again = causal_lm.run(kept)
        assert again["stopped_at_step"] == 5
        assert again["model_digest"] == found["model_digest"]


class TestValidation:
    """The best is chosen on rows that are held out, never on the hidden test."""

    def test_the_adapter_with_the_lowest_validation_loss_is_kept(self, jobs: Jobs) -> None:
        # Few rows of many kinds: what helps with those trained on soon harms with the others.
        texts = ["atl atl atl", "calli calli calli", "zz qq zz qq", "mm pp mm pp", "xy xy xy", "se"]
        inputs = {"rows:ana:0": jobs.rows(texts), "test": jobs.rows(sentences(9))}
        parameters = RECIPE | {
            "steps": 12, "learning_rate": 0.2, "schedule": "constant", "last_blocks": 3,
            "validation_share": 0.5, "evaluate_every": 1,
        }  # fmt: skip
        best = jobs.context(parameters, inputs)
        found = causal_lm.run(best)["validation"]
        curve = {int(step): loss for step, loss in found["curve"]}
        assert found["kept_step"] == min(curve, key=lambda step: curve[step])
        assert 0 < found["kept_step"] < 12
        last = jobs.context(parameters | {"keep": "last"}, inputs)
        assert causal_lm.run(last)["validation"]["kept_step"] == 12
        assert weights(best) != weights(last)
        at = jobs.context(parameters | {"keep": "last", "stop_at": found["kept_step"]}, inputs)
        causal_lm.run(at)
        assert weights(at) == weights(best)

    def test_looking_at_the_validation_rows_changes_nothing(self, jobs: Jobs) -> None:
        parameters = COURSE | {"keep": "last"}
        digests = {
            causal_lm.run(jobs.context(parameters | {"evaluate_every": n}, jobs.texts()))[
                "model_digest"
            ]
            for n in (0, 1, 4)
        }
        assert len(digests) == 1

    def test_events_say_where_a_loss_was_measured_and_which_is_best(self, jobs: Jobs) -> None:
        found = causal_lm.run(jobs.context(COURSE, jobs.texts()))["validation"]["curve"]
        told = [event for event in jobs.events if event["type"] == "evaluation"]
        hidden = [event["step"] for event in told if event["on"] == "hidden test"]
        assert hidden == [0, 9]
        seen = [event for event in told if event["on"] == "validation"]
        assert [[event["step"], event["loss"]] for event in seen] == found
        assert [event["step"] for event in seen] == [0, 2, 4, 6, 8, 9]
        losses = [loss for _, loss in found]
        assert [event["is_best"] for event in seen] == [
            loss < min(losses[:i], default=float("inf")) for i, loss in enumerate(losses)
        ]

    def test_every_look_needs_rows_to_look_at(self, jobs: Jobs) -> None:
        with pytest.raises(InvalidInputError, match="validation_share"):
            causal_lm.run(jobs.context(RECIPE | {"evaluate_every": 2}, jobs.texts()))

    def test_without_validation_nothing_but_the_defaults_is_there(self, jobs: Jobs) -> None:
        result = causal_lm.run(jobs.context(RECIPE, jobs.texts()))
        assert {"validation", "stopped_at_step"}.isdisjoint(result)
        assert result["n_rows"] == sum(
            len(path.read_text().splitlines())
            for name, path in jobs.texts().items()
            if name.startswith("rows:")
        )

    def test_rows_of_which_none_would_be_left_are_refused(self, jobs: Jobs) -> None:
        inputs = {"rows:ana:0": jobs.rows(["atl calli"]), "test": jobs.rows(sentences(9))}
        with pytest.raises(InvalidInputError, match="none is left to train on"):
            causal_lm.run(jobs.context(COURSE, inputs))


def test_a_checkpoint_holds_no_path_of_this_machine(jobs: Jobs) -> None:
    context = jobs.context(COURSE, jobs.texts())
    cut_short(jobs, replace(context, checkpoints=place(jobs)), 3)
    content = (place(jobs).folder / CHECKPOINT_FILE).read_bytes()
    assert str(jobs.folder).encode() not in content
    header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
    assert list(header["__metadata__"]) == ["workbench"]
