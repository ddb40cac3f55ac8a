"""The error tree: drawn as it is, and the same on both sides of the wire."""

import json
import pickle
import re
from http import HTTPStatus

import pytest

from workbench.core import errors
from workbench.core.errors import NotFoundError, WorkbenchError


def _tree(root: type[WorkbenchError]) -> list[type[WorkbenchError]]:
    return [root, *(kind for child in root.__subclasses__() for kind in _tree(child))]


EVERY_ERROR = [kind for kind in _tree(WorkbenchError) if kind.__module__ == errors.__name__]


def _drawn() -> dict[str, tuple[str | None, int]]:
    """Read name → (parent, status) from the drawing in the module's docstring."""
    path: list[str] = []
    drawn = {}
    for line in (errors.__doc__ or "").splitlines():
        match = re.fullmatch(r"    ([│├└─\s]*)(\w+Error) (\d{3})", line)
        if match is None:
            continue
        depth = len(match[1]) // 4
        path[depth:] = [match[2]]
        drawn[match[2]] = (path[depth - 1] if depth else None, int(match[3]))
    return drawn


def test_the_drawing_is_the_tree() -> None:
    actual = {
        kind.__name__: (
            None if kind is WorkbenchError else kind.__bases__[0].__name__,
            kind.status,
        )
        for kind in EVERY_ERROR
    }
    assert _drawn() == actual


@pytest.mark.parametrize("kind", EVERY_ERROR)
def test_every_error_has_a_status_a_docstring_and_a_name_that_says_so(
    kind: type[WorkbenchError],
) -> None:
    assert HTTPStatus(kind.status) >= HTTPStatus.BAD_REQUEST
    assert "__doc__" in vars(kind)
    assert (kind.__doc__ or "").splitlines()[0].endswith(".")
    assert kind.__name__.endswith("Error")
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", kind.code())


def test_every_reason_code_is_another() -> None:
    assert len({kind.code() for kind in EVERY_ERROR}) == len(EVERY_ERROR)


def _example(kind: type[WorkbenchError]) -> WorkbenchError:
    return kind("found this", wanted="that", next_step="do so", rows=[1, 2], task="tumour")


@pytest.mark.parametrize("kind", EVERY_ERROR)
def test_an_error_survives_the_way_over_http(kind: type[WorkbenchError]) -> None:
    problem = json.loads(json.dumps(_example(kind).to_problem()))
    again = WorkbenchError.from_problem(problem)
    assert type(again) is kind
    assert vars(again) == vars(_example(kind))
    assert problem["status"] == kind.status
    assert problem["type"] == f"urn:workbench:error:{kind.code()}"


@pytest.mark.parametrize("kind", EVERY_ERROR)
def test_an_error_survives_the_way_between_processes(kind: type[WorkbenchError]) -> None:
    again = pickle.loads(pickle.dumps(_example(kind)))
    assert type(again) is kind
    assert vars(again) == vars(_example(kind))


def test_an_error_of_a_newer_server_is_still_an_error() -> None:
    error = WorkbenchError.from_problem({"title": "TeapotError", "detail": "short and stout"})
    assert type(error) is WorkbenchError
    assert error.found == "short and stout"


def test_a_problem_without_any_field_is_still_an_error() -> None:
    assert WorkbenchError.from_problem({}).found == "unknown error"
    assert WorkbenchError.from_problem({"facts": None}).facts == {}


def test_the_text_says_what_was_found_what_is_wanted_and_what_to_do() -> None:
    error = NotFoundError("no task 'tumor'", wanted="one of: tumour", next_step="workbench task")
    assert str(error) == "no task 'tumor'. Wanted: one of: tumour. Next: workbench task"
    assert str(NotFoundError("no task")) == "no task"


def test_facts_can_be_added_on_the_way_up() -> None:
    error = NotFoundError("no blob", sha256="ab")
    assert error.with_facts(job="j1") is error
    assert error.facts == {"sha256": "ab", "job": "j1"}
