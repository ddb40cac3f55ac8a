"""What results show of themselves in a notebook, and what they leave to a terminal."""

from typing import Any

import pytest

from workbench.client import views
from workbench.client.display import Column, Shown, Table
from workbench.core.errors import NotBuiltError

VIEW = "application/vnd.jupyter.widget-view+json"


class Widget:
    """What anywidget returns: a bundle with metadata."""

    def _repr_mimebundle_(self) -> tuple[dict[str, Any], dict[str, Any]]:
        return {VIEW: {"model_id": "m"}, "text/plain": "the widget's own"}, {}


class Result(views.Carded, Shown):
    """A result with a card."""

    def _card(self) -> object:
        return Widget()

    def _table(self) -> Table:
        return Table("one line", [Column("x")], [["1"]])


class Bundled(Shown):
    """A result that has a bundle already."""

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        return {"application/x-ours": {"n": 1}}


class Both(Result, Bundled):
    """A result with a card, and a bundle of its own."""


class Unbuilt(Result):
    """A result whose card was never built."""

    def _card(self) -> object:
        raise NotBuiltError("not built")


def test_outside_a_notebook_nothing_is_loaded() -> None:
    assert Unbuilt()._repr_mimebundle_() == {}
    assert "one line" in repr(Result())


def test_in_a_notebook_the_card_joins_html_and_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "in_notebook", lambda: True)
    assert Result()._repr_mimebundle_() == {VIEW: {"model_id": "m"}}
    assert Both()._repr_mimebundle_(include=None) == {
        "application/x-ours": {"n": 1},
        VIEW: {"model_id": "m"},
    }


def test_without_the_built_card_the_table_remains(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "in_notebook", lambda: True)
    assert Unbuilt()._repr_mimebundle_() == {}
    assert "one line" in Unbuilt()._repr_html_()
