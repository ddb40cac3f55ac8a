"""Card: what a run's model is, as it was written when the run was logged."""

import json
from typing import Any, Final

from workbench.core.errors import InvalidInputError, NotFoundError
from workbench.core.licence import NOASSERTION
from workbench.core.wire import CardView
from workbench.registry.card import CARD_FILE, CardFacts, model_card
from workbench.workflows.home import Home, model_folder
from workbench.workflows.provenance import datasets, withdrawn_data
from workbench.workflows.run_seals import find_seal, run_named
from workbench.workflows.tasks import get_spec

_SHOWN_BASE: Final = ("architecture", "n_parameters")


def get_card(home: Home, run_id: str) -> CardView:
    """Return a run's model card: the one that was sealed, or what it would say now.

    Parameters
    ----------
    run_id : the run's id, or a beginning that no other run's id has.

    Raises
    ------
    NotFoundError
        No run, or more than one, has an id that begins so.
    InvalidInputError
        The run made no model.
    """
    row = run_named(home, run_id)
    if row["model"] is None:
        raise InvalidInputError(
            f"the {row['kind']} {row['id'][:12]} made no model",
            wanted="a fine-tune",
            next_step='list them: workbench sql "select id from run where model is not null"',
        )
    seal = find_seal(home, row["id"])
    digest = None if seal is None else seal.document["artifacts"].get(CARD_FILE)
    if digest is not None and home.blobs.has(digest):
        text, is_sealed = home.blobs.read(digest).decode(), True
    else:
        text, is_sealed = write_card(home, row), False
    gone = withdrawn_data(home, row["id"], None).get(row["id"], [])
    return CardView(run=row["id"], text=text, is_sealed=is_sealed, withdrawn=gone)


def write_card(home: Home, run: dict[str, Any]) -> str:
    """Return the card of a run that made a model, from what is recorded of it."""
    job, details = json.loads(run["spec"]), json.loads(run["details"])
    spec = get_spec(home, run["task"])
    software = details.get("software", {})
    return model_card(
        CardFacts(
            run=run["id"],
            model=run["model"],
            task=run["task"],
            title=spec.title,
            kind=spec.kind,
            base={}
            if spec.base is None
            else {**spec.base, **_about_base(home, spec.base), "license": _licence(details)},
            data=datasets(home, run),
            metrics=json.loads(run["metrics"]),
            n_test_rows=int(details.get("n_test_rows", 0)),
            recipe=job["recipe"],
            parameters=job["parameters"],
            seed=str(job["seed"]),
            environment=job["environment"],
            version=software.get("version", ""),
            environment_sha256=software.get("environment_sha256", ""),
            files=sorted(details.get("artifacts", {})),
            trained_at=run["created_at"],
        )
    )


def _licence(details: dict[str, Any]) -> str:
    # As it was known when the model was made: a card says nothing that changes later.
    return str(details.get("licence", {}).get("base", NOASSERTION))


def _about_base(home: Home, base: Any) -> dict[str, str]:
    try:
        path = model_folder(home.settings, base["digest"]) / "workbench.json"
        about = json.loads(path.read_bytes())
    except (NotFoundError, OSError, ValueError):
        # The cache of models may have been emptied; the digest says which base it was.
        return {}
    return {name: str(about[name]) for name in _SHOWN_BASE if name in about}
