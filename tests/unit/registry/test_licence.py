"""Licences: what parses, in which spelling, and what a task takes."""

import pytest

from workbench.core.errors import InvalidInputError
from workbench.registry.licence import check_license, is_allowed, parse_allowed, parse_license


@pytest.mark.parametrize(
    ("text", "spelling"),
    [
        ("CC-BY-4.0", "CC-BY-4.0"),
        ("cc-by-4.0", "CC-BY-4.0"),
        (" mit or apache-2.0\n", "MIT OR Apache-2.0"),
        ("((MIT))", "MIT"),
        ("MIT AND (CC-BY-4.0 OR CC0-1.0)", "MIT AND (CC-BY-4.0 OR CC0-1.0)"),
        (
            "GPL-3.0-only WITH Classpath-exception-2.0",
            "GPL-3.0-only WITH Classpath-exception-2.0",
        ),
        ("LicenseRef-foo", "LicenseRef-foo"),
        ("DocumentRef-x:LicenseRef-foo", "DocumentRef-x:LicenseRef-foo"),
        ("GPL-3.0", "GPL-3.0-only"),
    ],
)
def test_an_expression_has_one_spelling(text: str, spelling: str) -> None:
    assert parse_license(text) == spelling
    assert parse_license(spelling) == spelling


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  ",
        "all rights reserved",
        "NONE",
        "NOASSERTION",
        "MIT AND",
        "AND MIT",
        "MIT OR OR MIT",
        "MIT MIT",
        "(MIT",
        "MIT)",
        "()",
        "MIT WITH MIT",
        "MIT WITH no-such-exception",
        "Classpath-exception-2.0",
        "MIT/X11",
        "MIT, Apache-2.0",
        "MIT\x00",
        "\x1b[31mMIT",
        "ＭＩＴ",
        "МIT",
        "public-domain",
        "LicenseRef-",
        "LicenseRef-ñ",
        "(" * 99 + "MIT",
        "x" * 201,
    ],
)
def test_what_is_no_expression_is_refused_with_what_is_wanted(text: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        parse_license(text)
    assert "SPDX" in caught.value.wanted
    assert caught.value.next_step
    assert caught.value.facts["reason"] == "license-unreadable"
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("text", ["MIT OR (Apache-2.0) GPL-2.0-only", "MIT OR Apache-2.0 OR"])
def test_what_the_parser_would_let_pass_is_refused(text: str) -> None:
    with pytest.raises(InvalidInputError, match="no licence expression"):
        parse_license(text)


@pytest.mark.parametrize(
    ("text", "meant"),
    [("cc by 4.0", "CC-BY-4.0"), ("Apache 2.0", "Apache-2.0"), ("CC-BY", "CC-BY-4.0")],
)
def test_a_near_miss_is_told_the_right_name(text: str, meant: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        parse_license(text)
    assert meant in caught.value.facts["nearest"]
    assert meant in caught.value.next_step


@pytest.mark.parametrize(
    ("text", "allowed", "expected"),
    [
        ("CC-BY-4.0", ["CC-BY-4.0"], True),
        ("cc-by-4.0", ["Cc-By-4.0"], True),
        ("CC-BY-4.0", [], False),
        ("MIT OR GPL-3.0-only", ["MIT"], True),
        ("MIT AND GPL-3.0-only", ["MIT"], False),
        ("MIT AND GPL-3.0-only", ["MIT", "GPL-3.0-only"], True),
        ("MIT AND (GPL-3.0-only OR CC0-1.0)", ["MIT", "CC0-1.0"], True),
        ("(MIT AND GPL-3.0-only) OR CC0-1.0", ["MIT"], False),
        ("GPL-3.0-only WITH Classpath-exception-2.0", ["GPL-3.0-only"], False),
        ("GPL-3.0-only", ["GPL-3.0-only WITH Classpath-exception-2.0"], False),
        (
            "gpl-3.0-only with classpath-exception-2.0",
            ["GPL-3.0-only WITH Classpath-exception-2.0"],
            True,
        ),
        ("GPL-3.0-or-later", ["GPL-3.0-only"], False),
        ("LicenseRef-foo", ["MIT"], False),
        ("LicenseRef-foo", ["LicenseRef-foo"], True),
    ],
)
def test_and_needs_both_or_needs_one_with_needs_the_pair(
    text: str, allowed: list[str], expected: bool
) -> None:
    assert is_allowed(text, allowed) is expected


def test_a_licence_off_the_list_is_refused_with_the_list() -> None:
    with pytest.raises(InvalidInputError) as caught:
        check_license("CC-BY-NC-4.0", ["CC-BY-4.0", "CC0-1.0"])
    assert caught.value.facts["reason"] == "license-not-allowed"
    assert caught.value.wanted == "CC-BY-4.0 or CC0-1.0"


def test_a_task_lists_single_licences() -> None:
    assert parse_allowed(["mit", "GPL-2.0-only WITH Classpath-exception-2.0"]) == [
        "MIT",
        "GPL-2.0-only WITH Classpath-exception-2.0",
    ]
    with pytest.raises(InvalidInputError, match="compound"):
        parse_allowed(["MIT OR Apache-2.0"])
