"""A reproduction is identical, equal within tolerance, or different: and says in what."""

import math

import pytest

from workbench.registry.reproduction import (
    N_SAMPLED,
    Difference,
    Measured,
    Tolerance,
    Verdict,
    choose_coalitions,
    differences,
    judge,
)

RUN = Measured(digests={"model": "d1"}, numbers={"base_loss": 2.0, "loss": 1.0})
OTHER_CPU = [Difference("cpu", "one", "another")]


def run(model: str = "d1", **numbers: float) -> Measured:
    return Measured(digests={"model": model}, numbers={**RUN.numbers, **numbers})


def test_the_same_bits_in_the_same_environment_are_identical() -> None:
    assert judge(RUN, run(), [], Tolerance()) == Verdict("identical", None)


def test_the_same_bits_elsewhere_are_equal_within_tolerance() -> None:
    assert judge(RUN, run(), OTHER_CPU, Tolerance()) == Verdict("equal within tolerance", None)


def test_elsewhere_another_digest_is_forgiven_and_named() -> None:
    verdict = judge(RUN, run("d2", loss=1.0005), OTHER_CPU, Tolerance())
    assert verdict == Verdict("equal within tolerance", Difference("model", "d1", "d2"))


def test_in_the_same_environment_another_digest_is_different() -> None:
    verdict = judge(RUN, run("d2"), [], Tolerance(number=1.0))
    assert verdict == Verdict("different", Difference("model", "d1", "d2"))


@pytest.mark.parametrize("environment", [[], OTHER_CPU])
@pytest.mark.parametrize("loss", [1.0011, 0.998, math.nan])
def test_a_number_beyond_its_tolerance_is_different(
    environment: list[Difference], loss: float
) -> None:
    verdict = judge(RUN, run(loss=loss), environment, Tolerance())
    assert verdict.outcome == "different"
    assert verdict.first_difference is not None
    assert verdict.first_difference.name == "loss"


def test_a_wider_tolerance_forgives_more() -> None:
    verdict = judge(RUN, run(loss=1.25), [], Tolerance(number=0.25))
    assert verdict == Verdict("equal within tolerance", Difference("loss", 1.0, 1.25))


def test_the_first_number_beyond_is_named_and_not_a_slighter_one_before_it() -> None:
    verdict = judge(RUN, run(base_loss=2.0001, loss=3.0), OTHER_CPU, Tolerance())
    assert verdict.first_difference == Difference("loss", 1.0, 3.0)


def test_a_number_that_is_not_there_any_more_is_different() -> None:
    found = Measured(digests=RUN.digests, numbers={"base_loss": 2.0})
    assert judge(RUN, found, OTHER_CPU, Tolerance()).first_difference == Difference(
        "loss", 1.0, None
    )


def test_a_number_that_nobody_recorded_is_nobodys_claim() -> None:
    assert judge(RUN, run(accuracy=0.5), [], Tolerance()).outcome == "identical"


@pytest.mark.parametrize(
    ("share", "outcome"),
    [
        (0.6, "identical"),
        (0.6 + 1e-9, "identical"),
        (0.62, "equal within tolerance"),
        (0.64, "different"),
    ],
)
def test_shares_have_a_tolerance_of_their_own(share: float, outcome: str) -> None:
    recorded, found = Measured(shares={"ana": 0.6}), Measured(shares={"ana": share})
    assert judge(recorded, found, [], Tolerance()).outcome == outcome


def test_environments_are_compared_both_ways() -> None:
    found = differences({"torch": "1", "cpu": "a"}, {"torch": "2", "cpu": "a", "ray": "3"})
    assert found == [Difference("torch", "1", "2")]
    both = differences({"cpu": "a"}, {"ray": "3"}, of_either=True)
    assert both == [Difference("cpu", "a", None), Difference("ray", None, "3")]


class TestSample:
    """The head and the study choose the coalitions; nobody else does."""

    def test_the_same_head_and_study_choose_the_same(self) -> None:
        assert choose_coalitions(256, "h", "s") == choose_coalitions(256, "h", "s")

    def test_another_head_or_study_chooses_others(self) -> None:
        chosen = [choose_coalitions(256, *names) for names in (("h", "s"), ("g", "s"), ("h", "t"))]
        assert len({tuple(places) for places in chosen}) == 3

    def test_places_are_distinct_ascending_and_there(self) -> None:
        places = choose_coalitions(100, "h", "s")
        assert places == sorted(set(places))
        assert len(places) == N_SAMPLED
        assert set(places) <= set(range(100))

    def test_of_few_all_are_chosen(self) -> None:
        assert choose_coalitions(4, "h", "s") == [0, 1, 2, 3]
