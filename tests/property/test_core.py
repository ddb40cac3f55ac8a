"""Laws of records and amounts."""

import json
from typing import Any

import rfc8785
from hypothesis import example, given
from hypothesis import strategies as st

from workbench.core.canonical import canonical_bytes, content_id
from workbench.core.credits import MAX_AMOUNT, format_credits, parse_credits
from workbench.core.envelope import Envelope
from workbench.core.errors import InvalidInputError
from workbench.core.jobs import JobSpec
from workbench.core.keys import PrivateKey
from workbench.core.seeds import derive_seed

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
# A whole float past 2**53 comes back from JSON as an integer that is refused.
safe = 2**53 - 1
numbers = st.integers(-safe, safe) | st.floats(-safe, safe)
json_values = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)
json_objects = st.dictionaries(texts, json_values, max_size=4)
keys = st.binary(min_size=32, max_size=32).map(PrivateKey)


@given(json_values)
def test_canonical_bytes_read_back_as_the_value(value: Any) -> None:
    assert json.loads(canonical_bytes(value)) == value


@given(json_values)
def test_canonical_bytes_of_what_was_read_are_the_same_bytes(value: Any) -> None:
    written = canonical_bytes(value)
    assert canonical_bytes(json.loads(written)) == written


@given(json_values)
def test_canonical_bytes_are_those_of_rfc_8785(value: Any) -> None:
    assert canonical_bytes(value) == rfc8785.dumps(value)


@given(json_objects)
def test_the_order_of_names_changes_no_content_id(value: dict[str, Any]) -> None:
    assert content_id(dict(reversed(value.items()))) == content_id(value)


@given(st.integers(-MAX_AMOUNT, MAX_AMOUNT))
@example(MAX_AMOUNT)
@example(-MAX_AMOUNT)
def test_an_amount_that_is_printed_and_read_is_the_same_amount(amount: int) -> None:
    assert parse_credits(format_credits(amount)) == amount


@given(st.text(max_size=20))
def test_any_text_is_an_exact_amount_or_is_refused(text: str) -> None:
    try:
        amount = parse_credits(text)
    except InvalidInputError:
        return
    assert type(amount) is int
    assert abs(amount) <= MAX_AMOUNT


@given(st.text("ab-", min_size=1, max_size=8), json_objects, keys)
def test_a_signed_record_verifies_after_any_way_through_json(
    kind: str, body: dict[str, Any], key: PrivateKey
) -> None:
    record = Envelope.sign(kind, body, key)
    again = Envelope.from_json(json.loads(json.dumps(record.to_json())))
    assert again.verify(kind=kind).content_id == record.content_id


@given(st.lists(json_values, max_size=4))
def test_a_seed_is_a_function_of_its_parts(parts: list[Any]) -> None:
    seed = derive_seed(*parts)
    assert seed == derive_seed(*json.loads(canonical_bytes(parts)))
    assert 0 <= seed < 2**63


@given(
    st.dictionaries(texts, texts, max_size=3),
    json_objects,
    st.integers(0, 2**63 - 1),
)
def test_a_job_read_back_from_json_is_the_same_job(
    inputs: dict[str, str], parameters: dict[str, Any], seed: int
) -> None:
    spec = JobSpec("tabular", inputs, parameters, seed)
    again = JobSpec.from_json(json.loads(canonical_bytes(spec.to_json())))
    assert again == spec
    assert again.id == spec.id
