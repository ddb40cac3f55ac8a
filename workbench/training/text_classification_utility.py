"""Recipe ``text-classification-utility``: what the classifier becomes, coalition by coalition."""

import time
from typing import TYPE_CHECKING, Any

from workbench.core.canonical import sha256_hex
from workbench.core.errors import TrainingDivergedError
from workbench.core.jobs import JobContext
from workbench.training.class_scores import uniform_utility
from workbench.training.coalitions import CoalitionParameters, evaluation
from workbench.training.inputs import TEST_INPUT, required_input, training_inputs
from workbench.training.linear_evaluation import check_blocks, evaluate, linear_game
from workbench.training.linear_game import Learner
from workbench.training.logistic import LogisticLearner
from workbench.training.parameters import read_parameters
from workbench.training.ridge import RidgeLearner
from workbench.training.tabular import hits
from workbench.training.tabular_rows import Table
from workbench.training.text_parameters import TextParameters
from workbench.training.text_tables import text_fingerprint, text_tables

if TYPE_CHECKING:
    from workbench.training.text_tuning import Tuning


class TextUtilityParameters(CoalitionParameters, TextParameters):
    """Which coalitions to evaluate, and how each is trained."""


def run(context: JobContext) -> dict[str, Any]:
    """Evaluate a classifier of texts on each coalition's rows ``{"text", "label"}``.

    N-grams and embeddings of the frozen encoder are computed once and kept under the job's
    cache by content; their head standardises them by the coalition's rows, hundreds of
    coalitions at once, and nothing is random. An ``encoder`` is tuned on each coalition's rows
    from a seed of its own. The utility is the log-likelihood a row of the hidden test, in
    nats, or the accuracy; higher is better in both. The heads' likelihoods do not compare.
    The empty coalition predicts the task's classes uniformly.

    Returns
    -------
    dict
        ``evaluations`` as the events told them, without seconds, and ``fingerprint``.

    Raises
    ------
    TrainingDivergedError
        The facts name the coalition.
    """
    parameters = read_parameters(TextUtilityParameters, context.spec.parameters)
    parameters.checked(context.inputs)
    paths = training_inputs(context.inputs)
    paths |= {TEST_INPUT: required_input(context.inputs, TEST_INPUT)}
    tables = text_tables(context, parameters, paths)
    if parameters.features == "encoder":
        evaluations = _tuned(context, parameters, tables)
    else:
        evaluations = evaluate(context, parameters, _learner(context, parameters, tables))
    return {"evaluations": evaluations, "fingerprint": text_fingerprint(parameters)}


def _learner(
    context: JobContext, parameters: TextUtilityParameters, tables: dict[str, Table]
) -> Learner:
    n_classes = len(parameters.classes)
    game = linear_game(parameters, context.inputs, tables, n_classes, parameters.metric)
    if parameters.head == "ridge":
        return RidgeLearner(game, 1 / parameters.inverse_regularisation)
    return LogisticLearner(game, parameters.inverse_regularisation, parameters.iterations)


def _tuned(
    context: JobContext, parameters: TextUtilityParameters, tables: dict[str, Table]
) -> list[dict[str, Any]]:
    """Tune the encoder on each coalition's rows, in the order that everybody uses."""
    # As in text_tables: n-grams shall not wait for torch.
    from workbench.training.text_tuning import Tuning  # noqa: PLC0415

    test = tables.pop(TEST_INPUT)
    check_blocks(len(test), parameters.n_blocks)
    tuning = Tuning.of(context, parameters)
    digests = {name: sha256_hex(context.inputs[name].read_bytes()) for name in tables}
    name_of = {digest: name for name, digest in digests.items()}
    evaluations = []
    for coalition in parameters.coalitions:
        started = time.perf_counter()
        seed = parameters.seed(context.spec.seed, coalition)
        names = [name_of[d] for d in parameters.member_inputs(coalition, digests)]
        try:
            utilities = _utilities(context, tuning, tables, names, test, seed)
        except TrainingDivergedError as error:
            error.with_facts(coalition=coalition, replicate=parameters.replicate)
            raise
        blocks = [_mean(utilities[b :: parameters.n_blocks]) for b in range(parameters.n_blocks)]
        found = evaluation(coalition, parameters.replicate, seed, _mean(utilities), blocks)
        evaluations.append(found)
        context.emit({"type": "utility", **found, "seconds": time.perf_counter() - started})
    return evaluations


def _utilities(
    context: JobContext,
    tuning: "Tuning",
    tables: dict[str, Table],
    names: list[str],
    test: Table,
    seed: int,
) -> list[float]:
    """Return each test row's utility."""
    metric = tuning.parameters.metric
    if not names:
        return [uniform_utility(len(tuning.parameters.classes), metric)] * len(test)

    def on_step(_step: int, _loss: float, _n_tokens: int) -> None:
        context.check_cancelled()

    frozen = Table.joined([tables[name] for name in names])
    model, seen = tuning.tuned(names, frozen, test, seed, on_step)
    found = hits(model, seen) if metric == "accuracy" else model.log_likelihoods(seen)
    return [float(utility) for utility in found]


def _mean(utilities: list[float]) -> float:
    return sum(utilities) / len(utilities)
