"""Datasets of Hugging Face's ``datasets``, read batch by batch, without importing it.

Whoever holds a dataset has imported the library already; nobody else waits for it.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from workbench.core.errors import InvalidInputError

_BATCH_ROWS: Final = 1_000
_MESSAGE: Final = frozenset({"role", "content"})
_NUMBERS: Final = ("int", "uint", "float", "bool")


def only_split(source: object) -> object:
    """Return the dataset of a ``DatasetDict`` with one split; anything else as it is.

    Raises
    ------
    InvalidInputError
        Several splits, which are named, or none.
    """
    is_dict = _classes(source) & {"DatasetDict", "IterableDatasetDict"}
    if not (is_dict and isinstance(source, Mapping)):
        return source
    splits = [str(name) for name in source]
    if len(splits) == 1:
        return source[splits[0]]
    raise InvalidInputError(
        f"the DatasetDict has the splits {', '.join(splits)}"
        if splits
        else "the DatasetDict has no split",
        wanted="one dataset",
        next_step=f"choose one, such as dataset[{splits[0]!r}]" if splits else "load it again",
        splits=splits,
    )


def dataset_batches(source: object) -> Iterator[Mapping[str, Sequence[Any]]] | None:
    """Return the batches of a dataset as Python values by column; ``None`` for anything else.

    A set format, such as torch's, is not applied. Classes (``ClassLabel``) are given by name,
    since their numbers mean nothing without the dataset; a negative one is missing.

    Parameters
    ----------
    source : a ``Dataset``, in memory, mapped or with chosen rows, or an ``IterableDataset``,
        which is read once.

    Raises
    ------
    InvalidInputError
        A column is nested or binary; it is named before anything is read or decoded.
    """
    if not _classes(source) & {"Dataset", "IterableDataset"}:
        return None
    dataset: Any = source
    # A stream may not know its columns; its values are then checked one by one.
    features = dict(dataset.features or {})
    for name, feature in features.items():
        kind = _refused_kind(feature)
        if kind:
            raise InvalidInputError(
                f"the column {name[:80]!r} of the dataset is {kind}: {str(feature)[:200]}",
                wanted="texts, numbers, classes, and lists of numbers or of messages",
                next_step=f"flatten it, or leave it out: remove_columns({name[:80]!r})",
                column=name,
            )
    classes = {
        name: list(feature.names)
        for name, feature in features.items()
        if "ClassLabel" in _classes(feature)
    }
    return _batches(dataset, classes)


def _batches(dataset: Any, classes: Mapping[str, list[str]]) -> Iterator[dict[str, Sequence[Any]]]:
    for batch in dataset.with_format(None).iter(batch_size=_BATCH_ROWS):
        named = {
            name: [None if place is None or place < 0 else names[place] for place in batch[name]]
            for name, names in classes.items()
        }
        yield {**batch, **named}


def _refused_kind(feature: object) -> str:
    classes = _classes(feature)
    if "ClassLabel" in classes:
        return ""
    if "Value" in classes:
        return "binary" if "binary" in _dtype(feature) else ""
    if classes & {"Image", "Audio", "Video", "Pdf", "Nifti", "Mesh"}:
        return "binary"
    inner = getattr(feature, "feature", None)
    is_numbers = "Value" in _classes(inner) and _dtype(inner).startswith(_NUMBERS)
    is_messages = isinstance(inner, Mapping) and inner.keys() >= _MESSAGE
    return "" if is_numbers or is_messages else "nested"


def _dtype(feature: object) -> str:
    return str(getattr(feature, "dtype", ""))


def _classes(value: object) -> set[str]:
    """Return the names of a value's classes that come from ``datasets``."""
    return {
        kind.__name__
        for kind in type(value).__mro__
        if kind.__module__.partition(".")[0] == "datasets"
    }
