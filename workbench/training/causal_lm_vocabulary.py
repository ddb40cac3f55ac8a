"""Recipe ``freeze-vocabulary``: the tokens that a game's losses range over."""

from typing import Any, Final

from pydantic import Field

from workbench.core.jobs import JobContext
from workbench.training.base import load_base
from workbench.training.parameters import CausalLmParameters, read_parameters
from workbench.training.pool import PoolText, encode_pool, vocabulary_of

VOCABULARY_FILE: Final = "vocabulary.json"


class FreezeParameters(CausalLmParameters):
    """The parameters of a game; of its blocks nothing is asked here."""

    n_blocks: int = Field(default=8, ge=1, le=256)


def run(context: JobContext) -> dict[str, Any]:
    """Write the union of the tokens of all owners' rows and the hidden test.

    Where LoRA is everywhere, it is all that the model knows.

    Output
    ------
    ``vocabulary.json``: ascending token ids.

    Returns
    -------
    dict
        ``size`` and ``digest``.
    """
    parameters = read_parameters(FreezeParameters, context.spec.parameters)
    base = load_base(context, parameters)
    rows, test = encode_pool(context, parameters, base, PoolText.of(context))
    parts = [part.rows for part in [*rows.values(), test]]
    vocabulary = vocabulary_of(context, base, parts)
    vocabulary.save(context.output / VOCABULARY_FILE)
    return {"size": len(vocabulary), "digest": vocabulary.digest}
