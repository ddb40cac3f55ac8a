"""The default estimator: a Gaussian process over coalitions."""
