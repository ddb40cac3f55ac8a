"""RFC 8785: one encoding for each value."""

import json
import struct

import pytest

from workbench.core.canonical import canonical_bytes, content_id, sha256_hex
from workbench.core.errors import InvalidInputError

# RFC 8785, appendix B: IEEE 754 bits and the text they must have.
NUMBERS = {
    "0000000000000000": "0",
    "8000000000000000": "0",
    "0000000000000001": "5e-324",
    "8000000000000001": "-5e-324",
    "7fefffffffffffff": "1.7976931348623157e+308",
    "ffefffffffffffff": "-1.7976931348623157e+308",
    "4340000000000000": "9007199254740992",
    "c340000000000000": "-9007199254740992",
    "4430000000000000": "295147905179352830000",
    "44b52d02c7e14af5": "9.999999999999997e+22",
    "44b52d02c7e14af6": "1e+23",
    "44b52d02c7e14af7": "1.0000000000000001e+23",
    "444b1ae4d6e2ef4e": "999999999999999700000",
    "444b1ae4d6e2ef4f": "999999999999999900000",
    "444b1ae4d6e2ef50": "1e+21",
    "3eb0c6f7a0b5ed8c": "9.999999999999997e-7",
    "3eb0c6f7a0b5ed8d": "0.000001",
    "41b3de4355555553": "333333333.3333332",
    "41b3de4355555554": "333333333.33333325",
    "41b3de4355555555": "333333333.3333333",
    "41b3de4355555556": "333333333.3333334",
    "41b3de4355555557": "333333333.33333343",
    "becbf647612f3696": "-0.0000033333333333333333",
    "43143ff3c1cb0959": "1424953923781206.2",
}


@pytest.mark.parametrize(("bits", "text"), NUMBERS.items())
def test_numbers_are_written_as_the_standard_says(bits: str, text: str) -> None:
    (number,) = struct.unpack(">d", bytes.fromhex(bits))
    assert canonical_bytes(number) == text.encode()


def test_the_standards_sample_has_the_standards_bytes() -> None:
    sample = json.loads(
        r"""{
          "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
          "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
          "literals": [null, true, false]
        }"""
    )
    wanted = (
        '{"literals":[null,true,false],'
        '"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],'
        '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
    )
    assert canonical_bytes(sample) == wanted.encode()


def test_names_are_sorted_by_utf16_units_not_by_code_points() -> None:
    names = ["\u20ac", "\r", "\ufb33", "1", "\U0001f600", "\u0080", "\u00f6"]
    written = json.loads(canonical_bytes(dict.fromkeys(names)))
    # The emoji's first unit, a surrogate, sorts before U+FB33 although its code point is larger.
    assert list(written) == ["\r", "1", "\u0080", "\u00f6", "\u20ac", "\U0001f600", "\ufb33"]


@pytest.mark.parametrize(
    "value",
    [
        float("nan"),
        float("inf"),
        float("-inf"),
        2**53,
        -(2**53),
        b"bytes",
        {1: "key that is no text"},
        {"set"},
        object(),
        "lone surrogate \ud800",
        {"lone \udfff": 1},
    ],
    ids=lambda value: ascii(value)[:20],
)
def test_a_value_without_canonical_form_is_refused(value: object) -> None:
    with pytest.raises(InvalidInputError, match="no canonical JSON form"):
        canonical_bytes(value)


def test_a_value_nested_without_end_is_refused() -> None:
    endless: list[object] = []
    endless.append(endless)
    with pytest.raises(InvalidInputError):
        canonical_bytes(endless)


def test_the_largest_integers_are_exact() -> None:
    assert canonical_bytes([2**53 - 1, 1 - 2**53]) == b"[9007199254740991,-9007199254740991]"


def test_a_whole_float_past_2_to_the_53_is_refused_when_it_comes_back() -> None:
    """It is read as an integer that may not be exact: a record that holds one never verifies."""
    with pytest.raises(InvalidInputError):
        canonical_bytes(json.loads(canonical_bytes(2.0**53)))


def test_the_content_id_is_the_sha256_of_the_canonical_bytes() -> None:
    assert content_id({"b": 1, "a": 2}) == sha256_hex(b'{"a":2,"b":1}')
    assert content_id({}) == "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
