"""MLflow's alias of the champion follows the records, also after a crash in between."""

from pathlib import Path
from typing import Any

import mlflow
import pytest

from tests.integration.proposals.conftest import Place, fill
from workbench.core.settings import Settings
from workbench.workflows import merge, rollback
from workbench.workflows.home import Home


def settings_with_mlflow(folder: Path) -> Settings:
    return Settings(
        home=folder / "home", cache_dir=folder / "cache", keys_dir=folder / "keys",
        tracking_uri=f"sqlite:///{folder / 'mlflow' / 'mlflow.db'}", n_workers=1,
    )  # fmt: skip


def alias_of(settings: Settings) -> str | None:
    """Return the digest of the model that MLflow calls the champion."""
    client = mlflow.MlflowClient(tracking_uri=settings.tracking_uri)
    version: Any = client.get_model_version_by_alias("clouds", "champion")
    return str(version.tags["workbench.model"])


def wait_for_aliases(place: Place) -> None:
    while running := [
        job
        for job in place.home.jobs.list()
        if job.verb in {"champion", "track"} and job.state in {"queued", "running"}
    ]:
        place.wait(running[0])


def test_a_crash_between_records_and_alias_heals(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = settings_with_mlflow(tmp_path)
    place = Place(Home.open(settings))
    try:
        fill(place)
        place.train("ana")
        model = place.train("ana", "ben")
        wait_for_aliases(place)
        found = place.propose("ben", weights=model, contributions=place.ids_of("ana", "ben"))
        place.say("rita", found, "approve")
        with monkeypatch.context() as killed:
            # The server dies when the merge is recorded, and nobody was told.
            killed.setattr(merge, "move_aliases", lambda _: False)
            place.merge(found)
        assert place.home.database.read("aliases_to_move")
    finally:
        place.home.close()
    again = Place(Home.open(settings), place.keys)
    try:
        again.home.resume()
        wait_for_aliases(again)
        assert alias_of(settings) == model == again.champion()
        assert again.home.database.read("aliases_to_move") == []
        undone = again.roll_back(found)
        wait_for_aliases(again)
        assert alias_of(settings) == undone.base == again.champion()
        assert rollback.move_aliases(again.home) is False
    finally:
        again.home.close()
