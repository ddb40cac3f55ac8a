"""What a player is worth: rules over utilities, pure numpy.

Public names: `exact_values`, `permutation_values`, `plan_study`.
"""

from workbench.valuation.exact import exact_values
from workbench.valuation.permutation import permutation_values
from workbench.valuation.plan import plan_study
from workbench.valuation.values import Values

__all__ = ["Values", "exact_values", "permutation_values", "plan_study"]
