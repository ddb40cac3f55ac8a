"""The workbench's place in JupyterLab: panel, status, commands, links, notices, kept results."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import nbformat
import numpy as np
import pytest
from playwright.sync_api import Page, Request, expect

from tests.jupyter_servers import ROOT, Jupyter
from workbench.client.bench import Bench
from workbench.client.progress import Silent
from workbench.client.transport import Transport

pytestmark = pytest.mark.browser

LONG_MS = 120_000
SCHEMAS = ROOT / "extensions" / "labextension" / "schema"
MIME_TYPE = "application/vnd.merit-workbench.v1+json"
SIGNS = (
    *("submit", "dispute", "resolve", "pay", "fund", "transfer", "hold"),
    *("settle", "void", "grant", "approve", "propose", "review-proposal", "merge", "rollback"),
)
EXECUTE = """([command, args]) => {
  window.told = undefined;
  void window.jupyterapp.commands.execute(command, args).then(
    told => { window.told = told; }, thrown => { window.told = {thrown: String(thrown)}; });
}"""


@pytest.fixture
def panel(run_command: Any) -> Callable[[Page], Any]:
    """Show the side panel, once it has been told what there is."""

    def show(page: Page) -> Any:
        run_command(page, "workbench:show-panel")
        found = page.locator("#workbench-panel")
        expect(found.get_by_role("heading", name="Open tasks")).to_be_visible(timeout=LONG_MS)
        return found

    return show


def train(page: Page, **parameters: Any) -> None:
    """Start a fine-tune from this window, as its wizard does."""
    page.evaluate(
        """async parameters => {
          const api = globalThis[Symbol.for('merit-workbench.api')];
          window.job = (await api.post('/tasks/{task}/runs', {
            path: {task: 'speech'}, body: {size: 'quick', parameters}})).id;
        }""",
        {"validation_share": 0.2} | parameters,
    )


@pytest.fixture(scope="module")
def me(bench: Bench) -> Iterator[Bench]:
    """The person of this Jupyter server."""
    assert bench.settings is not None
    with Transport(bench.settings) as transport:
        keys = bench.settings.keys_dir
        yield Bench(transport, keys, "me", settings=bench.settings, make_display=Silent)


def texts(seed: int, n: int = 24) -> list[str]:
    """Return texts of which no two are alike."""
    letters = np.random.default_rng(seed).choice(list("aeiklmnopstx"), (n, 6, 4))
    return [" ".join(map("".join, row)) for row in letters]


def test_an_empty_panel_says_what_to_do(lab: Callable[..., Page], panel: Any, picture: Any) -> None:
    page = lab()
    found = panel(page)
    expect(found).to_contain_text("Nothing waits for you.")
    expect(found).to_contain_text("None yet. Choose a task below, and bring a file.")
    expect(found).to_contain_text("Nothing runs.")
    picture(page, "lab-panel-empty")
    found.get_by_role("button", name="Speech", exact=True).click()
    card = page.get_by_role("article", name="Task speech")
    expect(card).to_contain_text("0.00 credits")
    picture(page, "lab-task")


def test_what_waits_is_signed_from_the_panel_and_its_way_told(
    lab: Callable[..., Page], me: Bench, panel: Any, picture: Any
) -> None:
    page = lab()
    found = panel(page)
    draft = me.task("speech").contribute(texts(7), license="CC-BY-4.0")
    need = found.get_by_role("listitem").filter(has_text="waits for your signature")
    expect(need).to_have_count(1, timeout=LONG_MS)
    picture(page, "lab-panel-draft")
    need.get_by_role("button", name="Go on").click()
    if not has(page, "workbench:contribute"):
        card = page.get_by_role("article", name=f"Contribution {draft.id[:12]}")
        card.get_by_role("button", name="Sign and submit…").click()
        dialog = page.get_by_role("dialog")
        expect(dialog).to_contain_text("Signed with the key of me")
        picture(page, "lab-sign-submit")
        # A script's click is no person's.
        dialog.get_by_role("button", name="Sign", exact=True).evaluate("node => node.click()")
        assert draft.refresh().state == "draft"
        dialog.get_by_role("button", name="Sign", exact=True).click()
        expect(card.locator(".wb-Chip").first).to_have_text("accepted", timeout=LONG_MS)
        expect(need).to_have_count(0, timeout=LONG_MS)
        found.get_by_text("accepted").first.click()
        expect(found.locator(".wb-Timeline")).to_contain_text("not in an epoch yet")
        picture(page, "lab-panel-timeline")


def test_a_job_of_this_window_is_told_quietly_until_its_end(
    lab: Callable[..., Page], panel: Any, picture: Any
) -> None:
    page = lab()
    found = panel(page)
    train(page, steps=3_000)
    item = page.locator(".wb-Status button")
    expect(item).to_contain_text("1 job", timeout=LONG_MS)
    width = item.bounding_box()["width"]
    expect(found.get_by_role("progressbar")).to_have_attribute("max", "1", timeout=LONG_MS)
    expect(found.locator(".wb-Progress-text")).to_contain_text("%", timeout=LONG_MS)
    expect(page.locator(".Toastify__toast")).to_have_count(0)
    assert item.bounding_box()["width"] == width
    picture(page, "lab-panel-running")
    found.get_by_role("button", name="train · speech").first.click()
    card = page.locator("article.wb-Job")
    card.get_by_role("button", name="Stop and keep the best").click()
    toast = page.locator(".Toastify__toast", has_text="is done")
    expect(toast).to_be_visible(timeout=LONG_MS)
    expect(found).to_contain_text("Nothing runs.", timeout=LONG_MS)
    picture(page, "lab-notice-done")


@pytest.mark.parametrize(
    ("verb", "arguments"),
    [
        ("transfer", {"to": "sponsor", "amount": "1.5"}),
        ("fund", {"task": "speech", "amount": "1.5"}),
        ("hold", {"payee": "sponsor", "amount": "1", "until": "2999-01-01T00:00:00Z"}),
        ("grant", {"owner": "sponsor", "amount": "1000000"}),
    ],
)
def test_nothing_is_signed_by_a_command_alone(
    lab: Callable[..., Page], bench: Bench, verb: str, arguments: dict[str, str], picture: Any
) -> None:
    page = lab()
    before = everything(bench)
    page.evaluate(EXECUTE, [f"workbench:{verb}", arguments])
    dialog = page.get_by_role("dialog")
    # Either what would be signed, or why the server would refuse it.
    expect(dialog.locator(".wb-Dialog-words, [role=alert]")).to_be_visible()
    picture(page, f"lab-sign-{verb}")
    assert everything(bench) == before
    dialog.get_by_role("button", name="Cancel").click()
    page.wait_for_function("() => window.told === null")
    assert everything(bench) == before


def test_every_verb_that_signs_opens_a_dialog(
    lab: Callable[..., Page], bench: Bench, faults: list[str]
) -> None:
    page = lab()
    before = everything(bench)
    some = {"contribution": "0" * 64, "study": "0" * 64, "epoch": "speech:1", "hold": "0" * 64}
    some |= {"decision": "refuse", "reason": "because", "id": "0" * 64, "amount": "1"}
    some |= {"to": "ana", "owner": "ana", "payee": "ana", "task": "speech"}
    some |= {"until": "2999-01-01T00:00:00Z", "run": "0" * 64, "claim": "better"}
    some |= {"proposal": "0" * 64}
    for verb in SIGNS:
        page.evaluate(EXECUTE, [f"workbench:{verb}", some])
        dialog = page.get_by_role("dialog")
        expect(dialog.locator(".wb-Dialog-words, [role=alert]")).to_be_visible()
        page.keyboard.press("Escape")
        page.wait_for_function("() => window.told === null")
    assert everything(bench) == before
    forget_refusals(faults)


def test_what_is_missing_is_asked_for_and_checked(lab: Callable[..., Page], picture: Any) -> None:
    page = lab()
    page.evaluate(EXECUTE, ["workbench:transfer", {}])
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Amount").fill("1,5")
    dialog.get_by_role("button", name="Look at what is signed…").click()
    expect(dialog.get_by_role("alert").first).to_contain_text("This is needed.")
    expect(dialog).to_contain_text("such as 12.5")
    expect(dialog.get_by_label("Owner group")).to_be_focused()
    picture(page, "lab-verb-form")
    page.keyboard.press("Escape")
    page.wait_for_function("() => window.told === null")


def test_a_verb_that_looks_runs_at_once_and_returns_what_it_found(
    lab: Callable[..., Page], picture: Any
) -> None:
    page = lab()
    page.evaluate(EXECUTE, ["workbench:statement", {"owner": "sponsor"}])
    expect(page.get_by_role("article", name="Statement")).to_be_visible(timeout=LONG_MS)
    assert page.evaluate("() => window.told.answer.owner") == "sponsor"
    page.evaluate(EXECUTE, ["workbench:sizes", {"task": "speech"}])
    page.wait_for_function("() => /^[0-9a-f]{8,}/.test(window.told?.job ?? '')", timeout=LONG_MS)
    expect(page.locator("article.wb-Job")).to_contain_text("sizes")
    picture(page, "lab-verb-answer")


def test_every_command_describes_itself(lab: Callable[..., Page]) -> None:
    page = lab()
    told = page.evaluate(
        """async () => {
          const registry = window.jupyterapp.commands;
          const ids = registry.listCommands().filter(id => id.startsWith('workbench:'));
          return Promise.all(ids.map(async id => ({
            id, label: registry.label(id), caption: registry.caption(id),
            args: (await registry.describedBy(id)).args
          })));
        }"""
    )
    assert {f"workbench:{verb}" for verb in SIGNS} <= {one["id"] for one in told}
    for one in told:
        assert one["label"], one
        assert one["args"]["type"] == "object", one
        assert all(p.get("description") for p in one["args"]["properties"].values()), one
    labels = {one["id"]: one["label"] for one in told}
    assert all(labels[f"workbench:{verb}"].endswith("…") for verb in SIGNS)


def test_a_link_opens_its_thing_and_is_used_up(
    lab: Callable[..., Page], run_command: Any, jupyter: Jupyter
) -> None:
    page = lab("lab?reset")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    run_command(page, "workbench:copy-link", thing="task", id="speech")
    link = page.evaluate("() => navigator.clipboard.readText()")
    assert link == f"{jupyter.url}lab?workbench=task/speech"
    page.goto(link)
    expect(page.get_by_role("article", name="Task speech")).to_be_visible(timeout=LONG_MS)
    page.wait_for_function("() => !location.href.includes('workbench=')")


def test_a_link_to_nothing_is_refused_in_words(lab: Callable[..., Page], faults: list[str]) -> None:
    page = lab("lab?workbench=task/%3Cimg%20src%3Dx%3E")
    expect(page.get_by_role("alert").first).to_contain_text("Next step", timeout=LONG_MS)
    assert page.locator("img[src=x]").count() == 0
    forget_refusals(faults)


def test_a_kept_result_needs_no_kernel(
    lab: Callable[..., Page], jupyter: Jupyter, picture: Any
) -> None:
    result = {
        "kind": "values",
        "title": "Values of <b>speech</b>",
        "columns": [
            {"name": "owner", "side": "left", "unit": ""},
            {"name": "value", "side": "right", "unit": "nats a token"},
        ],
        "rows": [["<img src=x onerror=alert(1)>", "0.071"], ["Otomí", "0.004"]],
        "notes": ["2 owners"],
        "as_of": "2026-11-26T07:00:00Z",
    }
    output = nbformat.v4.new_output("display_data", {MIME_TYPE: result, "text/plain": "values"})
    book = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell("study.values", outputs=[output])]
    )
    nbformat.write(book, jupyter.folder / "kept.ipynb")
    for path in ("lab/tree/kept.ipynb?reset", "notebooks/kept.ipynb"):
        page = lab(path)
        table = page.get_by_role("table", name="Values of <b>speech</b>")
        expect(table).to_be_visible(timeout=LONG_MS)
        expect(table.get_by_role("rowheader").first).to_have_text("<img src=x onerror=alert(1)>")
        assert page.locator("img[src=x]").count() == 0
    picture(page, "notebook-kept-result")


def test_the_file_browser_offers_to_contribute_where_something_takes_it(
    lab: Callable[..., Page], jupyter: Jupyter
) -> None:
    (jupyter.folder / "rows.csv").write_text("text\nniltze\n")
    page = lab()
    page.locator(".jp-DirListing-item", has_text="rows.csv").click(button="right")
    offered = page.get_by_role("menuitem", name="Contribute This File…")
    expect(page.get_by_role("menuitem", name="Rename").first).to_be_visible()
    assert offered.is_visible() == has(page, "workbench:contribute")


@pytest.mark.parametrize("theme", ["JupyterLab Dark", "JupyterLab Dark High Contrast"])
def test_the_panel_is_readable_in_each_theme(
    lab: Callable[..., Page], panel: Any, run_command: Any, picture: Any, theme: str
) -> None:
    page = lab()
    found = panel(page)
    run_command(page, "apputils:change-theme", theme=theme)
    page.wait_for_function(
        "theme => document.body.dataset.jpThemeName === theme", arg=theme, timeout=LONG_MS
    )
    found.get_by_role("button", name="Speech", exact=True).click()
    expect(page.get_by_role("article", name="Task speech")).to_be_visible()
    picture(page, f"lab-panel-{theme.lower().replace(' ', '-')}")
    run_command(page, "apputils:change-theme", theme="JupyterLab Light")
    page.wait_for_function("() => document.body.dataset.jpThemeLight === 'true'")


def test_the_panel_speaks_spanish_when_told_to(
    lab: Callable[..., Page], run_command: Any, picture: Any
) -> None:
    page = lab()
    save = """language => window.jupyterapp.serviceManager.settings.save(
        'merit-workbench:translation', JSON.stringify({language}))"""
    page.evaluate(save, "es")
    page.reload()
    page.wait_for_function("() => window.jupyterapp?.restored.then(() => true)", timeout=LONG_MS)
    run_command(page, "workbench:show-panel")
    found = page.locator("#workbench-panel")
    expect(found.get_by_role("heading", name="Tareas abiertas")).to_be_visible(timeout=LONG_MS)
    picture(page, "lab-panel-spanish")
    run_command(page, "settingeditor:open", query="Banco de trabajo")
    editor = page.locator(".jp-SettingsPanel")
    expect(editor.get_by_role("heading", name="Idioma", exact=True)).to_be_visible()
    expect(editor).to_contain_text("De quién es la clave que firma.")
    picture(page, "lab-settings-spanish")
    schemas = [
        json.loads((SCHEMAS / f"{name}.json").read_text()) for name in ("panel", "translation")
    ]
    shown = {text.strip() for text in editor.locator("*").all_inner_texts()}
    assert set().union(*map(said_in, schemas)) & shown == {"English", "Español"}
    page.evaluate(save, "auto")


def test_published_pages_open_in_a_tab(
    lab: Callable[..., Page], bench: Bench, picture: Any, faults: list[str]
) -> None:
    page = lab()
    page.evaluate(EXECUTE, ["workbench:open-published", {}])
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Nothing is published yet")
    dialog.get_by_role("button", name="Close").click()
    forget_refusals(faults)
    bench.publish()
    page.evaluate(EXECUTE, ["workbench:open-published", {}])
    frame = page.frame_locator("#workbench-published iframe")
    expect(frame.locator("body")).to_contain_text("Speech", timeout=LONG_MS)
    picture(page, "lab-published")


def test_a_page_holds_one_stream_and_asks_once(lab: Callable[..., Page], panel: Any) -> None:
    asked: list[str] = []
    page = lab()

    def note(request: Request) -> None:
        if "/workbench/" in request.url:
            asked.append(request.url)

    # What the page before has yet to ask is not this one's.
    address = page.url
    page.goto("about:blank")
    page.on("request", note)
    page.goto(address)
    page.wait_for_function("() => window.jupyterapp?.restored.then(() => true)", timeout=LONG_MS)
    panel(page)
    # Jupyter adds the time, so that no cache answers.
    routes = [url.split("/workbench/")[1].split("?")[0] for url in asked]
    assert sorted(routes) == ["api/events", "api/inbox"]


def said_in(schema: dict[str, Any]) -> set[str]:
    """Return what a schema of settings says to people."""
    inner = [*schema.get("properties", {}).values(), *schema.get("oneOf", [])]
    said = {schema[name] for name in ("title", "description") if name in schema}
    return said.union(*map(said_in, inner))


def forget_refusals(faults: list[str]) -> None:
    """Take out what Chromium logs of answers that were meant to be refusals."""
    refused = "Failed to load resource: the server responded with a status of 4"
    faults[:] = [fault for fault in faults if not fault.startswith(refused)]


def has(page: Page, command: str) -> bool:
    """Return whether the page has a command."""
    return page.evaluate("command => window.jupyterapp.commands.hasCommand(command)", command)


def everything(bench: Bench) -> list[Any]:
    """Return what a signature would change."""
    asked = ("balances", "holds", "treasury", "tasks")
    return [bench.api.connection.request("GET", f"/{name}").json() for name in asked]
