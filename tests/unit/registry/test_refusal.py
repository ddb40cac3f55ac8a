"""Each reason says what to do."""

from workbench.registry.refusal import CODES, REMEDIES, Refusal


def test_every_code_has_a_remedy() -> None:
    assert set(REMEDIES) == set(CODES)
    assert Refusal("leak", "3 rows", "none").next_step == REMEDIES["leak"]
