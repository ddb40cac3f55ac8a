"""Recipe ``text-utility``: coalitions of labelled texts, by n-grams and a linear head."""

from typing import Any, Literal

from pydantic import Field

from workbench.core.jobs import JobContext
from workbench.training.class_scores import Metric
from workbench.training.coalitions import CoalitionParameters
from workbench.training.inputs import TEST_INPUT, required_input, training_inputs
from workbench.training.linear_evaluation import evaluate, linear_game
from workbench.training.linear_game import Learner
from workbench.training.logistic import LogisticLearner
from workbench.training.parameters import read_parameters
from workbench.training.ridge import RidgeLearner
from workbench.training.tabular import tabular_fingerprint
from workbench.training.text_features import NgramParameters, text_table


class TextUtilityParameters(CoalitionParameters, NgramParameters):
    """Which coalitions to evaluate, how texts become numbers, and what learns from these.

    Attributes
    ----------
    head : learns from the n-grams.
    metric : of the utility.
    inverse_regularisation : C of the logistic regression, 1 over the penalty of the ridge
        regression. There are many n-grams and few rows, hence far below a table's.
    iterations : Newton's steps at most, of the logistic regression.
    """

    head: Literal["ridge", "logistic"] = "ridge"
    metric: Metric = "log-likelihood"
    inverse_regularisation: float = Field(default=0.01, gt=0, allow_inf_nan=False)
    iterations: int = Field(default=100, ge=1, le=10_000)


def run(context: JobContext) -> dict[str, Any]:
    """Evaluate a classifier of texts on each coalition's rows ``{"text", "label"}``.

    A text becomes the counts of its character n-grams, hashed and of length 1, once; they
    are kept under the job's cache by content. The head standardises them by the coalition's
    rows. The utility is the log-likelihood a row of the hidden test, in nats, or the
    accuracy, as in ``ridge-utility`` or ``logistic-utility``; the two heads' likelihoods do
    not compare. The empty coalition predicts the task's classes uniformly. Nothing is random.

    Returns
    -------
    dict
        ``evaluations`` as the events told them, without seconds, and ``fingerprint``.
    """
    parameters = read_parameters(TextUtilityParameters, context.spec.parameters)
    parameters.checked(context.inputs)
    paths = training_inputs(context.inputs)
    ngrams = NgramParameters(
        classes=parameters.classes, n_features=parameters.n_features, ngrams=parameters.ngrams
    )
    paths |= {TEST_INPUT: required_input(context.inputs, TEST_INPUT)}
    tables = {name: text_table(path, name, ngrams, context.cache) for name, path in paths.items()}
    n_classes = len(parameters.classes)
    game = linear_game(parameters, context.inputs, tables, n_classes, parameters.metric)
    learner: Learner
    if parameters.head == "ridge":
        learner = RidgeLearner(game, 1 / parameters.inverse_regularisation)
    else:
        learner = LogisticLearner(game, parameters.inverse_regularisation, parameters.iterations)
    return {
        "evaluations": evaluate(context, parameters, learner),
        "fingerprint": tabular_fingerprint(),
    }
