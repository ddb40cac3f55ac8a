"""Recipe ``causal-lm-first-row``: one row as the model will read it, in pieces of text."""

from typing import Any

from pydantic import Field

from workbench.core.jobs import JobContext
from workbench.training.base import BASE_INPUT
from workbench.training.inputs import required_input
from workbench.training.loading import load_tokenizer
from workbench.training.parameters import CausalLmParameters, read_parameters
from workbench.training.rows import as_read


class FirstRowParameters(CausalLmParameters):
    """A task's parameters, and the row to show."""

    row: dict[str, Any] = Field(default_factory=dict)


def run(context: JobContext) -> dict[str, Any]:
    """Render a canonical row with the base model's tokenizer and template.

    Returns
    -------
    dict
        ``pieces``, each a text and whether it is learnt; ``n_tokens`` of the whole row,
        ``n_cut`` of them above ``max_tokens``.

    Raises
    ------
    InvalidInputError
        The base model's chat template refuses the row.
    """
    parameters = read_parameters(FirstRowParameters, context.spec.parameters)
    tokenizer = load_tokenizer(required_input(context.inputs, BASE_INPUT))
    pieces, n_tokens = as_read(tokenizer, parameters.row, parameters)
    return {
        "pieces": [{"text": piece.text, "is_learnt": piece.is_learnt} for piece in pieces],
        "n_tokens": n_tokens,
        "n_cut": max(0, n_tokens - parameters.max_tokens),
        "max_tokens": parameters.max_tokens,
    }
