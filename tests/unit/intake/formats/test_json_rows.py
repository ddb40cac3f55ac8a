"""JSON: strict, bounded, and refused with the row."""

import io
import json

import pytest

from workbench.core.errors import InvalidInputError
from workbench.intake.formats.json_rows import open_json_array, open_json_lines
from workbench.intake.formats.table import Table
from workbench.intake.limits import Limits


def lines(content: str, **limits: int) -> Table:
    return open_json_lines(io.BytesIO(content.encode()), Limits(**limits))


def array(content: str, **limits: int) -> Table:
    return open_json_array(io.BytesIO(content.encode()), Limits(**limits))


def reason(content: str, **limits: int) -> tuple[str, object]:
    opener = lines if content.lstrip().startswith("{") else array
    with pytest.raises(InvalidInputError) as caught:
        list(opener(content, **limits).rows(()))
    assert caught.value.found.isprintable()
    return caught.value.facts["reason"], caught.value.facts.get("row")


def test_lines_are_numbered_and_blank_ones_left_out() -> None:
    table = lines('{"a":1}\n\n {"a":2} \r\n')
    assert list(table.rows(())) == [(1, {"a": 1}), (3, {"a": 2})]


def test_items_of_an_array_are_numbered() -> None:
    table = array(' [ {"a":1} ,\n{"a":{"b":[1]}}\n ] \n')
    assert list(table.rows(())) == [(1, {"a": 1}), (2, {"a": {"b": [1]}})]


def test_columns_are_those_of_all_first_objects() -> None:
    table = lines('{"a":1}\n{"b":"x"}\n{"a":"y"}')
    assert table.columns == {"a": True, "b": True}


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("[]", ("no-rows", None)),
        ("[{}]", ("no-rows", None)),
        ('[{"a":1},]', ("not-an-object", 2)),
        ('[{"a":1},,{"a":1}]', ("not-an-object", 2)),
        ('[{"a":1} {"a":1}]', ("broken-json", 1)),
        ('[{"a":1}', ("broken-json", 1)),
        ('[{"a":1},', ("broken-json", 2)),
        ('[{"a":1}] []', ("broken-json", 1)),
        ('[{"a":1}, 5]', ("not-an-object", 2)),
        ('[{"a":1}, [1]]', ("not-an-object", 2)),
        ('[{"a":1}, "x"]', ("not-an-object", 2)),
        ('[{"a":1}, null]', ("not-an-object", 2)),
        ('{"a":1}\n[1]', ("not-an-object", 2)),
        ('{"a":1}\n{"a":', ("broken-json", 2)),
        ('{"a":1}\n{"a":1}{"a":1}', ("broken-json", 2)),
        ('{"a":1}\n{"a":1,}', ("broken-json", 2)),
        ("{'a':1}", ("broken-json", 1)),
        ('{"a":"x\ty"}', ("broken-json", 1)),
        ('{"a":"\\x"}', ("broken-json", 1)),
        ('{"a":1}//', ("broken-json", 1)),
        ('{"a":1,"a":2}', ("duplicate-key", 1)),
        ('{"a":{"b":1,"b":2}}', ("duplicate-key", 1)),
        ('{"a":1,"\\u0061":2}', ("duplicate-key", 1)),
        ('{"\\u001b":1,"\\u001b":2}', ("duplicate-key", 1)),
        ('{"a":NaN}', ("not-finite-json", 1)),
        ('{"a":[Infinity]}', ("not-finite-json", 1)),
        ('[{"a":1},{"a":-Infinity}]', ("not-finite-json", 2)),
        ('{"a":' + "9" * 41 + "}", ("huge-number", 1)),
        ('{"a":' + "9" * 100_000 + "}", ("huge-number", 1)),
        ('{"a":0.' + "9" * 100_000 + "}", ("huge-number", 1)),
        ('{"a":' * 17 + "1" + "}" * 17, ("too-deep", 1)),
        ('{"a":' + "[" * 16 + "]" * 16 + "}", ("too-deep", 1)),
        ('[{"a":' + "[" * 100_000, ("too-deep", 1)),
        ('{"a":' * 100_000, ("too-deep", 1)),
        ('{"a":"' + "x" * 1_100_000 + '"}', ("line-too-long", 1)),
        ('[{"a":"' + "x" * 1_100_000 + '"}]', ("line-too-long", 1)),
        (json.dumps({str(i): 1 for i in range(2_001)}), ("too-many-columns", None)),
    ],
)
def test_what_is_no_row_of_json_is_refused(content: str, expected: tuple[str, object]) -> None:
    assert reason(content) == expected


def test_different_keys_in_every_row_cannot_pile_up() -> None:
    content = "\n".join(json.dumps({f"k{i}-{j}": 1 for j in range(10)}) for i in range(900))
    assert reason(content) == ("too-many-columns", None)


def test_an_array_larger_than_its_limit_is_refused_before_it_is_parsed() -> None:
    assert reason('[{"a":"' + "x" * 100 + '"}]', max_json_bytes=50) == ("json-too-large", None)


def test_nesting_up_to_the_limit_is_data() -> None:
    content = '{"a":' + "[" * 15 + "]" * 15 + "}"
    assert len(list(lines(content).rows(()))) == 1
