"""MLflow: one run for everything a person would look at, never one for a coalition."""
