"""Recipe ``causal-lm-preview``: what one fine-tune suggests of each owner's rows."""

import time
from collections.abc import Sequence
from typing import Any, Final, Literal, cast

from pydantic import Field

from workbench.core.errors import InvalidInputError
from workbench.core.jobs import JobContext
from workbench.core.seeds import derive_seed
from workbench.training.coalitions import CoalitionParameters, Player
from workbench.training.fine_tuning import check_loss
from workbench.training.in_run_attribution import (
    Attribution,
    fine_tune_watched,
    rotating,
)
from workbench.training.lora import reset_lora
from workbench.training.parameters import CausalLmParameters, read_parameters
from workbench.training.pool import Pool, PoolText, load_pool
from workbench.training.suffix import CachedRow, Suffix

MEANING: Final = (
    "indicative: one training was watched, no coalition was retrained; money follows the values "
    "of a study, never these"
)
# Below this share of the sum of magnitudes, a sum is what cancelled out: no scale to go by.
_LEAST_SUM: Final = 0.05


class PreviewParameters(CausalLmParameters):
    """Whose rows to watch, and how closely.

    Attributes
    ----------
    players : positions differ.
    n_watched_rows : rows of the hidden test whose loss is watched at each step; others at the
        next one. As many as a step trains on cost about as much as the step.
    steps_between_events : from one running value to the next.
    order : of the attribution; 1 looks at the loss's slope before each move, 2 at both ends.
    with_curve : whether the result carries every step's values.
    """

    players: list[Player] = Field(min_length=1, max_length=1_024)
    n_watched_rows: int = Field(default=8, ge=1, le=1_024)
    steps_between_events: int = Field(default=2, ge=1, le=100_000)
    order: Literal[1, 2] = 2
    with_curve: bool = False


def run(context: JobContext) -> dict[str, Any]:
    """Fine-tune on every owner's rows, and attribute the gain to the owners on the way.

    It is the training of the coalition of all in the recipe ``causal-lm-utility``, bit by bit,
    if the players have the same positions, the job the same seed and the pool the same rows.
    The hidden test stays in the worker: what leaves it are sums by owner.

    Returns
    -------
    dict
        ``owners``, each with ``value`` (nats a token, rescaled so that all sum to ``gain``),
        ``raw`` (as attributed), ``n_rows`` and ``n_rows_seen``; ``gain`` and the two utilities
        whose difference it is; ``rescaled``, false where the raw sum gave no scale;
        ``indicative``, always true, and its ``meaning`` in words; ``curve`` of raw values by
        step, if asked for; ``overhead``, the CPU time of the whole over that without watching.

    Raises
    ------
    TrainingDivergedError
        A loss became NaN or infinite.
    InvalidInputError
        LoRA is everywhere, or a step's rows are cut into parts.
    """
    parameters = read_parameters(PreviewParameters, context.spec.parameters)
    _check_watchable(parameters)
    everybody = str(sum(1 << position for position in {p.position for p in parameters.players}))
    game = read_parameters(
        CoalitionParameters, {"players": parameters.players, "coalitions": [everybody]}
    )
    game.checked(context.inputs)
    pool = load_pool(context, parameters)
    pool.read(context)
    suffix = cast("Suffix", pool.learner)
    test = cast("list[CachedRow]", pool.test)
    digests = PoolText.of(context).digests
    players = sorted(parameters.players, key=lambda player: player.position)
    names = [player.owner for player in players]
    rows = [
        [
            cast("CachedRow", row)
            for digest in game.member_inputs(str(1 << player.position), digests)
            for row in pool.rows[digest]
        ]
        for player in players
    ]
    seed = game.seed(context.spec.seed, everybody)
    curve: list[dict[str, Any]] = []

    def on_step(step: int, found: Attribution) -> None:
        values = dict(zip(names, found.raw.tolist(), strict=True))
        if parameters.with_curve:
            curve.append({"step": step, "values": values})
        if step % parameters.steps_between_events == 0 or step == parameters.steps:
            context.emit({"type": "attribution", "step": step, "values": values})
        context.progress(step, parameters.steps, "fine-tuning, watched")

    reset_lora(pool.base.model, seed)
    before = _utility(pool, step=0)
    watched = rotating(test, parameters.n_watched_rows, derive_seed("watched", str(seed)))
    since = time.process_time()
    found = fine_tune_watched(
        pool.base.model,
        suffix,
        rows,
        watched,
        parameters,
        seed,
        on_step,
        order=parameters.order,
    )
    seconds = time.process_time() - since
    after = _utility(pool, step=parameters.steps)
    gain = after - before
    raw = found.raw.tolist()
    values, is_rescaled = rescaled(raw, gain)
    return {
        "indicative": True,
        "meaning": MEANING,
        "owners": [
            {"owner": name, "value": value, "raw": part, "n_rows": len(own), "n_rows_seen": n_seen}
            for name, value, part, own, n_seen in zip(
                names, values, raw, rows, found.n_rows_seen, strict=True
            )
        ],
        "gain": gain,
        "base_utility": before,
        "utility": after,
        "rescaled": is_rescaled,
        "curve": curve,
        "overhead": seconds / max(seconds - found.watching_seconds, 1e-9),
        "seconds": seconds,
        "vocabulary_digest": pool.vocabulary.digest,
        "fingerprint": pool.base.fingerprint(),
    }


def _check_watchable(parameters: PreviewParameters) -> None:
    if parameters.lora == "everywhere":
        raise InvalidInputError(
            "the task trains with lora everywhere, which no preview can watch",
            wanted="lora: last-blocks",
            next_step="value the task: a study works with lora: everywhere",
        )
    if parameters.accumulate > 1:
        raise InvalidInputError(
            f"the task cuts each step's rows into {parameters.accumulate} parts, and a preview "
            "watches whole steps",
            wanted="accumulate of 1",
            next_step="ask for the preview with accumulate=1",
        )


def rescaled(raw: Sequence[float], gain: float) -> tuple[list[float], bool]:
    """Bring raw values to the utility's units, so that they sum to the gain.

    Parameters
    ----------
    raw : attributions, whose scale means little.
    gain : utility of the model trained on all rows, less that of the base model.

    Returns
    -------
    tuple
        The values, and whether they were rescaled: a sum of the other sign, or one that is
        little beside the magnitudes it is made of, gives no scale, and raw values stay.

    Examples
    --------
    >>> rescaled([3.0, 1.0], 0.5)
    ([0.375, 0.125], True)
    >>> rescaled([3.0, 1.0], -0.5)
    ([3.0, 1.0], False)
    """
    total = sum(raw)
    if total * gain <= 0 or abs(total) < _LEAST_SUM * sum(abs(value) for value in raw):
        return list(raw), False
    return [value * gain / total for value in raw], True


def _utility(pool: Pool, step: int) -> float:
    loss = pool.learner.row_losses(pool.test).mean
    check_loss(loss, step=step)
    return -loss
