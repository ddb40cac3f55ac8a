"""Base models in the server's cache."""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from workbench.core.errors import NotFoundError
from workbench.core.licence import NOASSERTION
from workbench.core.wire import JobView

_WHO: Final = {"person": "the word of who imported it", "README.md": "its README.md",
               "GGUF metadata": "its GGUF metadata"}  # fmt: skip


@dataclass(frozen=True)
class Model:
    """An imported base model: what ``open_task`` takes as its base.

    Attributes
    ----------
    name : what people call it.
    digest : SHA-256 of the file that was imported.
    license : SPDX expression; ``"NOASSERTION"`` where nobody has named it.
    license_from : ``"person"``, ``"README.md"``, ``"GGUF metadata"`` or ``""``.
    """

    name: str
    digest: str
    license: str = NOASSERTION
    license_from: str = ""


def imported_models(jobs: Sequence[JobView]) -> list[Model]:
    """Return the models that import jobs made, each name once, the newest digest."""
    done = [job for job in jobs if job.verb == "import-model" and job.result]
    # One that was asked for again is newer than its first time says.
    done.sort(key=lambda job: job.finished_at or job.created_at)
    made = [job.result for job in done if job.result]
    return [
        model_of(result) for result in {str(result["name"]): result for result in made}.values()
    ]


def model_of(result: Mapping[str, Any]) -> Model:
    """Return the model of an import job's result; older ones say nothing of its licence."""
    return Model(
        str(result["name"]),
        str(result["digest"]),
        str(result.get("license", NOASSERTION)),
        str(result.get("license_from", "")),
    )


def model_named(name: str, models: Sequence[Model]) -> Model:
    """Return the model of this name.

    Raises
    ------
    NotFoundError
        There is none; the error names the nearest.
    """
    known = {model.name: model for model in models}
    if name not in known:
        nearest = difflib.get_close_matches(name, known, n=3)
        raise NotFoundError(
            f"no base model is called {name[:80]!r}",
            wanted=f"one of: {', '.join(known)}" if known else "an imported model",
            next_step=f"did you mean {nearest[0]!r}?"
            if nearest
            else "import it: workbench model import FILE --name NAME",
            nearest=nearest,
        )
    return known[name]


def licence_text(model: Model) -> str:
    """Return under which licence a model comes, and who says so, in words."""
    if model.license == NOASSERTION:
        return (
            "unknown: what is tuned from it cannot be passed on with certainty; name it: "
            f"workbench model import FILE --name {model.name} --license SPDX"
        )
    return f"{model.license}, by {_WHO.get(model.license_from, model.license_from)}"
