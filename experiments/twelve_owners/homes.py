"""One study in a home of its own: asked for once, or asked for, killed and asked for again."""

import hashlib
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final

import psutil

from workbench.client.bench import Bench
from workbench.client.launch import server_status, stop_server
from workbench.client.study import Study
from workbench.core.errors import WorkbenchError
from workbench.core.settings import Settings
from workbench.demo.scene import Scene
from workbench.demo.staging import contribute_all, open_scene, smollm2

SEED: Final = 0
_LOOK_SECONDS: Final = 0.02
_END_SECONDS: Final = 30.0


@dataclass(frozen=True)
class Question:
    """What every run asks for.

    Attributes
    ----------
    scene : the task and its owners.
    budget : distinct coalitions.
    folder : where each run gets a folder of its own.
    cache_dir : of base models and hidden states; shared.
    """

    scene: Scene
    budget: int
    folder: Path
    cache_dir: Path


@dataclass(frozen=True)
class Told:
    """What a run came to.

    Attributes
    ----------
    n_workers : worker processes.
    wall_seconds : from the empty home to the sealed study.
    value_seconds : of these, from asking for values on.
    cpu_seconds : of the home's servers and all their workers.
    n_evaluations : distinct coalitions that the values rest on.
    n_stored_at_kill : utilities that were stored when the server was killed; 0 without a kill.
    n_left_behind : of the killed server's workers, those that did not end by themselves.
    values : a row an owner, as sealed.
    answer : study, sealed values and evaluations as JSON, which writes equal floats alone alike.
    """

    n_workers: int
    wall_seconds: float
    value_seconds: float
    cpu_seconds: float
    n_evaluations: int
    n_stored_at_kill: int
    n_left_behind: int
    values: list[dict[str, Any]]
    answer: str

    @property
    def digest(self) -> str:
        """SHA-256 of the answer."""
        return hashlib.sha256(self.answer.encode()).hexdigest()


@dataclass(frozen=True)
class _Kill:
    """When a server was killed, what it had used, and how many workers outlived it."""

    at: datetime
    cpu_seconds: float
    n_left_behind: int


def run(
    question: Question,
    name: str,
    *,
    n_workers: int,
    kill_at: int = 0,
    on_study: Callable[[Study], None] | None = None,
) -> Told:
    """Let twelve owners contribute in a new home, value them, and return what was told.

    Parameters
    ----------
    question : what is asked.
    name : of the run's folder.
    n_workers : worker processes.
    kill_at : kill client, server and workers once so many utilities are stored; 0 is never.
    on_study : called with the sealed study while its server runs.

    Raises
    ------
    WorkbenchError
        A contribution is refused, or the study was over before it could be killed.
    """
    settings = Settings(
        home=question.folder / name / "home",
        cache_dir=question.cache_dir,
        keys_dir=question.folder / name / "keys",
        # Nobody listens there: MLflow waits, and nothing else may suffer.
        tracking_uri="http://127.0.0.1:9",
        n_workers=n_workers,
    )
    began = time.perf_counter()
    try:
        with Bench.on(settings, "sponsor", quiet=True) as bench:
            join(bench, question.scene, settings)
            asked = time.perf_counter()
            kill = _kill_in_the_middle(settings, bench, question, kill_at) if kill_at else None
        with Bench.on(settings, "sponsor", quiet=True) as bench:
            study = ask(bench, question.scene.task, question.budget)
            ended = time.perf_counter()
            cpu_seconds = _cpu_seconds(_family(settings))
            if on_study is not None:
                on_study(study)
            return Told(
                n_workers=n_workers,
                wall_seconds=ended - began,
                value_seconds=ended - asked,
                cpu_seconds=cpu_seconds + (kill.cpu_seconds if kill else 0.0),
                n_evaluations=study.view.n_evaluations,
                n_stored_at_kill=_n_stored_before(bench, kill.at, question) if kill else 0,
                n_left_behind=kill.n_left_behind if kill else 0,
                values=_values(study),
                answer=_answer(bench, study),
            )
    finally:
        stop_server(settings)


def join(bench: Bench, scene: Scene, settings: Settings) -> None:
    """Open the scene's task as its sponsor, and let every owner sign and submit."""
    base = smollm2(bench, settings) if scene.kind == "causal-lm" else None
    open_scene(bench, scene, base)
    contribute_all(bench, scene)


def ask(bench: Bench, task: str, budget: int) -> Study:
    """Value the owners; the same request each time, so that it finds what was begun."""
    return bench.value(task, budget=budget, seed=SEED)


def ask_alone(settings: Settings, task: str, budget: int) -> None:
    """Value the owners from a process of its own, which can be killed."""
    with Bench.on(settings, "sponsor", quiet=True) as bench:
        ask(bench, task, budget)


def _kill_in_the_middle(
    settings: Settings, bench: Bench, question: Question, kill_at: int
) -> _Kill:
    """Kill who asks and who answers as soon as enough utilities are stored."""
    arguments = (settings, question.scene.task, question.budget)
    asker = get_context("spawn").Process(target=ask_alone, args=arguments, daemon=True)
    asker.start()
    while _n_stored(bench) < kill_at:
        if not asker.is_alive():
            raise _too_late()
        time.sleep(_LOOK_SECONDS)
    family = _family(settings)
    used = _cpu_seconds(family)
    asker.kill()
    # The server alone: it has no chance to tell its workers, who have to notice.
    family[0].kill()
    at = datetime.now(UTC)
    asker.join()
    _, left = psutil.wait_procs(family, timeout=_END_SECONDS)
    for process in left:
        process.kill()
    return _Kill(at, used, len(left))


def _family(settings: Settings) -> list[psutil.Process]:
    """Return the process of the home's server and all below it."""
    health = server_status(settings)
    if health is None:
        raise WorkbenchError("the home has no server", wanted="the one that was asked just now")
    server = psutil.Process(health.pid)
    return [server, *server.children(recursive=True)]


def _cpu_seconds(family: Sequence[psutil.Process]) -> float:
    """Return the CPU seconds of processes and of their children that have ended."""
    # User, system, and both of the children that were waited for.
    return float(sum(sum(process.cpu_times()[:4]) for process in family))


def _n_stored(bench: Bench) -> int:
    return int(bench.sql("select count(*) as n from evaluation")["n"][0])


def _n_stored_before(bench: Bench, at: datetime, question: Question) -> int:
    """Return how many utilities are older than the kill."""
    statement = "select count(*) as n from evaluation where created_at < ?::timestamptz"
    n_stored = int(bench.sql(statement, [at.isoformat()])["n"][0])
    if n_stored >= question.budget:
        raise _too_late()
    return n_stored


def _too_late() -> WorkbenchError:
    return WorkbenchError(
        "the study was over before its server could be killed",
        wanted="a kill in the middle",
        next_step="ask for a larger budget, or kill earlier",
    )


def _values(study: Study) -> list[dict[str, Any]]:
    columns = [str(name) for name in study.values.columns]
    return [dict(zip(columns, row, strict=True)) for row in study.values.to_numpy().tolist()]


def _answer(bench: Bench, study: Study) -> str:
    """Return all that must not depend on workers or kills."""
    evaluations = bench.sql(
        "select coalition, replicate, utility, seed::varchar as seed from evaluation"
        " order by coalition, replicate"
    )
    evidence = bench.sql(
        "select coalition, ordinal from study_coalition where study = ? order by ordinal",
        [study.id],
    )
    return json.dumps(
        {
            "study": study.id,
            "values": _values(study),
            "evaluations": evaluations.to_dict("split")["data"],
            "evidence": evidence.to_dict("split")["data"],
        },
        sort_keys=True,
    )
