"""Classifiers whose encoder is tuned with them: trained, kept beside their head, read back."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from workbench.core.errors import InvalidInputError
from workbench.core.jobs import JobContext
from workbench.training.encoder import Encoder
from workbench.training.encoder_tuning import tune_encoder
from workbench.training.inputs import TEST_INPUT, required_input, training_inputs
from workbench.training.lora import ADAPTER_FILE, load_lora, read_shape, save_lora
from workbench.training.tabular_model import TabularModel
from workbench.training.tabular_rows import Table
from workbench.training.text_embeddings import described, encoder_of
from workbench.training.text_features import read_texts
from workbench.training.text_parameters import TextParameters


@dataclass(frozen=True)
class Tuning:
    """An encoder and the tokens of a job's inputs: what each coalition is tuned from."""

    encoder: Encoder
    parameters: TextParameters
    tokens: dict[str, list[list[int]]]

    @classmethod
    def of(cls, context: JobContext, parameters: TextParameters) -> "Tuning":
        """Load the encoder and read the owners' rows and the hidden test."""
        encoder = encoder_of(context, parameters)
        names = [*training_inputs(context.inputs), TEST_INPUT]
        return cls(
            encoder,
            parameters,
            {name: _tokens(context, encoder, parameters, name) for name in names},
        )

    def tuned(
        self,
        names: list[str],
        frozen: Table,
        test: Table,
        seed: int,
        on_step: Callable[[int, float, int], None],
    ) -> tuple[TabularModel, Table]:
        """Tune on some inputs; return the head, and the test as the tuned encoder sees it.

        Parameters
        ----------
        names : of the inputs, in canonical order.
        frozen : their rows' frozen embeddings, in that order.
        test : the hidden test's frozen embeddings.
        seed : of the tuning.
        on_step : as ``encoder_tuning.tune_encoder``.
        """
        tokens = [row for name in names for row in self.tokens[name]]
        model = tune_encoder(self.encoder, tokens, frozen, self.parameters, seed, on_step)
        return model, Table(self.encoder.embed(self.tokens[TEST_INPUT]), test.labels)

    def kept(self, context: JobContext, model: TabularModel) -> TabularModel:
        """Write the adapter, and return the head with a header that names it."""
        adapter = save_lora(self.encoder.lora, context.output, self.encoder.digest)
        texts: dict[str, Any] = described(context, self.parameters)
        texts |= {"rank": self.parameters.rank, "adapter": _sha256(adapter)}
        return replace(model, texts=texts)


def seen_test(
    context: JobContext,
    parameters: TextParameters,
    texts: Mapping[str, Any],
    position: int,
    frozen: Table,
) -> Table:
    """Return the hidden test as the tuned encoder of a compared model sees it.

    Parameters
    ----------
    context : of the comparison.
    parameters : of the model's header.
    texts : the header itself, which names the adapter.
    position : of the model.
    frozen : the hidden test's frozen embeddings.

    Raises
    ------
    InvalidInputError
        The adapter is not the one that the head was trained with, or not of this base.
    UnsupportedFormatError
        It is no adapter.
    """
    adapter = required_input(context.inputs, f"model:{position}:{ADAPTER_FILE}")
    digest = _sha256(adapter)
    if digest != texts.get("adapter"):
        raise InvalidInputError(
            f"the adapter of the model at position {position} is {digest[:12]}…",
            wanted=f"the one that its head was trained with, {texts.get('adapter')!r:.20}",
            next_step="train the model again: its files are not of one training",
        )
    encoder = encoder_of(context, parameters)
    read_shape(adapter, encoder.digest)
    load_lora(encoder.lora, adapter)
    return Table(encoder.embed(_tokens(context, encoder, parameters, TEST_INPUT)), frozen.labels)


def _tokens(
    context: JobContext, encoder: Encoder, parameters: TextParameters, name: str
) -> list[list[int]]:
    texts, _ = read_texts(required_input(context.inputs, name), name, parameters)
    return encoder.tokens(texts, parameters.max_tokens)


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
