"""Other people's words inside Markdown."""

import html

import pytest

from workbench.core.markdown import escaped, one_line


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "[click](javascript:alert(1))",
        "![x](http://evil.example/x.png)",
        "a | b | c",
        "`code` **bold** _it_ ~~no~~ $x$",
        "www.evil.example and ana@evil.example",
        "&lt;b&gt;",
        "back\\slash",
    ],
)
def test_no_sign_of_markdown_or_html_is_left_and_all_of_the_text_is(text: str) -> None:
    found = escaped(text)

    assert html.unescape(found) == text
    references = found.replace("&#", "")
    assert not set("<>`*_[]\\|~$:@!\"'") & set(references)
    assert "://" not in found
    assert "www." not in found


def test_names_and_licences_stay_readable() -> None:
    assert escaped("Ana María, (MIT OR CC-BY-4.0)") == "Ana María, (MIT OR CC-BY-4.0)"


def test_a_text_cannot_leave_its_line_or_turn_it() -> None:
    assert one_line("a\n# b\r\x85\u2028\u202e\ufeff\x1b[31m") == "a�# b������[31m"
    assert len(one_line("x" * 10_000)) == 200
