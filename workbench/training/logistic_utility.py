"""Recipe ``logistic-utility``: coalitions by logistic regressions, hundreds at once."""

from typing import Any

from workbench.core.jobs import JobContext
from workbench.training.linear_evaluation import evaluate, tabular_game
from workbench.training.logistic import LogisticLearner
from workbench.training.parameters import read_parameters
from workbench.training.tabular import tabular_fingerprint
from workbench.training.tabular_utility import UtilityParameters


def run(context: JobContext) -> dict[str, Any]:
    """Evaluate a logistic regression on each coalition's rows.

    The utility is the log-likelihood a row of the hidden test, in nats, or the accuracy;
    higher is better in both. It is what ``tabular-utility`` finds with its logistic
    regression trained to the end, an even share of 1 % in every prediction included. The
    empty coalition predicts the task's classes uniformly. Nothing is random.

    The parameters are ``tabular-utility``'s; ``estimator`` says how the task's model is
    trained and changes nothing, ``iterations`` bounds Newton's steps.

    Returns
    -------
    dict
        ``evaluations`` as the events told them, without seconds, and ``fingerprint``.
    """
    parameters = read_parameters(UtilityParameters, context.spec.parameters)
    game = tabular_game(context, parameters)
    learner = LogisticLearner(game, parameters.inverse_regularisation, parameters.iterations)
    return {
        "evaluations": evaluate(context, parameters, learner),
        "fingerprint": tabular_fingerprint(),
    }
