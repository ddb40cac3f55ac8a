"""One module a shape of rows: which columns it is read from, what makes a row, what equals it.

``SHAPES`` names them as ``core.kinds`` does.
"""

from collections.abc import Mapping
from typing import Final

from workbench.core.kinds import RowShape
from workbench.intake.shapes.labelled_text import LABELLED_TEXT
from workbench.intake.shapes.shape import Shape
from workbench.intake.shapes.table import TABLE
from workbench.intake.shapes.text_or_chat import TEXT_OR_CHAT
from workbench.intake.shapes.translation import TRANSLATION

SHAPES: Final[Mapping[RowShape, Shape]] = {
    "text": TEXT_OR_CHAT,
    "translation": TRANSLATION,
    "labelled text": LABELLED_TEXT,
    "table": TABLE,
}
