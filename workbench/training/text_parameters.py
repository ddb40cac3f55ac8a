"""How a classifier of texts is trained; shared by all recipes of such a task."""

from typing import Literal

from pydantic import Field

from workbench.training.class_scores import Metric
from workbench.training.ngram_parameters import NgramParameters
from workbench.training.tabular_rows import TabularParameters


class TextParameters(NgramParameters):
    """What texts become, and what learns from it.

    Attributes
    ----------
    features : ``ngrams`` needs no base model; ``embeddings`` are the vectors of a frozen text
        encoder; ``encoder`` tunes the encoder itself.
    head : learns from the n-grams or embeddings. With many classes, ridge is far cheaper.
    metric : of a utility.
    inverse_regularisation : C of the logistic regression, 1 over the ridge's penalty. There
        are many features and few rows, hence far below a table's.
    iterations : of the logistic regression's optimiser, at most.
    max_tokens : a text's tokens past this many are not used by an encoder.
    steps : optimiser steps of the encoder, the same for every coalition.
    batch_rows : rows a step.
    learning_rate : AdamW's at the first step; it falls to 0 as a cosine.
    rank : of the LoRA matrices in all the encoder's blocks.
    """

    # More than a cheap utility's alone: here they make the model that people use.
    n_features: int = Field(default=1024, ge=2, le=4096)
    features: Literal["ngrams", "embeddings", "encoder"] = "ngrams"
    head: Literal["logistic", "ridge"] = "logistic"
    metric: Metric = "log-likelihood"
    inverse_regularisation: float = Field(default=0.01, gt=0, allow_inf_nan=False)
    iterations: int = Field(default=100, ge=1, le=10_000)
    max_tokens: int = Field(default=64, ge=2, le=4096)
    steps: int = Field(default=60, ge=1, le=100_000)
    batch_rows: int = Field(default=16, ge=1, le=1024)
    learning_rate: float = Field(default=1e-3, gt=0, allow_inf_nan=False)
    rank: int = Field(default=8, ge=1, le=256)

    @property
    def of_head(self) -> TabularParameters:
        """How the head is trained, on features as on any table."""
        return TabularParameters(
            classes=self.classes,
            estimator="ridge"
            if self.head == "ridge" and self.features != "encoder"
            else "logistic-regression",
            metric=self.metric,
            inverse_regularisation=self.inverse_regularisation,
            iterations=self.iterations,
        )
