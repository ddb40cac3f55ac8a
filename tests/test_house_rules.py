"""The rules of this house, kept by a machine: see CONTRIBUTING.md for their reasons."""

import ast
import doctest
import functools
import importlib
import json
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import anyio
import duckdb
import httpx
import pytest
import typer
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from workbench.client.bench import Bench
from workbench.client.task import Task
from workbench.core.errors import WorkbenchError
from workbench.server.app import create_app, describe
from workbench.storage.queries import QUERIES
from workbench.storage.schema import schema

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "workbench"
MODULES = sorted(PACKAGE.rglob("*.py"))
NOTEBOOKS = sorted(
    p for p in (ROOT / "notebooks").rglob("*.ipynb") if ".ipynb_checkpoints" not in p.parts
)
README = (ROOT / "README.md").read_text()
MAX_LINES = 400

# verb: what a notebook calls, what the server answers, what a terminal runs.
VERBS = {
    "contribute": (Task, "POST /tasks/{task}/contributions"),
    "commit": (Task, "POST /tasks/{task}/commitments"),
    "review": (Bench, "POST /contributions/{contribution}/review"),
    "withdraw": (Bench, "POST /contributions/{contribution}/withdrawal"),
    "propose": (Bench, "POST /tasks/{task}/proposals"),
    "merge": (Bench, "POST /proposals/{proposal}/merge"),
    "rollback": (Bench, "POST /proposals/{proposal}/rollback"),
    "train": (Bench, "POST /tasks/{task}/runs"),
    "sizes": (Bench, "POST /tasks/{task}/sizes"),
    "compare": (Bench, "POST /tasks/{task}/comparisons"),
    "generate": (Bench, "POST /tasks/{task}/generations"),
    "value": (Bench, "POST /tasks/{task}/valuations"),
    "preview": (Bench, "POST /tasks/{task}/previews"),
    "card": (Bench, "GET /runs/{run}/card"),
    "verify": (Bench, "POST /runs/{run}/verifications"),
    "reproduce": (Bench, "POST /runs/{run}/reproductions"),
    "mirror": (Bench, "POST /bundles"),
    "pay": (Bench, "POST /tasks/{task}/epochs"),
    "dispute": (Bench, "POST /epochs/{epoch}/disputes"),
    "resolve": (Bench, "POST /disputes/{dispute}/resolution"),
    "payouts": (Bench, "GET /valuations/{study}/payouts"),
    "back-test": (Bench, "POST /tasks/{task}/back-tests"),
    "recompute": (Bench, "POST /recomputations"),
    "why": (Bench, "GET /epochs/{epoch}/why"),
    "transfer": (Bench, "POST /transfers"),
    "statement": (Bench, "GET /statements/{owner}"),
    "claims": (Bench, "GET /epochs/{epoch}/claims"),
    "publish": (Bench, "POST /publications"),
    "leaderboard": (Bench, "GET /tasks/{task}/leaderboard"),
    "sql": (Bench, "POST /sql"),
    "doctor": (Bench, "GET /doctor"),
    "backup": (Bench, "POST /backups"),
    "prove": (Bench, "GET /proofs/{name}"),
}


def _tracked() -> list[Path]:
    """Return the files that are, or would be, in the repository."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file()]


@functools.cache
def _texts() -> dict[Path, str]:
    texts = {}
    for path in _tracked():
        try:
            texts[path] = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
    return texts


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def _snake(verb: str) -> str:
    return verb.replace("-", "_")


def _endpoints() -> set[str]:
    paths = describe().openapi()["paths"]
    return {f"{method.upper()} {path}" for path, methods in paths.items() for method in methods}


def _commands() -> dict[str, Any]:
    """Return every command of the terminal by its words, e.g. ``"server status"``."""
    from workbench.cli.main import app

    found: dict[str, Any] = {}

    def walk(command: Any, words: tuple[str, ...]) -> None:
        if words:
            found[" ".join(words)] = command
        for name, child in getattr(command, "commands", {}).items():
            walk(child, (*words, name))

    walk(typer.main.get_command(app), ())
    return found


# ---------------------------------------------------------------------------------- packages


def test_every_module_is_short_enough_to_be_read() -> None:
    sizes = {_name(p): len(p.read_text().splitlines()) for p in MODULES}
    assert {name: n for name, n in sizes.items() if n > MAX_LINES} == {}


def test_every_package_says_what_it_is_for() -> None:
    missing = [_name(p) for p in MODULES if ast.get_docstring(ast.parse(p.read_text())) is None]
    assert missing == []


def test_import_workbench_loads_nothing_heavy() -> None:
    code = (
        "import sys, time; start = time.perf_counter(); import workbench; "
        "print(time.perf_counter() - start, *sys.modules)"
    )
    runs = [
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        ).stdout.split()
        for _ in range(3)
    ]
    heavy = {"torch", "transformers", "mlflow", "pandas", "numpy", "duckdb", "httpx", "fastapi"}
    assert heavy.isdisjoint(runs[0][1:])
    # The best of several: other processes may hold the machine for a while.
    assert min(float(seconds) for seconds, *_ in runs) < 0.3


def _errors(root: type[WorkbenchError]) -> Iterator[type[WorkbenchError]]:
    yield root
    for child in root.__subclasses__():
        yield from _errors(child)


def test_errors_that_people_meet_live_in_one_tree() -> None:
    """Elsewhere only signals between the modules of one room, which nobody else sees."""
    bases = {kind.__name__ for kind in _errors(WorkbenchError)} | {"ValueError", "RuntimeError"}
    elsewhere = [
        f"{_name(path)}: {node.name}"
        for path in MODULES
        if path != PACKAGE / "core" / "errors.py"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ClassDef) and bases & {ast.unparse(base) for base in node.bases}
    ]
    assert elsewhere == []


def test_every_error_has_a_status_and_a_docstring() -> None:
    for kind in _errors(WorkbenchError):
        assert 400 <= kind.status < 600, kind
        assert vars(kind).get("__doc__"), kind


def _with_examples() -> list[str]:
    return [
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for path in MODULES
        if ">>> " in path.read_text()
    ]


@pytest.mark.parametrize("name", _with_examples())
def test_examples_in_docstrings_run(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name)).failed == 0


# --------------------------------------------------------------------------------- databases


def test_migrations_give_the_schema() -> None:
    """``schema.sql`` is what people read instead of all migrations: it has to be true."""
    written = (PACKAGE / "storage" / "schema.sql").read_text()
    assert written == schema(), "run: python -m workbench.storage.schema"
    with duckdb.connect() as connection:
        connection.execute(written)


def test_every_named_query_is_used() -> None:
    words = {
        node.value
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    assert sorted(set(QUERIES) - words) == []


def test_sql_is_written_only_in_sql_files() -> None:
    statement = re.compile(r"\s*(select\s.+\sfrom|insert into|update \w+ set|delete from)\s", re.I)
    found = [
        f"{_name(path)}:{node.lineno}"
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and statement.match(node.value)
        and "\n" not in node.value.strip()
    ]
    assert found == []


# ------------------------------------------------------------------------------------- doors


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_is_known_at_every_door(verb: str) -> None:
    owner, endpoint = VERBS[verb]
    assert callable(getattr(owner, _snake(verb), None)), f"{owner.__name__} has no {verb}"
    assert endpoint in _endpoints()
    assert verb in _commands()
    assert f"workbench {verb}" in README


def test_every_workflow_with_a_verbs_name_is_in_the_list_of_verbs() -> None:
    """A module that starts jobs, or that a person asks for, is a verb; the rest serve them."""
    others = {
        "__init__",
        "access",
        "audit",
        "cache",
        "champions",
        "consent",
        "contribution_jobs",
        "croissant",
        "evaluate",
        "first_rows",
        "fit",
        "game",
        "handlers",
        "hidden_tests",
        "holds",
        "home",
        "inbox",
        "inputs",
        "jobs",
        "join",
        "judging",
        "keys",
        "mirror_export",
        "mirror_import",
        "models",
        "movement",
        "own_games",
        "pace",
        "proposal_checks",
        "proposal_diff",
        "proposal_review",
        "proposals",
        "provenance",
        "receipts",
        "rejected",
        "recompute_log",
        "recompute_study",
        "reproduce_study",
        "replicas",
        "reproduction",
        "roles",
        "row_claims",
        "sweep",
        "row_values",
        "run_seals",
        "scheduler",
        "seal",
        "settle",
        "steps",
        "stories",
        "study",
        "tasks",
        "timeline",
        "whose_file",
        "track",
        "treasury",
        "verify_home",
    }
    modules = {path.stem for path in (PACKAGE / "workflows").glob("*.py")}
    assert modules - others <= set(map(_snake, VERBS))


def test_every_endpoint_asks_for_authentication() -> None:
    # No home: nothing behind the gate may be reached.
    app = create_app(cast("Any", None), token="right")

    async def ask() -> dict[str, list[int]]:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://workbench") as client:
            answers = {}
            for endpoint in sorted(_endpoints() | {"GET /nowhere"}):
                method, path = endpoint.split()
                answers[endpoint] = [
                    (await client.request(method, path, headers=headers)).status_code
                    for headers in ({}, {"Authorization": "Bearer wrong"})
                ]
            return answers

    answers = anyio.run(ask)
    assert len(answers) > 20
    assert {endpoint: codes for endpoint, codes in answers.items() if codes != [401, 401]} == {}


def test_every_job_event_is_described() -> None:
    documents = (ROOT / "docs" / "events.md").read_text()
    described = set(re.findall(r"^\| `([a-z-]+)` \|", documents, re.M))
    # Doors and pages have types of other things: problems, files of Jupyter, parts of a page.
    emitting = [p for p in MODULES if not {"server", "lab", "pages"} & set(p.parts)]
    emitted = {
        kind for p in emitting for kind in re.findall(r'\{\s*"type": "([a-z-]+)"', p.read_text())
    }
    assert emitted == described


# --------------------------------------------------------------------------------- notebooks


@pytest.mark.parametrize("path", NOTEBOOKS, ids=_name)
def test_notebooks_carry_no_outputs_and_no_long_functions(path: Path) -> None:
    cells = [c for c in json.loads(path.read_text())["cells"] if c["cell_type"] == "code"]
    for cell in cells:
        assert cell["outputs"] == []
        assert cell["execution_count"] is None
        for node in ast.walk(ast.parse("".join(cell["source"]))):
            if isinstance(node, ast.FunctionDef):
                assert (node.end_lineno or 0) - node.lineno < 5, f"{node.name} belongs in a module"


# ------------------------------------------------------------------------------------- texts


def _blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.M | re.S)


def test_commands_in_the_readme_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M))
    commands = _commands()
    lines = [line for block in _blocks("console") for line in block.splitlines()]
    asked = [shlex.split(line[2:], comments=True) for line in lines if line[:2] == "$ "]
    assert asked
    for program, *words in asked:
        if program == "make":
            assert {word for word in words if "=" not in word} <= targets, words
        elif program == "workbench":
            names = [" ".join(words[:n]) for n in (2, 1)]
            command = next((commands[name] for name in names if name in commands), None)
            assert command is not None, words
            known = {option for p in command.params for option in p.opts} | {"--help"}
            assert {w.split("=")[0] for w in words if w.startswith("--")} <= known, words


def test_python_in_the_readme_names_what_exists() -> None:
    blocks = _blocks("python")
    assert blocks
    for block in blocks:
        for node in ast.walk(ast.parse(block)):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                owner = {"bench": Bench, "task": Task}.get(node.value.id)
                assert owner is None or hasattr(owner, node.attr), ast.unparse(node)


def test_every_link_in_the_documents_leads_somewhere() -> None:
    for path in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", path.read_text()):
            if not re.match(r"[a-z]+:", target):
                assert (path.parent / target).exists(), f"{_name(path)}: {target}"


def test_no_file_names_a_registry_or_a_folder_of_this_machine() -> None:
    # Written in parts, or this file would name them.
    hosts = [
        "pypi" + ".org",
        "python" + "hosted",
        "npm" + "js",
        "deb." + "debian",
        "conda" + ".org",
    ]
    folders = [f"{ROOT}/", f"{Path.home()}/", "/roo" + "t/", "/wor" + "k/"]
    found = {
        f"{_name(path)}: {word}"
        for path, text in _texts().items()
        for word in hosts + folders
        if word in text
    }
    assert found == set()


def test_what_is_shipped_fetches_nothing_from_elsewhere() -> None:
    """No CDN: pages must be whole on a machine without a network."""
    networks = re.compile(
        "|".join(["un" + "pkg", "js" + "delivr", "cdn" + "js", "google" + "apis"])
    )
    fetches = re.compile(r"""(?:src|href)\s*=\s*["']?https?:|url\(\s*["']?https?:|@import""")
    pages = {".html", ".j2", ".css", ".js", ".svg", ".ipynb"}
    found = set()
    for path, text in _texts().items():
        if path.is_relative_to(PACKAGE) or path.is_relative_to(ROOT / "notebooks"):
            hits = [*networks.finditer(text)]
            hits += fetches.finditer(text) if path.suffix in pages else []
            found |= {f"{_name(path)}: {hit[0]}" for hit in hits}
    assert found == set()


# -------------------------------------------------------------------------------- environment


def _pins() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    return {
        canonicalize_name(name): version
        for name, version in (line.split("==") for line in lines if line and line[0] != "#")
    }


def _project() -> dict[str, Any]:
    return cast("dict[str, Any]", tomllib.loads((ROOT / "pyproject.toml").read_text())["project"])


def test_constraints_satisfy_what_the_package_requires() -> None:
    project, pins = _project(), _pins()
    extras = project["optional-dependencies"]
    for text in project["dependencies"] + [one for extra in extras.values() for one in extra]:
        requirement = Requirement(text)
        assert pins[canonicalize_name(requirement.name)] in requirement.specifier, text


def test_constraints_name_versions_that_any_index_can_serve() -> None:
    assert {name: pin for name, pin in _pins().items() if "+" in pin or "@" in pin} == {}


def test_the_conda_environment_is_the_same_environment() -> None:
    text = (ROOT / "environment.yml").read_text()
    python = re.search(r"^  - python=([\d.]+)$", text, re.M)
    assert python is not None
    assert _project()["requires-python"] == f">={python[1]}"
    assert re.search(r"^  - nodejs=20$", text, re.M)
    pip = re.findall(r"^      - (.+)$", text, re.M)
    assert pip == [
        "--constraint constraints.txt",
        f"torch=={_pins()['torch']}",
        "--editable .[dev,demo,ray,chain]",
    ]
