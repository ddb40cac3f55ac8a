"""Recipe ``text-classification-compare``: the uniform prediction and classifiers of texts."""

from pathlib import Path
from typing import Any

from workbench.core.canonical import canonical_bytes
from workbench.core.jobs import JobContext
from workbench.training.comparing import BASE_LABEL, CompareParameters, compare_models
from workbench.training.hidden_items import NO_SOURCE, HiddenItems
from workbench.training.inputs import TEST_INPUT, read_objects, required_input
from workbench.training.paired_items import write_items
from workbench.training.parameters import read_parameters
from workbench.training.tabular_compare import class_answers, class_items
from workbench.training.tabular_model import (
    MODEL_FILE,
    TabularModel,
    load_model_of,
    uniform_model,
)
from workbench.training.tabular_rows import Table
from workbench.training.text_parameters import TextParameters
from workbench.training.text_tables import text_fingerprint, text_tables


def run(context: JobContext) -> dict[str, Any]:
    """Compare classifiers of texts, and the uniform prediction where the base is named.

    Each model says itself how texts become numbers, so that one of n-grams stands beside a
    tuned encoder.

    Output
    ------
    ``losses.json``: each model's loss of every test row, in nats; ``items.json``: what a gate
    takes, see ``paired_items``.

    Returns
    -------
    dict
        What ``comparing.compare_models`` returns, by log-loss, with slices by source and by
        class; ``fingerprint``.
    """
    parameters = read_parameters(CompareParameters, context.spec.parameters)
    trained = read_parameters(TextParameters, parameters.trained)
    path = required_input(context.inputs, TEST_INPUT)
    losses: dict[str, list[float]] = {}
    answers: dict[str, dict[str, Any]] = {}
    fingerprint: dict[str, str] = {}
    for position, name in enumerate(parameters.models):
        context.progress(position, len(parameters.models), "comparing")
        if name == BASE_LABEL:
            how = trained.model_copy(update={"features": "ngrams"})
            model, test = uniform_model(trained.of_head), _frozen(context, how)
        else:
            model, how = _load(
                required_input(context.inputs, f"model:{position}:{MODEL_FILE}"), trained
            )
            test = _test(context, model, how, position)
        losses[name] = (-model.log_likelihoods(test)).tolist()
        answers[name] = class_answers(model, test)
        fingerprint |= text_fingerprint(how)
    context.progress(len(losses), len(losses), "comparing")
    (context.output / "losses.json").write_bytes(canonical_bytes(losses))
    rows = list(read_objects(path, TEST_INPUT))
    properties = {
        "source": [str(row.get("source") or NO_SOURCE) for row in rows],
        "class": [str(row["label"]) for row in rows],
    }
    items = HiddenItems.read(path, properties=properties)
    write_items(context, items, losses, **class_items(answers))
    compared = compare_models(
        "text-classification",
        answers,
        items,
        parameters,
        context.spec.seed,
        main="log-loss",
        sliced=["accuracy"],
    )
    return compared | {"fingerprint": fingerprint}


def _load(path: Path, trained: TextParameters) -> tuple[TabularModel, TextParameters]:
    """Return a model, and the parameters that say how it turns texts into numbers."""
    model = load_model_of(path, trained.classes)
    named = {name: value for name, value in model.texts.items() if name not in {"base", "adapter"}}
    return model, read_parameters(TextParameters, {"classes": trained.classes} | named)


def _test(context: JobContext, model: TabularModel, how: TextParameters, position: int) -> Table:
    """Return the hidden test as the model sees it."""
    if how.features == "ngrams":
        return _frozen(context, how)
    # As in text_tables: n-grams shall not wait for torch.
    from workbench.training.text_embeddings import check_base  # noqa: PLC0415

    check_base(context, model.texts)
    frozen = _frozen(context, how)
    if how.features == "embeddings":
        return frozen
    from workbench.training.text_tuning import seen_test  # noqa: PLC0415

    return seen_test(context, how, model.texts, position, frozen)


def _frozen(context: JobContext, how: TextParameters) -> Table:
    test = {TEST_INPUT: required_input(context.inputs, TEST_INPUT)}
    return text_tables(context, how, test)[TEST_INPUT]
