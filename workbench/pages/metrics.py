"""The numbers that runs found, in words instead of a program's names."""

from typing import Final

# What people look for first comes first.
_WORDS: Final = {
    "utility": "utility",
    "loss": "loss",
    "base_loss": "loss of the base",
    "accuracy": "accuracy",
    "base_accuracy": "accuracy of the base",
    "macro_f1": "macro-F1",
    "base_macro_f1": "macro-F1 of the base",
    "chrf": "chrF",
    "base_chrf": "chrF of the base",
    "n_translated": "texts translated",
    "loss_full": "loss over all tokens",
    "base_loss_full": "loss of the base over all tokens",
    "n_evaluations": "evaluations",
}
_PLACES: Final = {name: place for place, name in enumerate(_WORDS)}


def metric_words(name: str) -> str:
    """Return what a number is called on a page; a name nobody knows stays as it is.

    ``value.OWNER`` is a valuation's, ``METRIC.MODEL`` a comparison's.
    """
    if name in _WORDS:
        return _WORDS[name]
    what, dot, whose = name.partition(".")
    return f"{what} of {whose}" if dot and what and whose else name


def metric_order(name: str) -> tuple[int, str]:
    """Return the key by which numbers are in the order that people read them."""
    return _PLACES.get(name, len(_PLACES)), name
