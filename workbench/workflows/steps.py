"""Steps of a recomputation: each the same as recorded, or different and in what."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from workbench.core.errors import WorkbenchError
from workbench.core.wire import DifferenceView, StepView

_MOST_SHOWN: Final = 20


def checked(name: str, says: str, compare: Callable[[], Sequence[DifferenceView]]) -> StepView:
    """Return a step: the same where nothing differs; what contradicts itself differs.

    Parameters
    ----------
    name : of the step.
    says : what is true when it is the same.
    compare : returns what differs.
    """
    try:
        differences = list(compare())
    except WorkbenchError as error:
        differences = [DifferenceView(name=error.found, recorded=None, found=None)]
    state = "different" if differences else "same"
    return StepView(name=name, state=state, says=says, differences=differences[:_MOST_SHOWN])


def unequal(pairs: Mapping[str, tuple[Any, Any]]) -> list[DifferenceView]:
    """Return each name whose recorded thing is not what was found."""
    return [
        DifferenceView(name=name, recorded=_said(recorded), found=_said(found))
        for name, (recorded, found) in pairs.items()
        if recorded != found
    ]


def _said(value: Any) -> str | float | None:
    """Return what JSON carries without losing a digit: whole numbers as text."""
    return value if value is None or isinstance(value, float | str) else str(value)
