"""Tables and cards as text and as HTML; whatever people named themselves is shown as text."""

import html
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Final, Literal

MIME_TYPE: Final = "application/vnd.merit-workbench.v1+json"
"""Of a result as data: a table with its kind, units, notes and the moment it stood so."""

_STYLE: Final = "border-collapse:collapse;font-variant-numeric:tabular-nums"
# A narrow table would fold a long caption into many short lines.
_CAPTION: Final = "text-align:left;font-weight:600;min-width:min(30em,90vw)"
_CELL: Final = (
    "padding:.2em .8em;border-bottom:1px solid color-mix(in srgb,currentColor 20%,transparent)"
)
_MOST_ROWS: Final = 200


@dataclass(frozen=True)
class Column:
    """A column's heading, to which side its cells lean, and the unit of its numbers."""

    name: str
    side: Literal["left", "right"] = "left"
    unit: str = ""


@dataclass(frozen=True)
class Table:
    """What a result shows: a caption, columns, cells as texts, closing lines.

    Attributes
    ----------
    caption : one line above.
    columns : headings; the first column names the row.
    rows : texts, one a column.
    notes : lines below: what the numbers are, what to do next.
    """

    caption: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[str]]
    notes: Sequence[str] = ()

    def text(self) -> str:
        """Return the table for a terminal: aligned, with nothing that could steer it."""
        shown = [[plain(cell) for cell in row] for row in self.rows[:_MOST_ROWS]]
        heads = [column.name for column in self.columns]
        widths = [max(map(_width, cells)) for cells in zip(heads, *shown, strict=True)]
        lines = [plain(self.caption, 400)] if self.caption else []
        if shown:
            lines.append(self._line(heads, widths))
            lines.append("  ".join("─" * width for width in widths))
            lines += [self._line(row, widths) for row in shown]
        lines += [plain(note, 400) for note in (*self._left_out(), *filter(None, self.notes))]
        return "\n".join(lines)

    def html(self) -> str:
        """Return the table for a notebook; every text is escaped."""
        head = "".join(
            f'<th scope="col" style="{_CELL};text-align:{column.side}">{escape(column.name)}</th>'
            for column in self.columns
        )
        body = "".join(f"<tr>{self._cells(row)}</tr>" for row in self.rows[:_MOST_ROWS])
        table = f'<table style="{_STYLE}"><caption style="{_CAPTION}">'
        table += f"{escape(self.caption)}</caption>"
        if self.rows:
            table += f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody>"
        notes = "".join(
            f'<p style="margin:.3em 0">{escape(note)}</p>'
            for note in (*self._left_out(), *filter(None, self.notes))
        )
        return f"<div>{table}</table>{notes}</div>"

    def document(self, kind: str, as_of: datetime | None) -> dict[str, Any]:
        """Return the table as JSON, which docs/valuation.md describes.

        Parameters
        ----------
        kind : of the result, such as ``"study"``.
        as_of : when it was so.
        """
        return {
            "kind": kind,
            "title": plain(self.caption, 400),
            "columns": [
                {"name": plain(c.name), "side": c.side, "unit": plain(c.unit)} for c in self.columns
            ],
            "rows": [[plain(cell, 1000) for cell in row] for row in self.rows[:_MOST_ROWS]],
            "notes": [plain(note, 400) for note in (*self._left_out(), *filter(None, self.notes))],
            "as_of": None if as_of is None else as_of.isoformat(timespec="seconds"),
        }

    def _cells(self, row: Sequence[str]) -> str:
        cells = []
        for position, (column, cell) in enumerate(zip(self.columns, row, strict=True)):
            tag, scope = ("th", ' scope="row"') if position == 0 else ("td", "")
            style = f"{_CELL};text-align:{column.side};font-weight:inherit"
            cells.append(f'<{tag}{scope} style="{style}">{escape(cell)}</{tag}>')
        return "".join(cells)

    def _line(self, cells: Sequence[str], widths: Sequence[int]) -> str:
        padded = []
        for column, cell, width in zip(self.columns, cells, widths, strict=True):
            space = " " * (width - _width(cell))
            padded.append(cell + space if column.side == "left" else space + cell)
        return "  ".join(padded).rstrip()

    def _left_out(self) -> list[str]:
        n_more = len(self.rows) - _MOST_ROWS
        return [f"… and {n_more} more rows; .frame has them all"] if n_more > 0 else []


class Shown:
    """A result that prints itself: ``_table`` says what, text and HTML follow."""

    def _table(self) -> Table:
        raise NotImplementedError

    def __repr__(self) -> str:
        return self._table().text()

    def _repr_html_(self) -> str:
        return self._table().html()


class Documented(Shown):
    """A result that a notebook keeps as data too, so that JupyterLab can draw it itself.

    IPython adds HTML and plain text to the bundle: readers without our extension have those.
    """

    _kind: ClassVar[str]

    @property
    def as_of(self) -> datetime | None:
        """When it was so."""
        raise NotImplementedError

    def _headline(self) -> Table:
        return self._table()

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        return {MIME_TYPE: self._headline().document(self._kind, self.as_of)}


def plain(text: str, limit: int = 80) -> str:
    r"""Return one line of text without control or direction marks, at most ``limit`` long.

    >>> plain("a\x1b[31mb\nc")
    'a�[31mb�c'
    """
    clean = "".join("\ufffd" if unicodedata.category(c) in _UNSAFE else c for c in text)
    return clean if len(clean) <= limit else clean[: limit - 1] + "…"


def escape(text: str) -> str:
    """Return a text as HTML that shows exactly it, less what could turn its direction."""
    return html.escape(plain(text, 1000))


# Control, format (bidirectional overrides among them), surrogate, private, line separators.
_UNSAFE: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})


def _width(text: str) -> int:
    wide = sum(unicodedata.east_asian_width(c) in "WF" for c in text)
    zero = sum(unicodedata.combining(c) > 0 for c in text)
    return len(text) + wide - zero
