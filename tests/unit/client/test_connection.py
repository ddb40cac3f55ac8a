"""Addresses and answers: what a person typed cannot leave its place."""

from typing import Any

import pytest

from workbench.client.connection import Api, join, message
from workbench.core.errors import InvalidInputError, WorkbenchError
from workbench.core.wire import TaskView, TrainRequest


@pytest.mark.parametrize("part", ["../doctor", "a/b", "?x=1", "#", "%2e%2e"])
def test_a_part_of_an_address_stays_one_part(part: str) -> None:
    path = join("tasks", part, "runs")
    assert path.count("/") == 3
    assert "?" not in path
    assert "#" not in path


def test_an_answer_of_another_version_is_an_error_with_a_next_step(server: Any, wire: Any) -> None:
    server.on("GET", "/tasks/t", wire.task(new_field=1))
    with pytest.raises(WorkbenchError, match="no TaskView: 'new_field' is unknown") as caught:
        Api(server).get(TaskView, "tasks", "t")
    assert "workbench server stop" in caught.value.next_step


def test_a_request_that_is_not_accepted_names_its_field() -> None:
    with pytest.raises(InvalidInputError, match="size is 'small'") as caught:
        message(TrainRequest, size="small")
    assert caught.value.wanted == "size: 'quick', 'standard' or 'thorough'"


def test_a_misspelt_field_names_the_nearest() -> None:
    with pytest.raises(InvalidInputError, match="'parameter' is unknown") as caught:
        message(TrainRequest, parameter={})
    assert "parameters" in caught.value.wanted
    assert caught.value.next_step == "did you mean parameters?"


def test_a_wrong_priority_is_refused_before_anything_is_sent(server: Any) -> None:
    with pytest.raises(InvalidInputError, match="priority is 'soon'") as caught:
        Api(server).post(TaskView, "tasks", "t", "runs", body={}, priority="soon")
    assert caught.value.wanted == "priority: 'low', 'normal' or 'high'"
