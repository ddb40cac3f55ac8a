import httpx
import pytest

from workbench.client.answers import accepted, messages
from workbench.core.errors import DuplicateError, WorkbenchError


def answer(status: int, **content: object) -> httpx.Response:
    return httpx.Response(status, request=httpx.Request("GET", "http://workbench/"), **content)


def test_a_refusal_is_raised_as_its_own_class() -> None:
    problem = DuplicateError("the same bytes", next_step="submit others", by="ana").to_problem()
    headers = {"content-type": "application/problem+json"}
    with pytest.raises(DuplicateError, match="the same bytes") as caught:
        accepted(answer(409, json=problem, headers=headers))
    assert caught.value.facts == {"by": "ana"}


def test_a_refusal_without_a_reason_still_says_what_to_do() -> None:
    with pytest.raises(WorkbenchError, match="502") as caught:
        accepted(answer(502, text="bad gateway"))
    assert caught.value.next_step


def test_a_success_is_handed_on() -> None:
    assert accepted(answer(202, json={"id": "j"})).json() == {"id": "j"}


def test_messages_are_read_as_the_standard_says() -> None:
    lines = [
        ": a comment",
        "id: 3",
        "data: {",
        'data: "type":"note"}',
        "",
        "event: stopped",
        "data: {}",
        "",
        "retry: 100",
        "",
        "id: no number",
        'data:{"type":"end"}',
        "",
    ]
    assert list(messages(lines)) == [
        (3, "message", {"type": "note"}),
        (3, "stopped", {}),
        (3, "message", {"type": "end"}),
    ]


def test_a_message_that_was_cut_off_is_no_message() -> None:
    assert list(messages(["id: 1", 'data: {"type":"end"}'])) == []
