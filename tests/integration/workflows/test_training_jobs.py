"""A fine-tune's job: it survives its server, ends when a person says so, and is reproduced."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.training import dying_recipes
from tests.integration.training.dying_recipes import give_order
from tests.integration.workflows.conftest import SPEECH_RECIPE, Lab, make_texts
from workbench.compute import recipes
from workbench.core.errors import InvalidInputError, InvalidMoveError, JobCancelledError
from workbench.core.jobs import JobSpec
from workbench.core.settings import Settings
from workbench.core.wire import JobView, ReproduceRequest, RunView, TrainRequest
from workbench.training.tiny_gpt2 import tiny_gpt2
from workbench.workflows import reproduce, train
from workbench.workflows.home import Home

COURSE = {"validation_share": 0.25, "evaluate_every": 4}


class Place:
    """A home that can be closed and opened again, with a task of a tiny language model."""

    def __init__(self, root: Path) -> None:
        self.settings = Settings(
            home=root / "home", cache_dir=root / "cache", keys_dir=root / "keys",
            tracking_uri="http://127.0.0.1:9", n_workers=1,
        )  # fmt: skip
        self.lab = Lab(Home.open(self.settings))

    @property
    def home(self) -> Home:
        return self.lab.home

    def open_task(self) -> None:
        base = tiny_gpt2(self.settings.models_dir, n_layers=2, width=32)
        self.lab.open_task(
            title="Speech",
            kind="causal-lm",
            metric="negative loss per token",
            hidden_test_sha256=self.home.blobs.put([make_texts(99, 32)])[0],
            base={"name": "tiny", "digest": base},
            recipe=SPEECH_RECIPE,
        )
        self.lab.contribute("ana", make_texts(1))
        self.lab.contribute("ben", make_texts(2))

    def reopen(self) -> None:
        """Close the home and open it again, as a server that stops and starts."""
        self.home.close()
        self.lab.home = Home.open(self.settings)
        self.home.resume()

    def start(self, **parameters: Any) -> JobView:
        return train.start(self.home, "clouds", TrainRequest(size="quick", parameters=parameters))

    def run_of(self, job: JobView) -> RunView:
        return train.get_run(self.home, str(self.lab.wait(job)["run"]))

    def wait_for_step(self, job: JobView, step: int) -> None:
        """Return when a job has told of a step."""
        after = -1
        while True:
            for number, event in self.home.jobs.events(job.id, after, 60.0):
                after = number
                assert event["type"] != "end"
                if (event["type"], event.get("step")) == ("metric", step):
                    return

    def notes(self, job: JobView) -> list[str]:
        events = self.home.jobs.events(job.id, -1, 0.0)
        return [event["message"] for _, event in events if event["type"] == "note"]

    @property
    def checkpoints(self) -> list[Path]:
        return sorted((self.settings.cache_dir / "checkpoints").rglob("*.safetensors"))


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with pytest.MonkeyPatch.context() as patch:
        # Workers inherit the module search path.
        patch.syspath_prepend(Path(dying_recipes.__file__).parent)
        patch.setitem(recipes.RECIPES, "causal-lm", "dying_recipes:tune")  # type: ignore[arg-type]
        made = Place(tmp_path_factory.mktemp("place"))
        made.open_task()
        yield made
        made.home.close()


@pytest.fixture(scope="module")
def undisturbed(place: Place) -> RunView:
    """A run of twenty steps with which nobody interfered."""
    return place.run_of(place.start(**COURSE, learning_rate=0.01))


def spec_of(place: Place, run: RunView) -> JobSpec:
    [row] = place.home.database.read("run_by_id", {"id": run.id})
    return JobSpec.from_json(json.loads(row["spec"]))


class TestRestarts:
    """What a server that stops leaves, the next one goes on with."""

    def test_a_closed_server_keeps_the_training_and_the_next_one_ends_it_identically(
        self, place: Place
    ) -> None:
        give_order(place.settings.cache_dir, "wait", 7)
        job = place.start(**COURSE)
        place.wait_for_step(job, 7)
        place.reopen()
        run = place.run_of(job)
        assert "resumed from step 7" in place.notes(job)
        assert [step for step, _ in run.details["curve"]] == list(range(1, 21))
        assert place.checkpoints == []
        found = ReproduceRequest()
        again = place.lab.wait(reproduce.start(place.home, run.id, found))
        # The reproduction had no checkpoint to go on from, and nobody disturbed it.
        assert again["outcome"] == "identical"

    def test_a_cancelled_training_that_is_asked_for_again_goes_on(self, place: Place) -> None:
        give_order(place.settings.cache_dir, "wait", 5)
        job = place.start(rank=3)
        place.wait_for_step(job, 5)
        place.home.jobs.cancel(job.id)
        with pytest.raises(JobCancelledError):
            place.home.jobs.wait(job.id, 60.0)
        assert len(place.checkpoints) == 1
        assert place.start(rank=3).id == job.id
        place.run_of(job)
        assert "resumed from step 5" in place.notes(job)
        assert place.checkpoints == []

    def test_a_reproduction_uses_no_checkpoint(self, place: Place, undisturbed: RunView) -> None:
        # What a cancelled training of the same job would have left, with other weights in it.
        spec = spec_of(place, undisturbed)
        folder = place.settings.cache_dir / "checkpoints" / spec.id
        folder.mkdir(parents=True)
        planted = folder / "checkpoint.safetensors"
        planted.write_bytes(b"planted")
        job = reproduce.start(place.home, undisturbed.id, ReproduceRequest())
        assert place.lab.wait(job)["outcome"] == "identical"
        assert planted.read_bytes() == b"planted"
        assert not [note for note in place.notes(job) if "checkpoint" in note or "resumed" in note]
        planted.unlink()


class TestStopping:
    """The person's moment is chance; what the run records is not."""

    def stopped(self, place: Place, step: int, **parameters: Any) -> JobView:
        give_order(place.settings.cache_dir, "wait", step)
        job = place.start(**parameters)
        place.wait_for_step(job, step)
        train.stop(place.home, job.id)
        return job

    def test_the_run_records_the_step_and_is_reproduced_identically(self, place: Place) -> None:
        job = self.stopped(place, 6, **COURSE, learning_rate=0.03)
        run = place.run_of(job)
        assert run.details["stopped_at_step"] == 6
        assert run.details["stopped_job"] == job.id
        assert run.details["validation"]["kept_step"] <= 6
        assert "a person ended the training early" in place.notes(job)
        spec = spec_of(place, run)
        assert (spec.id, spec.parameters["stop_at"], spec.parameters["steps"]) == (run.id, 6, 20)
        found = place.lab.wait(reproduce.start(place.home, run.id, ReproduceRequest()))
        assert found["outcome"] == "identical"

    def test_who_asks_again_gets_all_of_it(self, place: Place) -> None:
        job = self.stopped(place, 3, learning_rate=0.04)
        short = place.run_of(job)
        again = place.start(learning_rate=0.04)
        assert again.id != job.id
        whole = place.run_of(again)
        assert [step for step, _ in whole.details["curve"]] == list(range(1, 21))
        assert whole.id != short.id
        assert place.start(learning_rate=0.04).id == again.id

    def test_a_job_that_has_ended_stays_as_it_is(self, place: Place) -> None:
        job = place.start(learning_rate=0.05)
        place.run_of(job)
        assert train.stop(place.home, job.id).state == "done"

    def test_a_job_without_training_is_refused(self, place: Place, undisturbed: RunView) -> None:
        give_order(place.settings.cache_dir, "wait", 2)
        job = reproduce.start(place.home, undisturbed.id, ReproduceRequest())
        place.wait_for_step(job, 2)
        with pytest.raises(InvalidMoveError, match="no training to end early"):
            train.stop(place.home, job.id)
        place.home.jobs.cancel(job.id)
        with pytest.raises(JobCancelledError):
            place.home.jobs.wait(job.id, 60.0)


@pytest.mark.parametrize("named", [{"steps": 3}, {"keep": "last"}, {"max_tokens": 16}])
def test_every_parameter_of_the_course_may_be_named(place: Place, named: dict[str, Any]) -> None:
    run = place.run_of(place.start(**named))
    assert spec_of(place, run).parameters.items() >= named.items()


def test_an_unknown_parameter_is_refused_with_those_there_are(place: Place) -> None:
    with pytest.raises(InvalidInputError, match="stepps: Extra inputs") as caught:
        place.start(stepps=3)
    assert "validation_share" in caught.value.wanted
