"""What a player is worth: rules over utilities, pure numpy.

Public names: `value_game` values any game, `ESTIMATORS` are its methods, `knn_shapley` and
`data_oob` value rows, `semivalue_from_table` and `exact_values` compute from recorded utilities,
`value_in_looks` stops once enough is known.
"""

from workbench.valuation.data_oob import data_oob
from workbench.valuation.estimators import ESTIMATORS
from workbench.valuation.exact import exact_values
from workbench.valuation.knn_shapley import knn_shapley
from workbench.valuation.looks import value_in_looks
from workbench.valuation.semivalues import semivalue_from_table
from workbench.valuation.value_game import value_game
from workbench.valuation.values import Values

__all__ = [
    "ESTIMATORS",
    "Values",
    "data_oob",
    "exact_values",
    "knn_shapley",
    "semivalue_from_table",
    "value_game",
    "value_in_looks",
]
