"""Other people's words inside a Markdown document."""

import re
import unicodedata
from typing import Final

_MOST_LETTERS: Final = 200
# Control, format (bidirectional overrides among them), surrogate, private, unassigned, separators.
_UNSAFE: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
# What Markdown, its tables, links written bare, mathematics or HTML give a meaning.
_SPECIAL: Final = re.compile(r"[&<>`*_\[\]\\|~$:@!#\"']|(?<=www)\.", re.I)


def one_line(text: str) -> str:
    r"""Return a text on one line, without control or direction marks, at most 200 letters.

    >>> one_line("a\nb\u202ec")
    'a�b�c'
    """
    clean = "".join("\ufffd" if unicodedata.category(c) in _UNSAFE else c for c in text)
    return clean if len(clean) <= _MOST_LETTERS else clean[: _MOST_LETTERS - 1] + "…"


def escaped(text: str) -> str:
    r"""Return a text as Markdown that shows exactly it, inside a line or a table's cell.

    Character references are letters to every dialect; a backslash is not to some.

    >>> escaped("CC-BY-4.0"), escaped("<b>|[x](javascript:y)")
    ('CC-BY-4.0', '&#60;b&#62;&#124;&#91;x&#93;(javascript&#58;y)')
    """
    return _SPECIAL.sub(lambda found: f"&#{ord(found[0])};", one_line(text))
