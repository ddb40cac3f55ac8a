"""What a notebook keeps of a result as data."""

import json
from datetime import UTC, datetime

from IPython.core.interactiveshell import InteractiveShell

from workbench.client.display import MIME_TYPE, Column, Documented, Table

AS_OF = datetime(2026, 11, 26, 7, 30, 1, 999, tzinfo=UTC)


class Shelf(Documented):
    """A result with more rows than are shown."""

    _kind = "shelf"

    @property
    def as_of(self) -> datetime | None:
        return AS_OF

    def _table(self) -> Table:
        columns = [Column("book"), Column("weight", "right", "kg")]
        rows = [[f"<b>{n}</b>\x1b[31m", f"{n}.5"] for n in range(250)]
        return Table("books", columns, rows, ["", "weighed twice"])


def test_a_result_is_data_html_and_text_in_one_bundle() -> None:
    bundle, _ = InteractiveShell.instance().display_formatter.format(Shelf())
    assert set(bundle) == {MIME_TYPE, "text/html", "text/plain"}
    document = json.loads(json.dumps(bundle[MIME_TYPE]))
    assert document["kind"] == "shelf"
    assert document["title"] == "books"
    assert document["columns"][1] == {"name": "weight", "side": "right", "unit": "kg"}
    assert document["as_of"] == "2026-11-26T07:30:01+00:00"
    assert document["notes"] == ["… and 50 more rows; .frame has them all", "weighed twice"]
    assert len(document["rows"]) == 200
    # Text as it is, for whoever draws it as text, without what could steer a terminal.
    assert document["rows"][7] == ["<b>7</b>\ufffd[31m", "7.5"]
    assert "<b>" not in bundle["text/html"]
