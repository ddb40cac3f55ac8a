"""The first rows of a file that is not contributed yet: what would be read of it."""

from pydantic import Field

from workbench.core.wire.message import JsonObject, Sha256, Wire
from workbench.core.wire.tasks import Finding


class FirstRowsRequest(Wire):
    """An uploaded file to look into; nothing is kept of it."""

    file_sha256: str = Sha256
    file_name: str = Field(min_length=1, max_length=255)
    owner: str = Field(min_length=1, max_length=64)
    columns: dict[str, str] = Field(default_factory=dict)


class ReadRow(Wire):
    """A row in canonical form, or the code of what is wrong with it."""

    number: int
    values: JsonObject | None = None
    code: str | None = None


class RowPiece(Wire):
    """A part of a row as a language model reads it, and whether it is learnt."""

    text: str
    is_learnt: bool


class ModelRow(Wire):
    """The first good row as the task's model gets it; ``n_tokens`` of ``max_tokens``."""

    number: int
    pieces: list[RowPiece]
    n_tokens: int
    n_cut: int
    max_tokens: int


class FirstRowsView(Wire):
    """The columns of a file, which of them are read as what, and its first rows.

    ``cells`` are the beginnings of what stands in the first columns; ``roles`` all that the task
    may read; ``refusal`` why the columns do not fit. ``as_read`` is there where the task trains
    a language model.
    """

    found: list[str]
    cells: list[list[str]]
    roles: list[str]
    by_role: dict[str, str]
    findings: list[Finding]
    rows: list[ReadRow]
    refusal: str | None = None
    as_read: ModelRow | None = None
