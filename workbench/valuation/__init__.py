"""What a player is worth: rules over utilities, pure numpy.

Public names: `value_game` values any game, `ESTIMATORS` are its methods, `knn_shapley` and
`data_oob` value rows, `semivalue_from_table`, `exact_values` and `permutation_values` compute
from recorded utilities, `plan_study` says what a study evaluates.
"""

from workbench.valuation.data_oob import data_oob
from workbench.valuation.estimators import ESTIMATORS
from workbench.valuation.exact import exact_values
from workbench.valuation.knn_shapley import knn_shapley
from workbench.valuation.permutation import permutation_values
from workbench.valuation.plan import plan_study
from workbench.valuation.semivalues import semivalue_from_table
from workbench.valuation.value_game import value_game
from workbench.valuation.values import Values

__all__ = [
    "ESTIMATORS",
    "Values",
    "data_oob",
    "exact_values",
    "knn_shapley",
    "permutation_values",
    "plan_study",
    "semivalue_from_table",
    "value_game",
]
