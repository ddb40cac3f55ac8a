"""A worker keeps the last few things it made."""

from collections.abc import Callable

from workbench.training.warm import Warm


def counting(made: list[str]) -> Callable[[str], Callable[[], str]]:
    def maker(name: str) -> Callable[[], str]:
        def make() -> str:
            made.append(name)
            return name.upper()

        return make

    return maker


def test_what_is_kept_is_not_made_again() -> None:
    made: list[str] = []
    maker, warm = counting(made), Warm[str, str](size=1)
    assert [warm.get("a", maker("a")) for _ in range(2)] == ["A", "A"]
    assert made == ["a"]


def test_the_one_unused_for_longest_goes_first() -> None:
    made: list[str] = []
    maker, warm = counting(made), Warm[str, str](size=2)
    for name in ("a", "b", "a", "c", "a", "b"):
        warm.get(name, maker(name))
    assert made == ["a", "b", "c", "b"]
