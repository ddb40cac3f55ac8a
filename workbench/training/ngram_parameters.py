"""How texts become n-grams; the server checks it without loading what counts them."""

from pydantic import Field, field_validator

from workbench.training.parameters import Parameters


class NgramParameters(Parameters):
    """How texts become numbers.

    Attributes
    ----------
    classes : the task's labels.
    n_features : buckets that n-grams are hashed to.
    ngrams : least and greatest number of letters of an n-gram; they do not cross the spaces
        between words.
    """

    classes: list[str] = Field(min_length=2, max_length=1000)
    n_features: int = Field(default=256, ge=2, le=4096)
    ngrams: tuple[int, int] = (1, 4)

    @field_validator("classes")
    @classmethod
    def _classes_differ(cls, classes: list[str]) -> list[str]:
        if len(set(classes)) < len(classes):
            raise ValueError("two classes have one name")
        return classes

    @field_validator("ngrams")
    @classmethod
    def _ngrams_grow(cls, ngrams: tuple[int, int]) -> tuple[int, int]:
        if not 1 <= ngrams[0] <= ngrams[1] <= 8:
            raise ValueError("n-grams have from 1 to 8 letters, the least number first")
        return ngrams
