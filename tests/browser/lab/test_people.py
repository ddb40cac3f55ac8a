"""Two people at once: a Jupyter server and a token each, one workbench server for both."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.lab.conftest import open_clouds, serve_lab
from tests.browser.lab.test_contribute import choose, sentences, sign, to_the_checks, write_csv
from tests.integration.client.conftest import make_frame
from tests.jupyter_servers import TOKEN, Jupyter
from workbench.client.bench import Bench
from workbench.client.progress import Silent
from workbench.client.transport import Transport
from workbench.core.settings import Settings

pytestmark = pytest.mark.browser

LONG_MS = 120_000
ROLES = {"ana": ["contributor", "reviewer"], "ben": ["contributor"]}


@dataclass
class Person:
    """Somebody of a team: a notebook's bench, and a Jupyter server."""

    bench: Bench
    jupyter: Jupyter


@pytest.fixture(scope="module")
def people(
    home: Settings, bench: Bench, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Person]]:
    """Ana, who also reviews, and Ben."""
    open_clouds(bench).fund("100", sign=True)
    bench.give_role("sponsor", "admin", sign=True)
    found = {}
    with ExitStack() as stack:
        for name, roles in ROLES.items():
            folder = tmp_path_factory.mktemp(name)
            token = bench.grant_access(name)
            own = replace(home, keys_dir=folder / "keys", access_token=token)
            way = stack.enter_context(Transport(own))
            person = Bench(way, own.keys_dir, name, settings=own, make_display=Silent)
            assert person.principal.name == name  # registered by asking
            for role in roles:
                bench.give_role(name, role, sign=True)
            who = [f"--IdentityProvider.token={TOKEN}", f"--LabExtension.identity={name}"]
            found[name] = Person(person, stack.enter_context(serve_lab(own, folder, who=who)))
        yield found


@pytest.fixture
def lab_of(visit: Callable[..., Page], people: dict[str, Person]) -> Callable[[str], Page]:
    """Open somebody's Lab in a browser of their own, with the panel in sight."""

    def open_lab(name: str) -> Page:
        page = visit(f"{people[name].jupyter.url}lab?reset&token={TOKEN}")
        page.wait_for_function(
            "() => window.jupyterapp?.restored.then(() => true)", timeout=LONG_MS
        )
        page.evaluate("() => window.jupyterapp.commands.execute('workbench:show-panel')")
        expect(panel(page).get_by_role("heading", name="Open tasks")).to_be_visible(timeout=LONG_MS)
        expect(panel(page).locator(".wb-Panel-who")).to_contain_text(name)
        return page

    return open_lab


def panel(page: Page) -> Locator:
    return page.locator("#workbench-panel")


def waiting(page: Page) -> Locator:
    """Return what the panel says that waits for a signature."""
    return panel(page).get_by_role("listitem").filter(has_text="waits for your signature")


def test_each_sees_own_drafts_and_what_the_other_brought_without_a_reload(
    lab_of: Callable[[str], Page], people: dict[str, Person], run_command: Any, tmp_path: Path,
    picture: Any,
) -> None:  # fmt: skip
    ana, ben = lab_of("ana"), lab_of("ben")
    run_command(ben, "workbench:open-task", task="speech")
    task = ben.get_by_role("article", name="Task speech")
    expect(task).to_contain_text("1 contribution, 40 rows")
    draft = (
        people["ben"].bench.task("speech").contribute(sentences(20, seed=41), license="CC-BY-4.0")
    )
    expect(waiting(ben)).to_have_count(1, timeout=LONG_MS)
    shown = choose(ana, write_csv(tmp_path / "anas.csv", sentences(30, seed=42)))
    to_the_checks(shown)
    expect(waiting(ana)).to_have_count(1, timeout=LONG_MS)
    expect(waiting(ana)).to_contain_text("anas.csv")
    expect(waiting(ben)).to_have_count(1)
    expect(waiting(ben)).not_to_contain_text("anas.csv")
    sign(ana, shown)
    # Nobody has touched Ben's page: its task has grown, and the draft waits as before.
    expect(task).to_contain_text("2 contributions, 70 rows", timeout=LONG_MS)
    expect(waiting(ben)).to_have_count(1)
    expect(waiting(ana)).to_have_count(0, timeout=LONG_MS)
    picture(ana, "people-ana")
    picture(ben, "people-ben")
    draft.submit(sign=True)
    expect(waiting(ben)).to_have_count(0, timeout=LONG_MS)
    expect(task).to_contain_text("3 contributions, 90 rows", timeout=LONG_MS)


def test_a_review_by_one_appears_at_the_other(
    lab_of: Callable[[str], Page], people: dict[str, Person], run_command: Any, picture: Any
) -> None:
    ana, ben = lab_of("ana"), lab_of("ben")
    rng = np.random.default_rng(0)
    known = [" ".join(map("".join, rng.choice(list("aeiklmnopstx"), (6, 4)))) for _ in range(60)]
    one = (
        people["ben"]
        .bench.task("speech")
        .contribute([*sentences(20, seed=43), *known[40:45]], license="CC-BY-4.0", sign=True)
    )
    assert one.state == "quarantined"
    run_command(ben, "workbench:open-contribution", contribution=one.id)
    bens = ben.get_by_role("article", name=f"Contribution {one.id[:12]}")
    expect(bens.locator(".wb-Chip").first).to_have_text("quarantined")
    expect(panel(ben).get_by_role("button", name="Review…")).to_have_count(0)
    panel(ana).get_by_role("button", name="Review…").click(timeout=LONG_MS)
    review = ana.get_by_role("article", name="Review")
    review.get_by_label("Reason").fill("Five rows are of the hidden test")
    review.get_by_role("button", name="Refuse…").click()
    ana.get_by_role("dialog").get_by_role("button", name="Sign", exact=True).click(timeout=LONG_MS)
    expect(review).to_contain_text("Your decision is signed", timeout=LONG_MS)
    expect(bens.locator(".wb-Chip").first).to_have_text("refused", timeout=LONG_MS)
    expect(panel(ana).get_by_role("button", name="Review…")).to_have_count(0, timeout=LONG_MS)
    picture(ben, "people-reviewed")


def test_a_leaderboard_changes_at_one_while_the_other_works(
    lab_of: Callable[[str], Page], people: dict[str, Person], bench: Bench, run_command: Any,
    picture: Any,
) -> None:  # fmt: skip
    ben = lab_of("ben")
    run_command(ben, "workbench:leaderboard", task="clouds")
    board = ben.get_by_role("article", name="Leaderboard of Two clouds")
    expect(board).to_be_visible(timeout=LONG_MS)
    expect(board.get_by_role("rowheader")).to_have_count(0)
    for seed, name in enumerate(people):
        frame = make_frame(40, seed)
        people[name].bench.task("clouds").contribute(frame, license="CC-BY-4.0", sign=True)
    bench.pay(bench.value("clouds", budget=10), sign=True)
    for name in people:
        expect(board.get_by_role("rowheader", name=name)).to_be_visible(timeout=LONG_MS)
    picture(ben, "people-leaderboard")
