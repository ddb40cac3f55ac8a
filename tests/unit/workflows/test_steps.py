"""A step is the same, or different in what it names; what contradicts itself differs."""

from workbench.core.errors import CorruptHomeError
from workbench.core.wire import DifferenceView
from workbench.workflows.steps import checked, unequal


def test_nothing_that_differs_is_the_same() -> None:
    found = checked("values", "all well", lambda: unequal({"a": (1, 1)}))
    assert (found.state, found.says, found.differences) == ("same", "all well", [])


def test_whole_numbers_travel_without_losing_a_digit() -> None:
    [one] = unequal({"units": (2**60, None), "same": (0.5, 0.5)})
    assert one == DifferenceView(name="units", recorded=str(2**60), found=None)


def test_what_cannot_be_computed_differs_and_says_why() -> None:
    def compare() -> list[DifferenceView]:
        raise CorruptHomeError("the record is gone")

    found = checked("values", "all well", compare)
    assert found.state == "different"
    assert found.differences[0].name == "the record is gone"


def test_only_the_first_differences_are_listed() -> None:
    found = checked("values", "", lambda: unequal({str(k): (k, -1) for k in range(100)}))
    assert len(found.differences) == 20
