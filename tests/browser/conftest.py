"""Headless Chromium, published results to look at, and Voilà over them.

Every page is watched: a request to another host, an error in the console or an uncaught exception
fails the test that opened it.
"""

import json
import os
import select
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Error,
    Page,
    Request,
    Route,
    expect,
    sync_playwright,
)

from tests.browser.proofs import checking
from workbench import pages
from workbench.core.wire import EpochView, PayoutRow, SizeRow, WhyView
from workbench.pages.runs import Again, Seal

ROOT = Path(__file__).parents[2]
SCREENSHOTS = ROOT / "screenshots"
START_SECONDS = 60
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# Notebook 7.6.5 throws the first at each of its starts, also without our extension, and the second
# when its file browser is restored before its commands are there.
NOTEBOOKS_OWN = ["reading 'schema'", "Command 'filebrowser:open-path' not registered"]
# Names that would be code anywhere they are not escaped, and one that reads right to left.
HOSTILE = [
    "<script>window.hacked = 1</script>",
    '<img src=x onerror="window.hacked = 1">',
    "'\"--></td></table><svg onload=window.hacked=1>",
    "{{ 7 * 7 }}",
    "نص عربي",
]
NAMES = ["Classical Nahuatl", "Western Huasteca Nahuatl", "Puebla Nahuatl", "Morelos Nahuatl"]
POOL = 987_654_321
AS_OF = datetime(2026, 11, 22, 10, 31, tzinfo=UTC)


@dataclass
class Published:
    """What was written, so that a test can compare it with what is on screen."""

    folder: Path
    epochs: dict[str, EpochView] = field(default_factory=dict)

    def file(self, name: str) -> str:
        return (self.folder / name).as_uri()


@dataclass
class Voila:
    """A running server of the dashboards."""

    url: str
    token: str
    pid: int

    def page(self, name: str, task: str) -> str:
        return f"{self.url}voila/render/{name}.ipynb?task={task}"


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Published:
    """Two tasks: one ordinary, one whose owners have hostile names; and a damaged third."""
    written = Published(tmp_path_factory.mktemp("published"))
    about = {
        "speak-nahuatl": {"title": "Speak Nahuatl", "metric": "log-likelihood"},
        "hostile": {"title": HOSTILE[0], "metric": "accuracy"},
    }
    written.epochs["speak-nahuatl"] = _epoch("speak-nahuatl", [*NAMES, "Otomí", "Spanish"])
    compared = {"speak-nahuatl": _models(), "hostile": None}
    written.epochs["hostile"] = _epoch("hostile", HOSTILE)
    for task, epoch in written.epochs.items():
        folder = written.folder / task
        folder.mkdir()
        models = compared[task]
        check = checking(epoch)
        story, runs = _story(epoch, about[task]["title"]), _runs(task, about[task]["title"])
        texts = {
            "leaderboard.html": pages.leaderboard_html(
                epoch, **about[task], as_of=AS_OF, models=models
            ),
            "payouts.html": pages.payouts_html(epoch, **about[task], as_of=AS_OF, check=check),
            "all.html": pages.all_html(epoch, **about[task], as_of=AS_OF, check=check),
            "proof.json": json.dumps(check.proof),
            "task.html": pages.task_html(story),
            "runs.html": pages.runs_html(runs, has_epoch=True),
            "task.json": story.model_dump_json(),
            "runs.json": runs.model_dump_json(),
            "leaderboard.json": json.dumps(
                pages.leaderboard_document(epoch, **about[task], as_of=AS_OF, models=models)
            ),
        }
        for name, text in texts.items():
            (folder / name).write_text(text, encoding="utf-8")
        (folder / "why").mkdir()
        for row in epoch.payouts:
            why = _why(epoch, row)
            page = pages.why_html(why, epoch, title=task, as_of=AS_OF, check=check)
            (folder / "why" / f"{pages.why_name(why)}.html").write_text(page, encoding="utf-8")
        rows = pa.Table.from_pylist([row.model_dump() for row in epoch.payouts])
        pq.write_table(rows, folder / "leaderboard.parquet")
    entries = [
        pages.index_entry(task, **about[task], epoch=epoch)
        for task, epoch in written.epochs.items()
    ]
    entries.append(pages.index_entry("tumour", title="Tell tumours apart", metric="accuracy"))
    (written.folder / "index.json").write_text(json.dumps(pages.index_document(entries, AS_OF)))
    (written.folder / "index.html").write_text(pages.index_html(entries, AS_OF), encoding="utf-8")
    (written.folder / "empty.html").write_text(pages.index_html([], AS_OF), encoding="utf-8")
    (written.folder / "damaged").mkdir()
    (written.folder / "damaged" / "leaderboard.json").write_text("{")
    return written


@pytest.fixture(scope="module")
def browser(chromium_path: str) -> Iterator[Browser]:
    """Debian's Chromium, one a module.

    Playwright's event loop lives in this thread as long as the browser: tests of other
    rooms that run a loop of their own must find none.
    """
    expect.set_options(timeout=30_000)  # a busy machine is slow, not wrong
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path, args=CHROMIUM_FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def faults() -> list[str]:
    """What pages did wrong so far; a test that means a fault to happen takes it out."""
    return []


@pytest.fixture
def visit(browser: Browser, faults: list[str]) -> Iterator[Callable[..., Page]]:
    """Open an address in a fresh context; what the page did wrong fails the test at its end."""
    contexts = []

    def open_page(url: str, **options: object) -> Page:
        context = browser.new_context(**({"viewport": {"width": 1200, "height": 900}} | options))  # type: ignore[arg-type]
        contexts.append(context)
        context.route("**/*", guard)
        page = context.new_page()
        page.on("console", lambda m: faults.append(told(m)) if m.type == "error" else None)
        page.on("pageerror", lambda e: None if is_theirs(e) else faults.append(str(e)))
        page.goto(url)
        return page

    def is_theirs(error: Error) -> bool:
        return "notebook_core" in str(error.stack) and any(
            text in error.message for text in NOTEBOOKS_OWN
        )

    def told(message: ConsoleMessage) -> str:
        return f"{message.text} {message.location['url']}"

    def guard(route: Route, asked: Request) -> None:
        parts = urlsplit(asked.url)
        if parts.scheme in {"file", "data", "blob"} or parts.hostname == "127.0.0.1":
            route.continue_()
        else:
            faults.append(f"asked another host: {asked.url}")
            route.abort()

    yield open_page
    for context in contexts:
        for page in context.pages:
            page.goto("about:blank")  # leaving a dashboard ends its kernel; closing at once may not
        context.close()
    assert faults == []


@pytest.fixture(scope="session")
def picture() -> Callable[[Page, str], None]:
    """Keep a picture of the whole page in ``screenshots/``, for people to look at."""

    def keep(page: Page, name: str) -> None:
        page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)

    return keep


@pytest.fixture(scope="session")
def voila(published: Published, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Voila]:
    """``python -m workbench.dashboards`` over the published folder."""
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    log = elsewhere / "stderr.txt"
    environment = os.environ | {"WORKBENCH_PUBLISHED": str(published.folder), "MY_SECRET": "pearl"}
    with (
        log.open("wb") as errors,
        subprocess.Popen(
            [sys.executable, "-m", "workbench.dashboards", "--port", "0"],
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            cwd=elsewhere,
            env=environment,
        ) as process,
    ):
        assert process.stdout is not None
        select.select([process.stdout], [], [], START_SECONDS)  # readline has no deadline
        line = process.stdout.readline()
        assert line.startswith("Dashboards: http://127.0.0.1:"), log.read_text()
        url, token = line.split()[1].split("?token=")
        yield Voila(url, token, process.pid)
        process.terminate()
        process.wait(START_SECONDS)


def _story(epoch: EpochView, title: str) -> pages.TaskStory:
    """A task that grew for two weeks, of whose three models the last is the champion."""
    day = timedelta(days=1)
    arrivals = [
        pages.Arrival(at=AS_OF - (14 - 2 * n) * day, owner=row.owner, n_rows=row.n_rows,
                      license="CC-BY-SA-4.0")
        for n, row in enumerate(epoch.payouts)
    ]  # fmt: skip
    reigns = [
        pages.Reign(at=AS_OF - (9 - 4 * n) * day, model=f"{n}d" * 32, run=f"{n}a" * 32,
                    utility=utility)
        for n, utility in enumerate((-3.9121, -3.3310, -3.1127))
    ]  # fmt: skip
    best = pages.best_paid(epoch.payouts)
    owners = [row.owner for row in epoch.payouts]
    merges = [
        pages.Merging(
            number=n, at=AS_OF - (4 - n) * day, proposal=f"{n}e" * 32, owner=owners[n],
            claim=HOSTILE[0], model=f"{n + 1}d" * 32, base=f"{n}d" * 32, gain="218300",
            bounty="109150000", bounties={owners[n]: "70000000", owners[0]: "39150000"},
            state=state, final_at=None, rolled_back_at=undone,
            rolled_back_because=undone and HOSTILE[1],
        )
        for n, state, undone in ((1, "final", None), (2, "void", AS_OF))
    ]  # fmt: skip
    return pages.TaskStory(
        id=epoch.task, title=title, kind="causal-lm", rows="text", sponsor="sponsor",
        created_at=AS_OF - 15 * day, metric="negative loss per token",
        base="SmolLM2-135M-Instruct", licenses=["CC-BY-SA-4.0", "CC0-1.0"], classes=[],
        pool="250000000", pay_on="value", semivalue="shapley", owner_cap="1/2",
        minimum_gain_units="0", dispute_seconds=604_800, arrivals=arrivals, reigns=reigns,
        merges=merges, bounties="500000000", bounty_price="500",
        closings=[pages.make_closing(epoch)], best_owner=best and best[0],
        best_per_row=str(best[1]) if best else None, as_of=AS_OF,
    )  # fmt: skip


def _runs(task: str, title: str) -> pages.PublishedRuns:
    """A fine-tune, its comparison and a valuation; sealed, done again, or neither."""
    seal = Seal(what="run", record="5e" * 32, at=AS_OF)
    again = Again(outcome="equal within tolerance", record="6f" * 32, at=AS_OF)
    measured = [
        ("fine-tune", {"loss": 3.1127, "utility": -3.1127, "base_loss": 3.9121,
                       "loss_full": 3.2214, "base_loss_full": 4.0237}, [seal], [again]),
        ("comparison", {"loss-per-token.base": 3.9121, "loss-per-token.dddddddddddd": 3.1127},
         [seal], []),
        ("valuation", {"n_evaluations": 64.0, "value.Otomí": 0.0104, f"value.{HOSTILE[0]}": 0.0312},
         [seal, Seal(what="values", record="7a" * 32, at=AS_OF)], []),
        ("fine-tune", {"loss": 3.4}, [], []),
    ]  # fmt: skip
    runs = [
        pages.PublishedRun(
            id=f"{n}b" * 32, kind=kind, created_at=AS_OF - timedelta(hours=n),
            model="d" * 64 if kind == "fine-tune" else None, metrics=metrics, seals=seals,
            again=done, withdrawn=[HOSTILE[0]] if n == 3 else [], origin=None,
            command=f"workbench reproduce {n}b",
        )
        for n, (kind, metrics, seals, done) in enumerate(measured)
    ]  # fmt: skip
    return pages.PublishedRuns(
        task=task, title=title, as_of=AS_OF, runs=runs, metric="negative loss per token"
    )


def _why(epoch: EpochView, row: PayoutRow) -> WhyView:
    return WhyView(
        epoch=epoch.id, number=epoch.number, task=epoch.task, study=epoch.study, owner=row.owner,
        n_rows=row.n_rows, metric="log-likelihood", method="exact", semivalue="shapley",
        confidence=0.95, value=row.value, standard_error=row.standard_error,
        low=row.value - 0.01, high=row.value + 0.01, pool=epoch.pool, pay_on="value",
        owner_cap=None, weight="712", whole="2370", floor=row.amount, rounding=0, above_cap="0",
        amount=row.amount, why_returned="", utility_of_all=-3.1, utility_without=-3.2,
        by_size=[SizeRow(n_others=0, n_pairs=1, marginal=0.1, weight=0.5, part=0.05)], raised=[],
        lowered=[], n_pairs=1, duplicates=[], state=epoch.state,
    )  # fmt: skip


def _models() -> pages.PublishedModels:
    """A base model, one that is surely better, and one of which nobody can tell."""
    tuned, other = "d" * 64, "e" * 64
    sure = {"p": 0.00005, "test": "sign-flip, 20,000 flips", "verdict": "better"}
    unsure = {"p": 0.41, "test": "sign-flip, 20,000 flips", "verdict": "no difference"}
    measured = [
        ("base", 3.9121, None, {}),
        (tuned, 3.1127, -0.7994, sure),
        (other, 3.8968, -0.0153, unsure),
    ]
    scores = [
        {"model": model, "metric": "loss-per-token", "score": score}
        | {"low": score - 0.1212, "high": score + 0.1231}
        | ({} if gain is None else {"difference": gain})
        | ({} if gain is None else {"difference_low": gain - 0.04, "difference_high": gain + 0.03})
        | pair
        for model, score, gain, pair in measured
    ]
    details = {
        "scores": scores,
        "metrics": [{"metric": "loss-per-token", "unit": "nats a token", "better": "lower"}],
        "confidence": 0.95,
        "n_rows": 512,
    }
    return pages.models_document("c" * 64, details, created_at=AS_OF, champion=tuned)


def _epoch(task: str, owners: list[str]) -> EpochView:
    """An epoch with an awkward pool, whose last owner made the model worse."""
    measured = [
        (0.0712, 0.0041),
        (0.0655, 0.0038),
        (0.0587, 0.0044),
        (0.0312, 0.0037),
        (0.0104, 0.0029),
        (-0.0042, 0.0031),
    ][-len(owners) :]
    weights = [max(round(value * 10_000), 0) for value, _ in measured]
    amounts = [POOL * weight // sum(weights) for weight in weights]
    amounts[0] += POOL - sum(amounts)
    rows = [
        PayoutRow(
            owner=owner,
            n_rows=1_187 + 7 * i,
            value=value,
            standard_error=error,
            rank=i + 1,
            share=amounts[i] / POOL,
            amount=str(amounts[i]),
        )
        for i, (owner, (value, error)) in enumerate(zip(owners, measured, strict=True))
    ]
    return EpochView(
        id="4d1f" * 16,
        task=task,
        number=1,
        study="9e0c" * 16,
        pool=str(POOL),
        paid=str(POOL),
        returned="0",
        payouts=rows,
        created_at=datetime(2026, 11, 22, 10, 30, tzinfo=UTC),
    )
