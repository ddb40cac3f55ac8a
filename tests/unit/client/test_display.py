"""What people named themselves is shown as text, whatever it holds."""

import pytest

from workbench.client.display import Column, Table, escape, plain

HOSTILE = "<script>alert(1)</script>\x1b[31m\u202e\"'&"


def _table(*rows: list[str]) -> Table:
    return Table("a caption", [Column("owner"), Column("rows", "right")], rows, ["", "a note"])


def test_html_shows_a_hostile_name_as_text() -> None:
    html = _table([HOSTILE, HOSTILE]).html()
    assert "<script>" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert "\x1b" not in html
    assert "\u202e" not in html


def test_html_escapes_caption_headings_and_notes() -> None:
    table = Table("<b>", [Column("<i>")], [["x"]], ["<u>"])
    assert not {"<b>", "<i>", "<u>"} & set(table.html().replace(">", "> ").split())
    assert "&lt;b&gt;" in table.html()


def test_text_cannot_steer_the_terminal() -> None:
    text = _table([HOSTILE, "1"]).text()
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert text.count("\n") == 4


def test_columns_line_up_also_with_wide_and_combining_letters() -> None:
    lines = _table(["日本", "1"], ["o\u0331tomi", "23"]).text().splitlines()[1:5]
    assert lines[0] == "owner  rows"
    assert lines[2] == "日本      1"
    assert lines[3] == "o\u0331tomi    23"


def test_a_table_scopes_its_headings_for_screen_readers() -> None:
    html = _table(["a", "1"]).html()
    assert html.count('scope="col"') == 2
    assert html.count('scope="row"') == 1


def test_a_table_without_rows_shows_caption_and_notes_alone() -> None:
    assert _table().text() == "a caption\na note"


def test_a_long_table_says_how_many_rows_it_left_out() -> None:
    table = _table(*[[f"o{i}", "1"] for i in range(250)])
    assert "… and 50 more rows" in table.text()
    assert "o249" not in table.html()


@pytest.mark.parametrize(("text", "shown"), [("a\nb", "a\ufffdb"), ("x" * 99, "x" * 79 + "…")])
def test_plain_text_is_one_short_line(text: str, shown: str) -> None:
    assert plain(text) == shown


def test_escaped_text_has_no_quotes_that_end_an_attribute() -> None:
    assert escape("\"'") == "&quot;&#x27;"
