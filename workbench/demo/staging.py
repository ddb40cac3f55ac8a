"""What every play of a scene begins with: its base model, its task, its owners' contributions."""

from workbench.client.bench import Bench
from workbench.client.models import Model
from workbench.client.task import Task
from workbench.core.errors import WorkbenchError
from workbench.core.kinds import KINDS
from workbench.core.settings import Settings
from workbench.demo.assets import SMOLLM2, obtain
from workbench.demo.scene import Scene

_ACCEPTED = "accepted"


def smollm2(bench: Bench, settings: Settings) -> Model:
    """Return SmolLM2, downloaded, checked and converted unless the cache has it."""
    if has_smollm2(settings):
        return Model(SMOLLM2.name, SMOLLM2.sha256, SMOLLM2.license, "GGUF metadata")
    return bench.import_model(obtain(SMOLLM2, settings.cache_dir / "demo"), SMOLLM2.name)


def has_smollm2(settings: Settings) -> bool:
    """Say whether the cache has the converted model."""
    return (settings.models_dir / SMOLLM2.sha256 / "config.json").is_file()


def open_scene(sponsor: Bench, scene: Scene, base: Model | None) -> Task:
    """Open a scene's task as its sponsor; only kinds that must have a base get it."""
    return sponsor.open_task(
        scene.task,
        title=scene.title,
        kind=scene.kind,
        test=list(scene.test),
        gate_test=list(scene.gate_test) or None,
        licenses=[scene.license],
        base=base if KINDS[scene.kind].base == "always" else None,
        sign=True,
        **scene.rules,
    )


def contribute_all(bench: Bench, scene: Scene) -> None:
    """Let every owner sign and submit.

    Raises
    ------
    WorkbenchError
        The gates do not accept one of them.
    """
    for owner, rows in scene.owners.items():
        task = bench.as_(owner, owner=owner).task(scene.task)
        given = task.contribute(list(rows), license=scene.license, sign=True)
        if given.state != _ACCEPTED:
            raise WorkbenchError(f"{owner}'s contribution is {given.state}", wanted=_ACCEPTED)
