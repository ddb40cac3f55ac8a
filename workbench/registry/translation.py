"""How a text to translate is put to a model."""

import string
from typing import Final

from workbench.core.errors import InvalidInputError

DEFAULT_TEMPLATE: Final = "Translate: {text}\nTranslation:"
MAX_TEMPLATE_CHARS: Final = 2_000


def check_template(template: object) -> str:
    """Return a template that has the one field ``{text}``, once and plain.

    Raises
    ------
    InvalidInputError
        It is no text, too long, or has another field, none, or one that asks for more than
        the text itself.

    Examples
    --------
    >>> check_template("Al náhuatl: {text}").format(text="luna")
    'Al náhuatl: luna'
    """
    if not isinstance(template, str) or len(template) > MAX_TEMPLATE_CHARS:
        raise _refused(template, f"no text of at most {MAX_TEMPLATE_CHARS} characters")
    try:
        parts = list(string.Formatter().parse(template))
    except ValueError as error:
        raise _refused(template, f"no template: {error}") from error
    fields = [(name, how, conversion) for _, name, how, conversion in parts if name is not None]
    if fields != [("text", "", None)]:
        named = ", ".join(f"{{{name}}}" for name, *_ in fields) or "nothing"
        raise _refused(template, f"a template of {named}")
    return template


def _refused(template: object, what: str) -> InvalidInputError:
    return InvalidInputError(
        f"the recipe's template, {template!r:.80}, is {what}",
        wanted="{text}, once and plain, in a text",
        next_step=f"write for example {DEFAULT_TEMPLATE!r}; other braces are doubled",
    )
