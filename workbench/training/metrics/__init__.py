"""How good a model is on the items of a test, by metrics that people know.

``table`` lists them. Each has a module of its own name that ``evaluate`` loads, over pure
functions: statistics of every item (``classification``, ``likelihood``, ``ngrams``), whose sums
over any items give the score of those items. ``items`` makes intervals, differences and slices
of them. Only the modules with a metric's name, and ``module``, import ``evaluate``, which takes
seconds, since it imports torch.
"""
