"""A page sees the first rows of its own file, and nobody another's."""

import pytest

from tests.integration.workflows.conftest import Lab, make_texts
from workbench.core.errors import InvalidInputError, NotFoundError
from workbench.core.wire import FirstRowsRequest
from workbench.intake.first_rows import N_ROWS
from workbench.workflows import first_rows


def asked(lab: Lab, data: bytes, name: str = "rows.csv", **more: object) -> FirstRowsRequest:
    sha256, _ = lab.home.blobs.put([data])
    values = {"file_sha256": sha256, "file_name": name, "owner": "ana"} | more
    return FirstRowsRequest.model_validate(values)


def test_columns_can_be_named_and_a_row_is_shown_as_the_model_reads_it(speech: Lab) -> None:
    data = b"frase,nota\nnikan ka,x\n,y\nkuali tonalli,z\n"
    found = first_rows.read(speech.home, "clouds", asked(speech, data))
    assert (found.found, found.cells[0]) == (["frase", "nota"], ["nikan ka", "x"])
    assert "not 'text'" in str(found.refusal)
    assert (found.rows, found.as_read) == ([], None)
    named = asked(speech, data, columns={"text": "frase"})
    read = first_rows.read(speech.home, "clouds", named)
    rows = read.rows
    assert [row.values and row.values["text"] for row in rows] == [
        "nikan ka",
        None,
        "kuali tonalli",
    ]
    assert rows[1].code
    assert read.refusal is None
    assert read.as_read is not None
    assert [piece.text for piece in read.as_read.pieces] == ["nikan ka"]
    assert read.as_read.n_tokens > 0


def test_at_most_five_rows_of_a_table_and_no_text_for_a_model(lab: Lab) -> None:
    found = first_rows.read(lab.home, "clouds", asked(lab, lab.rows(40, 5), "rows.jsonl"))
    assert len(found.rows) == N_ROWS
    assert found.as_read is None


def test_what_cannot_be_read_is_refused_with_its_reason(lab: Lab) -> None:
    with pytest.raises(InvalidInputError):
        first_rows.read(lab.home, "clouds", asked(lab, b"\xff\xfe\x00broken", "rows.csv"))
    with pytest.raises(NotFoundError):
        first_rows.read(
            lab.home, "clouds",
            FirstRowsRequest(file_sha256="0" * 64, file_name="rows.csv", owner="ana"),
        )  # fmt: skip


def test_a_new_file_is_everybodys_to_look_into(speech: Lab) -> None:
    found = first_rows.read(speech.home, "clouds", asked(speech, make_texts(77), "rows.jsonl"))
    assert found.rows[0].number == 1
