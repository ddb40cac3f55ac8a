"""Limits: defaults with some replaced."""

import pytest

from workbench.core.errors import InvalidInputError
from workbench.intake.limits import Limits


def test_given_limits_replace_defaults() -> None:
    assert Limits.from_json({"max_rows": 5}) == Limits(max_rows=5)


@pytest.mark.parametrize(
    "value", [{"max_row": 5}, {"max_rows": 0}, {"max_rows": True}, {"max_rows": "9"}]
)
def test_a_limit_that_is_none_is_refused(value: dict[str, object]) -> None:
    with pytest.raises(InvalidInputError):
        Limits.from_json(value)
