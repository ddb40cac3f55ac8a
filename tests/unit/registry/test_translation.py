"""Templates of translations: one plain field, and nothing that could be asked beyond it."""

import pytest

from workbench.core.errors import InvalidInputError
from workbench.registry.translation import DEFAULT_TEMPLATE, check_template


@pytest.mark.parametrize("template", [DEFAULT_TEMPLATE, "{text}", "{{json}} {text}"])
def test_a_template_with_the_text_once_is_taken(template: str) -> None:
    assert "agua" in check_template(template).format(text="agua")


@pytest.mark.parametrize(
    ("template", "what"),
    [
        ("Translate:", "a template of nothing"),
        ("{{text}}", "a template of nothing"),
        ("", "a template of nothing"),
        ("{text} {text}", "a template of {text}, {text}"),
        ("{source} {text}", "a template of {source}, {text}"),
        ("{}", "a template of {}"),
        ("{text.__class__}", "a template of {text.__class__}"),
        ("{text[0]}", r"a template of {text\[0\]}"),
        ("{text!r}", "a template of {text}"),
        ("{text:>99999999}", "a template of {text}"),
        ("{text", "no template"),
        (5, "no text"),
        ("{text}" + "x" * 2_000, "no text of at most"),
    ],
)
def test_any_other_template_is_refused(template: object, what: str) -> None:
    with pytest.raises(InvalidInputError, match=what) as caught:
        check_template(template)
    assert "{text}" in caught.value.wanted
    assert caught.value.next_step
