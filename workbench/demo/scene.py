"""What a demo task consists of: owners with rows, a hidden test, a pool."""

import hashlib
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

Row = dict[str, Any]


@dataclass(frozen=True)
class Scene:
    """One task of the demo, complete.

    Attributes
    ----------
    task : the task's id.
    title : for people.
    kind : what the model does.
    owners : owner group → its rows, in the order they contribute.
    test : hidden rows, in nobody's contribution.
    gate_test : more of them, which gates of proposals ask and trainings are not measured on;
        none where the gates ask ``test``.
    license : SPDX expression of every contribution.
    pool : credits, as text.
    rules : what else the task's record says.
    notes : what people should know about the data.
    held : owner → a row beside its own with personal data, which the gates hold.
    newcomers : owner → rows that come once the first epoch is paid.
    """

    task: str
    title: str
    kind: str
    owners: Mapping[str, Sequence[Row]]
    test: Sequence[Row]
    license: str
    pool: str
    gate_test: Sequence[Row] = ()
    rules: Mapping[str, Any] = field(default_factory=dict)
    notes: Sequence[str] = ()
    held: Mapping[str, Row] = field(default_factory=dict)
    newcomers: Mapping[str, Sequence[Row]] = field(default_factory=dict)

    @property
    def later(self) -> "Scene":
        """The scene of those who come later."""
        return replace(self, owners=self.newcomers, held={}, newcomers={})


def normalised(text: str) -> str:
    """Return a text as the gates compare it: NFKC, case folded, white space collapsed."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFD", text).casefold())
    return " ".join(unicodedata.normalize("NFKC", folded.casefold()).split())


def drawn(texts: Iterable[str], n_texts: int, seed: int) -> list[str]:
    """Return ``n_texts`` of the texts, the same on every machine and in every order of input.

    Texts are ordered by a hash of seed and text, so that no generator's version matters.
    """

    def place(text: str) -> bytes:
        return hashlib.sha256(f"{seed}\n{text}".encode()).digest()

    return sorted(set(texts), key=place)[:n_texts]
