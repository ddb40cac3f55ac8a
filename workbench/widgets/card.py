"""What every card and wizard of a cell is: one of the views that the built file holds."""

import anywidget
import traitlets

from workbench.widgets.built import built


class Card(anywidget.AnyWidget):
    """A view in a notebook's cell.

    Attributes
    ----------
    view : its name in ``extensions/widgets/src/anywidget/cards.ts``; from here to the page.
    """

    _esm = built("cards.js")
    _css = built("style.css")
    view = traitlets.Unicode().tag(sync=True)
