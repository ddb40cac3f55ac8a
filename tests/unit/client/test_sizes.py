"""A table of sizes shows what fits, and why not."""

from workbench.client.sizes import Sizes

QUICK = {
    "size": "quick", "steps": 20, "seconds": 31.4, "seconds_low": 20.0, "seconds_high": 66.0,
    "memory_bytes": 1_200_000_000, "fits": True, "reason": "",
}  # fmt: skip
THOROUGH = QUICK | {
    "size": "thorough", "steps": 240, "seconds": 4000.0, "fits": False,
    "reason": "it takes about 4,000 s: steps=200, or WORKBENCH_JOB_SECONDS=5000",
}  # fmt: skip
FOUND = Sizes(
    "speak",
    {
        "sizes": [QUICK, THOROUGH],
        "tokens_per_second": 812.3,
        "measured": {"step_seconds": [0.3, 0.3, 0.4]},
    },
)


def test_the_frame_has_one_row_a_size() -> None:
    frame = FOUND.frame
    assert list(frame["size"]) == ["quick", "thorough"]
    assert list(frame["fits"]) == [True, False]
    assert list(frame["memory_bytes"]) == [1_200_000_000] * 2


def test_the_table_says_what_fits_and_what_would() -> None:
    text = repr(FOUND)
    assert "20 to 66" in text
    assert "1.20 GB" in text
    assert "thorough: it takes about 4,000 s: steps=200" in text
    assert "812 tokens a second" in text
