"""Each owner's part of a batch's gradient, and of the move that AdamW makes of it."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import torch
from peft import PeftModel
from torch import Tensor, nn

from workbench.training.lora import lora_weights

# torch's defaults, which the fine-tune keeps.
_MOMENTUM_KEPT: Final = 0.9
_SQUARES_KEPT: Final = 0.999
_EPSILON: Final = 1e-8


def flat(tensors: Sequence[Tensor]) -> Tensor:
    """Return tensors as one vector, in their order."""
    return torch.cat([tensor.flatten() for tensor in tensors])


@dataclass(frozen=True)
class _Passed:
    """What passed by one LoRA matrix: its inputs, and the loss's gradient by its outputs."""

    place: slice
    shape: torch.Size
    inputs: Tensor
    slopes: Tensor


class OwnerGradients:
    """Parts of a batch's gradient, taken from the passes that training makes anyway.

    A LoRA matrix sends each token's input x to Wx, so its gradient is the sum of δxᵀ over the
    tokens, δ being the loss's gradient by that token's output. A row's part is the sum over its
    own tokens. Both factors pass by in training, so that no pass is made twice.

    Parameters
    ----------
    model
        Whose LoRA matrices to listen at; vectors are in the order of ``lora_weights``.

    References
    ----------
    J. T. Wang, P. Mittal, D. Song, R. Jia 2025, "Data Shapley in One Training Run", ICLR,
    has the same factors in its "ghost" products; LoRA's matrices are small enough to form the
    parts themselves.
    """

    def __init__(self, model: PeftModel) -> None:
        self._places: list[tuple[nn.Module, slice, torch.Size]] = []
        self._passed: list[_Passed] = []
        self.n_weights = 0
        for name, weight in lora_weights(model).items():
            module = model.get_submodule(name.removesuffix(".weight"))
            place = slice(self.n_weights, self.n_weights + weight.numel())
            self._places.append((module, place, weight.shape))
            self.n_weights = place.stop

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Keep what passes by while a loss is computed, and when it is sent back later."""
        self._passed.clear()
        hooks = [
            module.register_forward_hook(self._keep(place, shape))
            for module, place, shape in self._places
        ]
        try:
            yield
        finally:
            for hook in hooks:
                hook.remove()

    def _keep(self, place: slice, shape: torch.Size) -> Callable[[nn.Module, Any, Tensor], None]:
        def on_forward(_module: nn.Module, given: tuple[Tensor], output: Tensor) -> None:
            inputs = given[0].detach().flatten(0, -2)

            def on_backward(slopes: Tensor) -> None:
                self._passed.append(_Passed(place, shape, inputs, slopes.flatten(0, -2)))

            output.register_hook(on_backward)

        return on_forward

    def parts(self, owners: Sequence[int], lengths: Sequence[int], n_present: int) -> Tensor:
        """Return the parts of the last batch that was sent back, and forget it.

        Parameters
        ----------
        owners : of each row of the batch, counted among those present.
        lengths : of each row, in tokens, as they were packed one after the other.
        n_present : owners with a row in the batch.

        Returns
        -------
        Tensor
            float32 (n_present, n_weights); their sum is the batch's gradient.
        """
        parts = torch.zeros(n_present, self.n_weights)
        for passed in self._passed:
            # Filler behind the last row has no loss, and is in nobody's part.
            inputs = passed.inputs[: sum(lengths)].split(list(lengths))
            slopes = passed.slopes[: sum(lengths)].split(list(lengths))
            for owner, row_inputs, row_slopes in zip(owners, inputs, slopes, strict=True):
                part = parts[owner, passed.place].view(passed.shape)
                part.addmm_(row_slopes.T, row_inputs)
        self._passed.clear()
        return parts


class OwnerMoves:
    """AdamW's moves without weight decay, split among owners.

    Every owner has a momentum of their own, the running mean of their parts of the clipped
    gradient; all share the second moment, that of the whole gradient. The owners' momenta sum
    to AdamW's and so do their moves, also of owners who had no row in the batch.

    It holds n_owners × n_weights floats.

    References
    ----------
    Kingma, Ba 2015, "Adam: A Method for Stochastic Optimization", ICLR, algorithm 1.
    """

    def __init__(self, n_owners: int, n_weights: int) -> None:
        self._momentum = torch.zeros(n_owners, n_weights)
        self._squares = torch.zeros(n_weights)
        self._scale = torch.zeros(n_weights)
        self._n_steps = 0

    def step(
        self, present: Sequence[int], parts: Tensor, clipped: Tensor, learning_rate: float
    ) -> None:
        """Follow one step of the optimiser.

        Parameters
        ----------
        present : owners with a row in the batch, in the order of ``parts``.
        parts : (len(present), n_weights); parts of the gradient before it was clipped.
        clipped : (n_weights,); the gradient that the optimiser saw.
        learning_rate : of this step.
        """
        self._n_steps += 1
        whole = float(parts.sum(0).norm())
        kept = float(clipped.norm()) / whole if whole > 0 else 1.0
        self._momentum *= _MOMENTUM_KEPT
        self._momentum[list(present)] += (1 - _MOMENTUM_KEPT) * kept * parts
        self._squares.mul_(_SQUARES_KEPT).addcmul_(clipped, clipped, value=1 - _SQUARES_KEPT)
        squares = self._squares / (1 - _SQUARES_KEPT**self._n_steps)
        rate = learning_rate / (1 - _MOMENTUM_KEPT**self._n_steps)
        self._scale = rate / (squares.sqrt() + _EPSILON)

    def moves(self) -> Tensor:
        """Return each owner's part of the last move, (n_owners, n_weights)."""
        return -self._scale * self._momentum

    def descents(self, slope: Tensor) -> Tensor:
        """Return how far each owner's part of the last move goes down a slope.

        Parameters
        ----------
        slope : (n_weights,); a loss's gradient.

        Returns
        -------
        Tensor
            float64 (n_owners,); minus the inner product of the move and the slope.
        """
        return (self._momentum @ (self._scale * slope)).double()
