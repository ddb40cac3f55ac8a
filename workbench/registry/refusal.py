"""Why a proposal does not go on: a code for programs, and what to do about it for people."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, get_args

Code = Literal[
    "no-weights", "not-finite", "unfit-model", "diverged", "too-large", "too-slow",
    "data-not-accepted", "data-undeclared", "licence", "leak", "not-yours", "copy",
    "no-better", "margin", "regression", "hidden-test-retired", "stale",
]  # fmt: skip

REMEDIES: Final[Mapping[Code, str]] = {
    "no-weights": "propose a model that the server trained, or upload its safetensors file",
    "not-finite": "look at the training: it may have diverged",
    "unfit-model": "propose a model of this task's kind, base and classes",
    "diverged": "train with a smaller learning rate",
    "too-large": "propose a smaller model, or have the memory limit raised",
    "too-slow": "propose a recipe with fewer steps, or have the time limit raised",
    "data-not-accepted": "train on contributions that are accepted and not withdrawn",
    "data-undeclared": "name every contribution that the model was trained on",
    "licence": "leave out the data whose licences cannot be met together",
    "leak": "leave out the contributions that hold rows of the hidden test",
    "not-yours": "let whoever trained the model propose it",
    "copy": "propose a model of your own",
    "no-better": "bring more or better data; the difference may be chance",
    "margin": "bring more: what is gained is less than the margin ever asks",
    "regression": "look at the slice that became worse, and bring data for it",
    "hidden-test-retired": "ask the sponsor to open a task with a new hidden test",
    "stale": "propose again, on the champion that there is now",
}
"""What its owner can do."""

CODES: Final = get_args(Code)


@dataclass(frozen=True)
class Refusal:
    """Why a proposal is refused.

    Attributes
    ----------
    code : one of ``CODES``.
    found, wanted : in words.
    """

    code: Code
    found: str
    wanted: str

    @property
    def next_step(self) -> str:
        """What its owner can do."""
        return REMEDIES[self.code]
