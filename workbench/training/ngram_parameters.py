"""How texts become n-grams; the server checks it without loading what counts them."""

from pydantic import Field, field_validator

from workbench.training.parameters import Classes, Parameters


class NgramParameters(Parameters):
    """How texts become numbers.

    Attributes
    ----------
    classes : the task's labels.
    n_features : buckets that n-grams are hashed to.
    ngrams : least and greatest number of letters of an n-gram; they do not cross the spaces
        between words.
    """

    classes: Classes
    n_features: int = Field(default=256, ge=2, le=4096)
    ngrams: tuple[int, int] = (1, 4)

    @field_validator("ngrams")
    @classmethod
    def _ngrams_grow(cls, ngrams: tuple[int, int]) -> tuple[int, int]:
        if not 1 <= ngrams[0] <= ngrams[1] <= 8:
            raise ValueError("n-grams have from 1 to 8 letters, the least number first")
        return ngrams
