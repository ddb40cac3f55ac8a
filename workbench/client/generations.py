"""The part of ``Bench`` that lets models write, and what they wrote."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from workbench.client.connection import Api, message
from workbench.client.display import Column, Shown, Table
from workbench.client.frames import make_frame
from workbench.client.job import Job
from workbench.client.run import Run
from workbench.client.task import Task
from workbench.core.errors import InvalidInputError
from workbench.core.wire import GenerateRequest, JobView, TaskView

if TYPE_CHECKING:
    import pandas as pd

Listener = Callable[[str, int, str], None]
"""Told of a model, the place of a prompt, and the text that was written since."""


class Generation(Shown):
    """What models wrote after the same prompts, side by side."""

    def __init__(self, result: dict[str, Any]) -> None:
        self._prompts: list[str] = result["prompts"]
        self._rows: list[dict[str, Any]] = result["rows"]

    @property
    def frame(self) -> "pd.DataFrame":
        """One row a prompt: ``prompt``, and a column a model."""
        return make_frame(self._by_prompt(), ["prompt", *self._models()])

    @property
    def texts(self) -> list[str]:
        """All that was written: by model, then by prompt."""
        return [str(row["text"]) for row in self._rows]

    def _models(self) -> list[str]:
        return list(dict.fromkeys(str(row["model"]) for row in self._rows))

    def _by_prompt(self) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = [{"prompt": prompt} for prompt in self._prompts]
        for row in self._rows:
            rows[row["prompt"]][str(row["model"])] = row["text"]
        return rows

    def _table(self) -> Table:
        models = self._models()
        rows = [
            [repr(row["prompt"]), *(repr(row[model]) for model in models)]
            for row in self._by_prompt()
        ]
        return Table("", [Column("prompt"), *(Column(model[:12]) for model in models)], rows)


class Generations:
    """What ``Bench`` does with prompts.

    Parameters
    ----------
    api : the way to the server.
    """

    def __init__(self, api: Api) -> None:
        self.api = api

    def generate(
        self,
        models: "Run | str | Sequence[Run | str]",
        prompts: str | Sequence[str],
        *,
        task: "Task | str | None" = None,
        new_tokens: int = 64,
        temperature: float = 0.0,
        as_chat: bool | None = None,
        seed: int = 0,
        on_text: Listener | None = None,
    ) -> Generation:
        """Let models go on from prompts, and wait for them.

        Parameters
        ----------
        models : runs, digests, ``"base"`` or ``"champion"``; one or up to eight.
        prompts : one or several; each model goes on from each.
        task : the task; known from a run unless given.
        new_tokens : written at most, after each prompt.
        temperature : 0 writes the likeliest token each time; above, tokens are drawn.
        as_chat : True puts each prompt as a question, or as a text to translate, in the
            template that training used; False goes on from it as it stands; as the models
            were trained unless given.
        seed : of what is drawn.
        on_text : hears the text while it is written: model, place of the prompt, text.

        Raises
        ------
        InvalidInputError
            No task is known, or a model does not exist yet.
        """
        named = [models] if isinstance(models, Run | str) else list(models)
        known = task or next((m.view.task for m in named if isinstance(m, Run)), None)
        if known is None:
            raise InvalidInputError("no task is named", wanted="task=… beside model digests")
        found = self.api.get(TaskView, "tasks", known.id if isinstance(known, Task) else known)
        digests = [m.model if isinstance(m, Run) else m for m in named]
        digests = [found.champion if name == "champion" else name for name in digests]
        if None in digests:
            raise InvalidInputError(
                "one of the models does not exist yet",
                wanted="runs, digests or 'base'",
                next_step="train first: bench.train(task)",
            )
        request = message(
            GenerateRequest,
            models=digests,
            prompts=[prompts] if isinstance(prompts, str) else list(prompts),
            new_tokens=new_tokens,
            temperature=temperature,
            as_chat=as_chat,
            seed=seed,
        )
        view = self.api.post(JobView, "tasks", found.id, "generations", body=request)
        job = Job(self.api, view)
        if on_text is not None:
            for event in job.events():
                if event["type"] == "text":
                    on_text(event["model"], event["prompt"], event["text"])
        return Generation(job.wait().result)
