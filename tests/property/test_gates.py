"""Laws of the gates that mask and of those that compare."""

import json
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from workbench.core.canonical import canonical_bytes
from workbench.core.jobs import JobContext, JobSpec
from workbench.intake import mask_recipe, recipe
from workbench.intake.digests import text_digest
from workbench.intake.limits import Limits
from workbench.intake.near import near_gate
from workbench.intake.rows import Row
from workbench.intake.sensitive import is_sensitive, mask
from workbench.intake.shingles import band_keys, is_alike, signatures

PIECES = st.sampled_from(
    ["a@b.mx", "4111 1111 1111 1111", "DE89 3704 0044 0532 0130 00", "+52 55 1234 5678", "@",
     "81.2.69.142", "2a00:1450:4007:80e::200e", " ", "", ".", "-", ":", "1", "x", "⟩", "v", "+",
     "378282246310005", "GB82WEST12345698765432", ", ", "\n", "⟨e-mail⟩"]
)  # fmt: skip
TEXTS = st.lists(PIECES | st.text(max_size=3), max_size=12).map("".join)
FILES = st.lists(st.lists(PIECES, min_size=1, max_size=5).map("".join), min_size=1, max_size=6)


@given(TEXTS)
def test_masking_again_changes_nothing(text: str) -> None:
    masked = mask(text)
    assert not is_sensitive(masked)
    assert mask(masked) == masked
    assert is_sensitive(text) == (masked != text)


def run(module: Any, folder: Path, file: Path, **parameters: Any) -> dict[str, Any]:
    folder.mkdir()
    empty = folder.parent / "empty"
    empty.touch()
    defaults = {"file_name": file.name, "kind": "causal-lm", "license": "MIT"}
    inputs = {"file": file} | dict.fromkeys(["known", "hidden", "hidden-rows"], empty)
    spec = JobSpec("x", parameters=defaults | {"allowed_licenses": ["MIT"]} | parameters)
    context = JobContext(spec, inputs, folder, folder, lambda _: None, lambda: False)
    answer: dict[str, Any] = module.run(context)
    return answer


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=FILES, drop=st.booleans())
def test_a_masked_file_holds_nothing_more(
    texts: list[str], drop: bool, tmp_path_factory: Any
) -> None:
    root = tmp_path_factory.mktemp("mask")
    file = root / "rows.jsonl"
    file.write_text("".join(json.dumps({"text": f"in {t} on", "source": t}) + "\n" for t in texts))
    first = run(recipe, root / "first", file)
    held = first["outcome"] == "held"
    if not held or (drop and all(map(is_sensitive, texts))):
        return
    run(mask_recipe, root / "masked", file, drop=drop)
    second = run(recipe, root / "second", root / "masked" / "rows.jsonl")
    assert second["outcome"] != "held"
    n_held = sum(is_sensitive(f"in {t} on") or is_sensitive(t) for t in texts)
    assert second["n_rows_submitted"] == len(texts) - (n_held if drop else 0)


WORDS = st.lists(st.sampled_from(["atl", "tepetl", "calli", "xochitl"]), min_size=9, max_size=14)
SENTENCES = st.lists(WORDS.map(" ".join), max_size=12, unique=True)


def rows_of(texts: list[str]) -> list[Row]:
    return [
        Row(i, canonical_bytes({"source": "", "text": t}), text_digest(t), len(t))
        for i, t in enumerate(texts, start=1)
    ]


def are_near(one: str, other: str) -> bool:
    """Return whether the gate finds two texts alike: in 2 of 10,000 pairs no band is shared."""
    ours, theirs = band_keys(signatures([one, other]))
    return bool((ours == theirs).any()) and is_alike(one, other, 80)


def said(rows: list[Row]) -> list[str]:
    return [json.loads(row.line)["text"] for row in rows]


@settings(max_examples=60, deadline=None)
@given(SENTENCES, st.randoms(use_true_random=False))
def test_of_near_duplicates_the_earlier_stays_and_nothing_else_depends_on_the_order(
    texts: list[str], draw: Any
) -> None:
    for order in (texts, draw.sample(texts, len(texts))):
        kept: list[str] = []
        for text in order:
            if not any(are_near(text, earlier) for earlier in kept):
                kept.append(text)
        assert said(near_gate(rows_of(order), [], [], Limits()).rows) == kept


@settings(max_examples=60, deadline=None)
@given(SENTENCES, SENTENCES, SENTENCES, st.randoms(use_true_random=False))
def test_rows_near_those_of_others_go_in_any_order(
    texts: list[str], hidden: list[str], others: list[str], draw: Any
) -> None:
    def near(text: str, those: list[str]) -> bool:
        return any(are_near(text, other) for other in those)

    owned = [("Puebla", text) for text in others]
    one = near_gate(rows_of(texts), hidden, owned, Limits())
    assert one.n_leaked == sum(near(text, hidden) for text in texts)
    assert not any(near(text, hidden + others) for text in said(one.rows))
    lonely = {t for t in texts if not near(t, [*hidden, *others, *(o for o in texts if o != t)])}
    shuffled = near_gate(rows_of(draw.sample(texts, len(texts))), hidden, owned, Limits())
    assert lonely <= set(said(one.rows)) & set(said(shuffled.rows))
    assert shuffled.n_leaked == one.n_leaked
