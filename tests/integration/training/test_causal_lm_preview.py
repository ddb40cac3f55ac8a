"""A fine-tune that is watched is the same fine-tune, and tells whose rows helped."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from tests.integration.training.conftest import RECIPE, Jobs, sentences
from workbench.core.errors import InvalidInputError, TrainingDivergedError
from workbench.training import causal_lm_preview, causal_lm_utility, owner_gradients
from workbench.training.fine_tuning import fine_tune
from workbench.training.in_run_attribution import Attribution, fine_tune_watched, rotating
from workbench.training.lora import lora_weights
from workbench.training.owner_gradients import OwnerGradients, flat
from workbench.training.parameters import CausalLmParameters, read_parameters
from workbench.training.pool import Pool, load_pool

OWNERS = ("ana", "ben", "eva")
STEPS = {"steps": 20, "batch_rows": 6}


def players(owners: Any = OWNERS) -> list[dict[str, Any]]:
    return [
        {"position": place, "owner": owner, "rows": [f"rows:{owner}:0"]}
        for place, owner in enumerate(owners)
    ]


def preview(
    jobs: Jobs, inputs: dict[str, Path] | None = None, owners: Any = OWNERS, **changes: Any
) -> dict[str, Any]:
    parameters = RECIPE | STEPS | {"players": players(owners)} | changes
    return causal_lm_preview.run(jobs.context(parameters, inputs or jobs.texts(), seed=2**61))


def values_of(result: dict[str, Any], name: str = "value") -> dict[str, float]:
    return {row["owner"]: row[name] for row in result["owners"]}


def loaded(jobs: Jobs) -> tuple[Pool, CausalLmParameters, list[Any]]:
    parameters = read_parameters(CausalLmParameters, RECIPE | STEPS)
    pool = load_pool(jobs.context(RECIPE | STEPS, jobs.texts()), parameters)
    return pool, parameters, [pool.rows[digest] for digest in sorted(pool.rows)]


def weights_of(pool: Pool) -> list[Tensor]:
    return [weight.detach().clone() for weight in lora_weights(pool.base.model).values()]


def watched(pool: Pool, parameters: CausalLmParameters, rows: list[Any]) -> Attribution:
    draw = rotating(pool.test, 4, seed=0)
    model = pool.base.model
    return fine_tune_watched(model, pool.learner, rows, draw, parameters, 5, lambda *_: None)


def test_watching_changes_no_bit_of_the_adapter(jobs: Jobs) -> None:
    pool, parameters, rows = loaded(jobs)
    joined = [row for own in rows for row in own]
    fine_tune(pool.base.model, pool.learner, joined, parameters, 5, lambda *_: None)
    plain = weights_of(pool)
    watched(pool, parameters, rows)
    assert all(map(torch.equal, plain, weights_of(pool)))
    fine_tune(pool.base.model, pool.learner, joined, parameters, 5, lambda *_: None)
    assert all(map(torch.equal, plain, weights_of(pool)))


def test_parts_of_owners_sum_to_the_moves_of_the_weights(
    jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    pool, parameters, rows = loaded(jobs)
    places: list[Tensor] = []
    moves: list[Tensor] = []
    follow = owner_gradients.OwnerMoves.step

    def step(self: Any, *given: Any) -> None:
        follow(self, *given)
        moves.append(self.moves().sum(0))
        places.append(flat(weights_of(pool)))

    monkeypatch.setattr(owner_gradients.OwnerMoves, "step", step)
    watched(pool, parameters, rows)
    assert len(moves) == parameters.steps
    for before, after, move in zip(places[:-1], places[1:], moves[1:], strict=True):
        torch.testing.assert_close(move, after - before, rtol=1e-3, atol=1e-6)


def test_parts_of_rows_are_the_gradients_of_their_losses(jobs: Jobs) -> None:
    pool, parameters, rows = loaded(jobs)
    fine_tune(
        pool.base.model, pool.learner, rows[0],
        parameters.model_copy(update={"steps": 2}), 1, lambda *_: None,
    )  # fmt: skip
    batch = [rows[0][0], rows[1][0], rows[0][1]]
    weights = list(lora_weights(pool.base.model).values())
    listener = OwnerGradients(pool.base.model)
    with listener.listening():
        losses = pool.learner.token_losses(batch)
    torch.autograd.grad(losses.mean(), weights, retain_graph=True)
    parts = listener.parts([0, 1, 0], [len(row.targets) for row in batch], 2)
    of_row = losses.split([row.n_predicted for row in batch])
    for part, loss in zip(parts, (of_row[0].sum() + of_row[2].sum(), of_row[1].sum()), strict=True):
        alone = flat(torch.autograd.grad(loss / len(losses), weights, retain_graph=True))
        torch.testing.assert_close(part, alone, rtol=1e-4, atol=1e-7)


def test_the_gain_is_that_of_the_study_of_the_same_game(jobs: Jobs) -> None:
    result = preview(jobs)
    asked = {"players": players(), "coalitions": ["0", "7"], "n_blocks": 4}
    context = jobs.context(RECIPE | STEPS | asked, jobs.texts(), seed=2**61)
    empty, full = (found["utility"] for found in causal_lm_utility.run(context)["evaluations"])
    assert (result["base_utility"], result["utility"]) == (empty, full)
    assert result["gain"] == full - empty


def test_rescaled_values_sum_to_the_gain_and_say_what_they_are(jobs: Jobs) -> None:
    result = preview(jobs)
    assert result["indicative"] is True
    assert result["meaning"].startswith("indicative")
    assert result["rescaled"]
    assert sum(values_of(result).values()) == pytest.approx(result["gain"])


def test_attributions_of_small_steps_sum_to_the_gain_itself(jobs: Jobs) -> None:
    small: dict[str, Any] = {"learning_rate": 0.002, "steps": 60, "n_watched_rows": 16}
    result = preview(jobs, **small)
    assert sum(values_of(result, "raw").values()) == pytest.approx(result["gain"], rel=0.01)
    first = preview(jobs, **small, order=1)
    assert first["gain"] == result["gain"]
    assert sum(values_of(first, "raw").values()) == pytest.approx(result["gain"], rel=0.1)


def test_the_same_job_gives_the_same_bits_in_any_worker(
    new_jobs: Callable[[str], Jobs],
) -> None:
    one, two = (preview(new_jobs(name), with_curve=True) for name in ("one", "two"))
    clocks = {"seconds", "overhead"}
    assert {k: v for k, v in one.items() if k not in clocks} == {
        k: v for k, v in two.items() if k not in clocks
    }
    assert one["overhead"] > 1


def test_running_values_are_told_and_end_at_the_result(jobs: Jobs) -> None:
    result = preview(jobs, steps_between_events=8, with_curve=True)
    told = [event for event in jobs.events if event["type"] == "attribution"]
    assert [event["step"] for event in told] == [8, 16, 20]
    assert told[-1]["values"] == values_of(result, "raw")
    assert [point["step"] for point in result["curve"]] == list(range(1, 21))
    assert result["curve"][7]["values"] == told[0]["values"]


def test_owners_of_the_same_rows_get_about_the_same(jobs: Jobs) -> None:
    rows = jobs.rows(sentences(1))
    inputs = jobs.texts() | {"rows:ana:0": rows, "rows:twin:0": rows}
    owners = ("ana", "ben", "twin")
    # Every step sees every row, so that the luck of the draw is out of it.
    found = values_of(preview(jobs, inputs, owners, batch_rows=36))
    assert found["ana"] == pytest.approx(found["twin"], rel=1e-3)
    assert found["ana"] > 0


def test_noise_gets_less_than_rows_of_the_language(jobs: Jobs) -> None:
    rng = np.random.default_rng(0)
    letters = list("bdfghjkmpqrvxyz0123456789")
    noise = ["".join(rng.choice(letters, size=16)) for _ in range(12)]
    inputs = jobs.texts() | {"rows:eva:0": jobs.rows(noise)}
    found = values_of(preview(jobs, inputs))
    assert found["eva"] < min(found["ana"], found["ben"]) / 2


def test_an_owner_without_rows_is_refused(jobs: Jobs) -> None:
    with pytest.raises(InvalidInputError, match=r"players\.0\.rows"):
        preview(jobs, players=[{"position": 0, "owner": "ana", "rows": []}])
    with pytest.raises(InvalidInputError, match="rows:zoe:0 are not among the job's inputs"):
        preview(jobs, owners=("ana", "zoe"))


def test_a_training_that_diverges_says_so(jobs: Jobs) -> None:
    with pytest.raises(TrainingDivergedError):
        preview(jobs, learning_rate=1e38)
