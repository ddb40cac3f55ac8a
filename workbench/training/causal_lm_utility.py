"""Recipe ``causal-lm-utility``: what the model becomes, coalition by coalition."""

import time
from collections.abc import Mapping
from typing import Any

from workbench.core.errors import InvalidInputError, TrainingDivergedError
from workbench.core.jobs import JobContext
from workbench.training.coalitions import CoalitionParameters, evaluation
from workbench.training.fine_tuning import check_loss, fine_tune
from workbench.training.lora import reset_lora
from workbench.training.parameters import CausalLmParameters, read_parameters
from workbench.training.pool import Pool, PoolText, load_pool


class UtilityParameters(CoalitionParameters, CausalLmParameters):
    """Which coalitions to evaluate, and how each is trained."""


def run(context: JobContext) -> dict[str, Any]:
    """Train and evaluate the model of each coalition.

    The utility is minus the mean loss a token on the hidden test, in nats, the softmax over
    the tokens of the pool: of all owners' rows and the hidden test, whoever is in the
    coalition. The empty coalition is the base model. Each coalition's seed derives from the
    job's seed, the coalition and the replicate; nothing of one training reaches the next.

    Returns
    -------
    dict
        ``evaluations`` as the events told them, without seconds, and what decided their
        bits: ``vocabulary_digest``, ``fingerprint``.

    Raises
    ------
    TrainingDivergedError
        The facts name the coalition.
    """
    parameters = read_parameters(UtilityParameters, context.spec.parameters)
    parameters.checked(context.inputs)
    pool = load_pool(context, parameters)
    pool.read(context)
    if len(pool.test) < parameters.n_blocks:
        raise InvalidInputError(
            f"the hidden test has {len(pool.test)} usable rows",
            wanted=f"at least one for each of the {parameters.n_blocks} blocks",
            next_step="add rows to the task's hidden test",
        )
    digests = PoolText.of(context).digests
    evaluations = []
    for coalition in parameters.coalitions:
        started = time.perf_counter()
        found = _evaluate(context, parameters, pool, digests, coalition)
        evaluations.append(found)
        context.emit({"type": "utility", **found, "seconds": time.perf_counter() - started})
    return {
        "evaluations": evaluations,
        "vocabulary_size": len(pool.vocabulary),
        "vocabulary_digest": pool.vocabulary.digest,
        "fingerprint": pool.base.fingerprint(),
    }


def _evaluate(
    context: JobContext,
    parameters: UtilityParameters,
    pool: Pool,
    digests: Mapping[str, str],
    coalition: str,
) -> dict[str, Any]:
    seed = parameters.seed(context.spec.seed, coalition)
    members = parameters.member_inputs(coalition, digests)
    rows = [row for digest in members for row in pool.rows[digest]]

    def on_step(_step: int, _loss: float, _n_tokens: int) -> None:
        context.check_cancelled()

    try:
        if rows:
            fine_tune(pool.base.model, pool.learner, rows, parameters, seed, on_step)
        else:
            reset_lora(pool.base.model, seed)
        losses = pool.learner.row_losses(pool.test)
        check_loss(losses.mean, step=parameters.steps)
    except TrainingDivergedError as error:
        error.with_facts(coalition=coalition, replicate=parameters.replicate)
        raise
    blocks = [-loss for loss in losses.block_means(parameters.n_blocks)]
    return evaluation(coalition, parameters.replicate, seed, -losses.mean, blocks)
