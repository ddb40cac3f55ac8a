"""Base models in the server's cache."""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass

from workbench.core.errors import NotFoundError
from workbench.core.wire import JobView


@dataclass(frozen=True)
class Model:
    """An imported base model: what ``open_task`` takes as its base."""

    name: str
    digest: str


def imported_models(jobs: Sequence[JobView]) -> list[Model]:
    """Return the models that import jobs made, each name once, the newest digest."""
    made = [job.result for job in jobs if job.verb == "import-model" and job.result]
    return [
        Model(name, digest)
        for name, digest in {str(r["name"]): str(r["digest"]) for r in made}.items()
    ]


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
