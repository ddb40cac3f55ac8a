"""Recipe ``causal-lm-generate``: what models write after prompts, side by side."""

from contextlib import nullcontext
from typing import Annotated, Any

from pydantic import Field

from workbench.core.errors import InvalidInputError
from workbench.core.jobs import JobContext
from workbench.core.seeds import derive_seed
from workbench.training.base import BaseModel, base_digest, load_base
from workbench.training.comparing import BASE_LABEL
from workbench.training.inputs import model_weights
from workbench.training.lora import load_lora, read_shape
from workbench.training.parameters import Parameters, read_parameters
from workbench.training.rows import Shape, prompt_tokens
from workbench.training.sampling import drawn, likeliest, write
from workbench.training.tune_parameters import TuneParameters


class GenerateParameters(Parameters):
    """What to write.

    Attributes
    ----------
    models : ``"base"`` or what people call the others, in order.
    prompts : what each model goes on from.
    new_tokens : written at most.
    temperature : 0 is the likeliest token each time; above, tokens are drawn.
    asked_as : whether a prompt is a text to go on from, a question, or a text to translate.
    trained : the parameters with which the others were trained.
    """

    models: list[str] = Field(min_length=1, max_length=8)
    prompts: list[Annotated[str, Field(min_length=1, max_length=8_000)]] = Field(
        min_length=1, max_length=64
    )
    new_tokens: int = Field(default=64, ge=1, le=1_024)
    temperature: float = Field(default=0.0, ge=0, le=5, allow_inf_nan=False)
    asked_as: Shape = "text"
    trained: dict[str, Any] = Field(default_factory=dict)


def run(context: JobContext) -> dict[str, Any]:
    """Let each model go on from each prompt; text is told as it is written.

    Adapters of one shape share a base model that is loaded once. What is drawn depends on the
    job's seed, the model's place and the prompt's, not on what was written before.

    Returns
    -------
    dict
        ``rows``, one a model and prompt: ``model``, ``prompt`` (its place) and ``text``;
        ``fingerprint``.

    Raises
    ------
    InvalidInputError
        A prompt and what may be written pass what the base model sees.
    """
    parameters = read_parameters(GenerateParameters, context.spec.parameters)
    trained = read_parameters(TuneParameters, parameters.trained)
    total = len(parameters.models) * len(parameters.prompts)
    rows: list[dict[str, Any]] = []
    for position, model in enumerate(parameters.models):
        weights = None if model == BASE_LABEL else model_weights(context.inputs, position)
        shaped = trained
        if weights is not None:
            shaped = read_shape(weights, base_digest(context)).in_parameters(trained)
        base = load_base(context, shaped)
        if weights is not None:
            load_lora(base.model, weights)
        with base.model.disable_adapter() if weights is None else nullcontext():
            for place in range(len(parameters.prompts)):
                context.progress(len(rows), total, "writing")
                text = _written(context, parameters, base, position, place, trained.template)
                rows.append({"model": model, "prompt": place, "text": text})
    context.progress(total, total, "writing")
    return {"rows": rows, "fingerprint": base.fingerprint()}


def _written(
    context: JobContext,
    parameters: GenerateParameters,
    base: BaseModel,
    position: int,
    place: int,
    template: str,
) -> str:
    model = parameters.models[position]
    prompt = prompt_tokens(base.tokenizer, parameters.prompts[place], parameters.asked_as, template)
    n_tokens = len(prompt)
    longest = base.longest
    if longest is not None and n_tokens + parameters.new_tokens > longest:
        raise InvalidInputError(
            f"prompt {place} has {n_tokens} tokens and {parameters.new_tokens} may follow",
            wanted=f"at most {longest} in all, as many as the base model sees",
            next_step="shorten the prompt, or ask for fewer new tokens",
        )

    def on_text(text: str) -> None:
        context.emit({"type": "text", "model": model, "prompt": place, "text": text})
        context.check_cancelled()

    seed = derive_seed("generate", str(context.spec.seed), model, place)
    pick = drawn(parameters.temperature, seed) if parameters.temperature else likeliest
    return write(base.model, base.tokenizer, prompt, parameters.new_tokens, pick, on_text)
