"""Recipe ``ridge-utility``: coalitions of a tabular task by ridge classifiers, very cheaply."""

from typing import Any

from workbench.core.jobs import JobContext
from workbench.training.linear_evaluation import evaluate, tabular_game
from workbench.training.parameters import read_parameters
from workbench.training.ridge import RidgeLearner
from workbench.training.tabular import tabular_fingerprint
from workbench.training.tabular_utility import UtilityParameters


def run(context: JobContext) -> dict[str, Any]:
    """Evaluate a ridge classifier on each coalition's rows.

    The utility is the log-likelihood a row of the hidden test, in nats, or the accuracy;
    higher is better in both. Probabilities are the softmax of the classes' scores, mixed with
    an even share of 1 % as in ``tabular-utility``; scores are near 0 and 1, so that
    likelihoods are flatter than a logistic regression's and the two do not compare. The
    empty coalition predicts the task's classes uniformly. Nothing is random.

    The parameters are ``tabular-utility``'s. The penalty is 1 / ``inverse_regularisation``;
    ``estimator`` and ``iterations`` say how the task's model is trained and change nothing.

    Returns
    -------
    dict
        ``evaluations`` as the events told them, without seconds, and ``fingerprint``.
    """
    parameters = read_parameters(UtilityParameters, context.spec.parameters)
    game = tabular_game(context, parameters)
    learner = RidgeLearner(game, 1 / parameters.inverse_regularisation)
    return {
        "evaluations": evaluate(context, parameters, learner),
        "fingerprint": tabular_fingerprint(),
    }
