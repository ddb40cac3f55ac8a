"""Recipe ``tabular-utility``: what the classifier becomes, coalition by coalition."""

import time
from typing import Any

import numpy as np

from workbench.core.canonical import sha256_hex
from workbench.core.errors import InvalidInputError
from workbench.core.jobs import JobContext
from workbench.training.coalitions import CoalitionParameters, evaluation
from workbench.training.inputs import TEST_INPUT
from workbench.training.parameters import read_parameters
from workbench.training.tabular import hits, read_all, tabular_fingerprint
from workbench.training.tabular_model import fit, uniform_model
from workbench.training.tabular_rows import Table, TabularParameters


class UtilityParameters(CoalitionParameters, TabularParameters):
    """Which coalitions to evaluate, and how each is trained."""


def run(context: JobContext) -> dict[str, Any]:
    """Train and evaluate the classifier of each coalition.

    The utility is the log-likelihood a row of the hidden test, or the accuracy; higher
    is better in both. The empty coalition predicts the task's classes uniformly. Nothing is
    random, and replicates repeat themselves, unless the estimator is a random forest.

    Returns
    -------
    dict
        ``evaluations`` as the events told them, without seconds, and ``fingerprint``.
    """
    parameters = read_parameters(UtilityParameters, context.spec.parameters)
    parameters.checked(context.inputs)
    tables = read_all(context, parameters)
    test = tables.pop(TEST_INPUT)
    if len(test) < parameters.n_blocks:
        raise InvalidInputError(
            f"the hidden test has {len(test)} rows",
            wanted=f"at least one for each of the {parameters.n_blocks} blocks",
            next_step="add rows to the task's hidden test",
        )
    digests = {name: sha256_hex(context.inputs[name].read_bytes()) for name in tables}
    by_digest = {digests[name]: table for name, table in tables.items()}
    evaluations = []
    for coalition in parameters.coalitions:
        started = time.perf_counter()
        members = [by_digest[d] for d in parameters.member_inputs(coalition, digests)]
        seed = parameters.seed(context.spec.seed, coalition)
        row_utilities = _row_utilities(members, test, parameters, seed)
        found = evaluation(
            coalition,
            parameters.replicate,
            seed,
            float(row_utilities.mean()),
            [
                float(row_utilities[block :: parameters.n_blocks].mean())
                for block in range(parameters.n_blocks)
            ],
        )
        evaluations.append(found)
        context.emit({"type": "utility", **found, "seconds": time.perf_counter() - started})
        context.check_cancelled()
    return {"evaluations": evaluations, "fingerprint": tabular_fingerprint()}


def _row_utilities(
    members: list[Table], test: Table, parameters: UtilityParameters, seed: int
) -> np.ndarray[Any, np.dtype[np.float64]]:
    model = fit(Table.joined(members), parameters, seed) if members else uniform_model(parameters)
    if parameters.metric == "accuracy":
        return hits(model, test)
    return model.log_likelihoods(test)
