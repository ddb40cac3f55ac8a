"""The corridor: one module a verb; asks rules, uses tools, never calls back up."""
