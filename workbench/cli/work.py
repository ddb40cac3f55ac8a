"""What takes time: ``train``, ``sizes``, ``compare``, ``generate``, ``value``, ``preview``."""

import json
from typing import Annotated

import typer

from workbench.cli.door import Answer, Door, TaskName, verb
from workbench.core.errors import InvalidInputError

# Options that more than one of these commands has.
Owners = Annotated[
    list[str] | None,
    typer.Option(metavar="OWNER", help="Only this owner's rows; repeatable."),
]
Parameters = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="NAME=VALUE",
        help="A recipe parameter, such as steps=40; an unknown name lists all. Repeatable.",
    ),
]
Size = Annotated[str, typer.Option(metavar="SIZE", help="quick, standard or thorough.")]
Priority = Annotated[
    str, typer.Option(metavar="PRIORITY", help="In the queue: low, normal or high.")
]
Models = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="MODEL",
        help="base, champion, or model digests; base and champion unless given.",
    ),
]


def add_work(root: typer.Typer) -> None:
    """Add the verbs to the root commands."""
    verb(root, "train")(train)
    verb(root, "sizes")(sizes)
    verb(root, "compare")(compare)
    verb(root, "generate")(generate)
    verb(root, "value")(value)
    verb(root, "preview")(preview)


def train(
    door: Door,
    task: TaskName,
    size: Size = "standard",
    owner: Owners = None,
    parameter: Parameters = None,
    priority: Priority = "normal",
) -> Answer:
    """Fine-tune the task's base model on accepted rows."""
    run = door.bench.train(
        task, size, owners=owner, priority=priority, **_parameters(parameter or [])
    )
    return Answer(run.view.model_dump(mode="json"), repr(run))


def sizes(
    door: Door,
    task: TaskName,
    owner: Owners = None,
    parameter: Parameters = None,
) -> Answer:
    """Predict what each size of a fine-tune will cost. A few steps are measured for it."""
    found = door.bench.sizes(task, owners=owner, **_parameters(parameter or []))
    return Answer(found.result | {"task": found.task}, repr(found))


def compare(
    door: Door,
    task: TaskName,
    models: Models = None,
) -> Answer:
    """Compare models on the task's hidden test. The others are held against the first."""
    found = door.bench.compare(models or ["base", "champion"], on=task)
    return Answer(found.to_json(), repr(found))


def value(  # noqa: PLR0913, one option a rule of the study
    door: Door,
    task: TaskName,
    method: Annotated[
        str, typer.Option(metavar="ESTIMATOR", help="auto, exact, surrogate, permutation, …")
    ] = "auto",
    budget: Annotated[int | None, typer.Option(help="Distinct coalitions at most.")] = None,
    seed: Annotated[int, typer.Option(help="Of every choice.")] = 0,
    semivalue: Annotated[
        str | None, typer.Option(help="shapley, banzhaf or beta:A,B; the task's unless given.")
    ] = None,
    confidence: Annotated[float, typer.Option(help="Of the intervals.")] = 0.95,
    replicates: Annotated[int, typer.Option(help="Trainings of each coalition.")] = 1,
    max_standard_error: Annotated[
        float | None, typer.Option(help="Stop once no value is less sure than this.")
    ] = None,
    max_share_move: Annotated[
        float | None,
        typer.Option(help="Stop once no payout share moves by more, 19 times in 20."),
    ] = None,
    priority: Priority = "normal",
    executor: Annotated[str, typer.Option(help="local or ray.")] = "local",
    address: Annotated[
        str | None, typer.Option(help="HOST:PORT of the Ray cluster's head.")
    ] = None,
) -> Answer:
    """Value a task's owner groups. Evaluations are kept and never done twice."""
    study = door.bench.value(
        task,
        method=method,
        budget=budget,
        seed=seed,
        semivalue=semivalue,
        confidence=confidence,
        n_replicates=replicates,
        max_standard_error=max_standard_error,
        max_share_move=max_share_move,
        priority=priority,
        executor=executor,
        address=address,
    )
    return Answer(study.view.model_dump(mode="json"), repr(study))


def preview(
    door: Door,
    task: TaskName,
    size: Annotated[
        str | None,
        typer.Option(help="quick, standard or thorough; the training of a study unless given."),
    ] = None,
    owner: Owners = None,
    parameter: Parameters = None,
) -> Answer:
    """Watch one fine-tune of a language model. It indicates values; nobody is paid by it."""
    found = door.bench.preview(task, size, owners=owner, **_parameters(parameter or []))
    return Answer(found.result | {"task": found.task}, repr(found))


def generate(
    door: Door,
    task: TaskName,
    prompt: Annotated[
        list[str],
        typer.Option(metavar="TEXT", help="What a model goes on from; repeatable."),
    ],
    models: Models = None,
    new_tokens: Annotated[int, typer.Option(help="Written at most.")] = 64,
    temperature: Annotated[
        float, typer.Option(help="0 writes the likeliest token; above, tokens are drawn.")
    ] = 0.0,
    as_chat: Annotated[
        bool | None,
        typer.Option("--chat/--no-chat", help="Put prompts as questions; as trained if not given."),
    ] = None,
    seed: Annotated[int, typer.Option(help="Of what is drawn.")] = 0,
) -> Answer:
    """Let models of a task write, side by side."""
    found = door.bench.generate(
        models or ["base", "champion"],
        prompt,
        task=task,
        new_tokens=new_tokens,
        temperature=temperature,
        as_chat=as_chat,
        seed=seed,
    )
    return Answer(found.frame.to_dict("records"), repr(found))


def _parameters(texts: list[str]) -> dict[str, object]:
    parameters: dict[str, object] = {}
    for text in texts:
        name, equals, said = text.partition("=")
        if not (name.isidentifier() and equals):
            raise InvalidInputError(f"--set is {text[:80]!r}", wanted="such as steps=40")
        try:
            parameters[name] = json.loads(said)
        except ValueError:
            parameters[name] = said
    return parameters
