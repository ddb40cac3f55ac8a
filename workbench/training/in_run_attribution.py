"""What each owner's rows did to a loss, watched while one fine-tune goes on."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from typing import Literal, cast

import torch
from peft import PeftModel
from torch import Tensor

from workbench.training.fine_tuning import check_loss, fine_tune, learning_rate
from workbench.training.lora import lora_weights
from workbench.training.owner_gradients import OwnerGradients, OwnerMoves, flat
from workbench.training.parameters import CausalLmParameters
from workbench.training.suffix import CachedRow, Suffix


@dataclass
class Attribution:
    """What a watched fine-tune found, up to a step.

    Attributes
    ----------
    raw : float64 (n_owners,); how much each owner's parts of the moves lowered the watched
        loss, in nats a token.
    n_rows_seen : rows of each owner that were in a batch, counted again in each pass.
    watching_seconds : CPU time spent on watching, over what the fine-tune took by itself.
    """

    raw: Tensor
    n_rows_seen: list[int]
    watching_seconds: float = 0.0


def fine_tune_watched(
    model: PeftModel,
    suffix: Suffix,
    rows_by_owner: Sequence[Sequence[CachedRow]],
    watched_rows: Callable[[], Sequence[CachedRow]],
    parameters: CausalLmParameters,
    seed: int,
    on_step: Callable[[int, Attribution], None],
    *,
    order: Literal[1, 2] = 2,
) -> Attribution:
    """Fine-tune on all owners' rows, and split the fall of a loss among the owners.

    This is ``fine_tune`` on the owners' rows one after the other; watching changes no bit of
    it. A move Δ of the weights is the sum of the owners' parts Δₒ (`OwnerMoves`). Owner o is
    attributed −⟨(∇ℓ(θ) + ∇ℓ(θ + Δ)) / 2, Δₒ⟩, or −⟨∇ℓ(θ), Δₒ⟩ in first order, summed over the
    steps; ℓ is the mean loss a token on the watched rows.

    Parameters
    ----------
    model, suffix, parameters, seed
        As for ``fine_tune``.
    rows_by_owner
        Each owner's rows, in canonical order.
    watched_rows
        Returns the rows whose loss is watched, once before the first step and after each;
        another sample each time averages more of a test at the same price.
    on_step
        Told after each step: its number from 1, and what was found so far.
    order
        Of the expansion of ℓ along each move.

    Returns
    -------
    Attribution
        Of the whole run.

    Raises
    ------
    TrainingDivergedError
        A loss is NaN or infinite.

    Notes
    -----
    The mean of the slopes at both ends is the paper's second-order value without its Hessian,
    since ∇ℓ(θ + Δ) ≈ ∇ℓ(θ) + HΔ, and costs one gradient more in all: the end of a step is the
    start of the next. The paper treats plain SGD; here the second moment of AdamW and the
    clipping are taken as they were with everybody present.

    References
    ----------
    J. T. Wang, P. Mittal, D. Song, R. Jia 2025, "Data Shapley in One Training Run", ICLR.
    J. Lan, R. Liu, H. Zhou, J. Yosinski 2019, "LCA: Loss Change Allocation for Neural Network
    Training", NeurIPS, for the integral along the path.
    """
    watch = _Watch(model, suffix, len(rows_by_owner), watched_rows, parameters, order)

    def after_step(step: int, _loss: float, _n_tokens: int) -> None:
        watch.follow(step)
        on_step(step, watch.found)

    rows = [
        _OwnedRow(row.hidden, row.targets, owner)
        for owner, own in enumerate(rows_by_owner)
        for row in own
    ]
    fine_tune(model, watch.suffix, rows, parameters, seed, after_step)
    return watch.found


def rotating(rows: Sequence[CachedRow], n_rows: int, seed: int) -> Callable[[], list[CachedRow]]:
    """Return a function that draws so many rows at a time, pass after pass, orders by seed."""
    generator = torch.Generator().manual_seed(seed)
    waiting: list[int] = []

    def draw() -> list[CachedRow]:
        while len(waiting) < n_rows:
            waiting.extend(torch.randperm(len(rows), generator=generator).tolist())
        return [rows[waiting.pop(0)] for _ in range(n_rows)]

    return draw


@dataclass(frozen=True)
class _OwnedRow(CachedRow):
    """A row that knows whose it is."""

    owner: int


@dataclass(frozen=True)
class _WatchedSuffix(Suffix):
    """A suffix that tells of the batches it is trained on."""

    watching: Callable[[Sequence[CachedRow]], AbstractContextManager[None]]

    def token_losses(self, rows: Sequence[CachedRow]) -> Tensor:
        with self.watching(rows):
            return super().token_losses(rows)


class _Watch:
    def __init__(
        self,
        model: PeftModel,
        suffix: Suffix,
        n_owners: int,
        watched_rows: Callable[[], Sequence[CachedRow]],
        parameters: CausalLmParameters,
        order: Literal[1, 2],
    ) -> None:
        self._plain = suffix
        self._weights = list(lora_weights(model).values())
        self._gradients = OwnerGradients(model)
        self._moves = OwnerMoves(n_owners, self._gradients.n_weights)
        self._watched_rows = watched_rows
        self._parameters = parameters
        self._order = order
        self._batch: list[_OwnedRow] = []
        self._slope: Tensor | None = None
        self.found = Attribution(torch.zeros(n_owners, dtype=torch.float64), [0] * n_owners)
        self.suffix = _WatchedSuffix(
            suffix.parts, suffix.last_blocks, suffix.head_weight, self._listen
        )

    @contextmanager
    def _listen(self, rows: Sequence[CachedRow]) -> Iterator[None]:
        # LoRA's start is known only now: the fine-tune has just set it.
        if self._slope is None:
            since = time.process_time()
            self._slope = self._slope_here(step=0)
            self.found.watching_seconds += time.process_time() - since
        self._batch = [cast("_OwnedRow", row) for row in rows]
        with self._gradients.listening():
            yield

    def follow(self, step: int) -> None:
        """Account for the step that was just made."""
        since = time.process_time()
        present = sorted({row.owner for row in self._batch})
        owners = [present.index(row.owner) for row in self._batch]
        lengths = [len(row.targets) for row in self._batch]
        parts = self._gradients.parts(owners, lengths, len(present))
        clipped = flat([cast("Tensor", weight.grad) for weight in self._weights])
        self._moves.step(present, parts, clipped, learning_rate(self._parameters, step - 1))
        before, after = cast("Tensor", self._slope), self._slope_here(step=step)
        slope = before if self._order == 1 else (before + after) / 2
        self._slope = after
        n_seen = self.found.n_rows_seen.copy()
        for row in self._batch:
            n_seen[row.owner] += 1
        self.found = replace(
            self.found,
            raw=self.found.raw + self._moves.descents(slope),
            n_rows_seen=n_seen,
            watching_seconds=self.found.watching_seconds + time.process_time() - since,
        )

    def _slope_here(self, step: int) -> Tensor:
        loss = self._plain.token_losses(self._watched_rows()).mean()
        check_loss(loss.item(), step=step)
        # Not backward(): the gradients of the fine-tune are left alone.
        return flat(torch.autograd.grad(loss, self._weights))
