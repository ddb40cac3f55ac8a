import json
import os
import sys

import pytest

from workbench.client import launch
from workbench.core.errors import (
    NewerHomeError,
    OtherVersionError,
    ServerUnavailableError,
    UnauthorizedError,
)
from workbench.core.settings import Settings


def fails_with(problem: dict[str, object]) -> tuple[str, ...]:
    """A server that only leaves word of why it could not start."""
    script = (
        "import json, os, sys; "
        "path = os.path.join(os.environ['WORKBENCH_HOME'], 'logs', 'startup.json'); "
        "json.dump({'pid': os.getpid(), 'problem': json.loads(sys.argv[1])}, open(path, 'w')); "
        "sys.exit(1)"
    )
    return (sys.executable, "-c", script, json.dumps(problem))


def test_no_server_is_no_error_and_makes_nothing(settings: Settings) -> None:
    assert launch.server_status(settings) is None
    assert launch.stop_server(settings) is False
    assert not settings.home.exists()


@pytest.mark.parametrize("version", ["0.2.0", "1.0.0", "0.10.0"])
def test_a_server_of_another_version_is_refused_with_the_command_that_helps(version: str) -> None:
    with pytest.raises(OtherVersionError, match=version) as caught:
        launch.check_version(version)
    assert "workbench server stop" in caught.value.next_step


def test_a_server_of_another_patch_is_accepted() -> None:
    launch.check_version("0.1.99")


def test_a_failed_start_raises_the_servers_own_error(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    problem = NewerHomeError("made by 9.0", next_step="install 9.0").to_problem()
    monkeypatch.setattr(launch, "COMMAND", fails_with(problem))
    with pytest.raises(NewerHomeError, match=r"made by 9\.0") as caught:
        launch.ensure_server(settings)
    assert caught.value.next_step == "install 9.0"


def test_a_start_that_breaks_shows_the_end_of_what_it_said(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = (sys.executable, "-c", "import sys; sys.exit('no such module')")
    monkeypatch.setattr(launch, "COMMAND", command)
    with pytest.raises(ServerUnavailableError, match="ended while it started") as caught:
        launch.ensure_server(settings)
    assert caught.value.facts["output"] == ["no such module"]
    assert "workbench server logs" in caught.value.next_step


def test_a_start_that_takes_too_long_is_given_up(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(launch, "COMMAND", (sys.executable, "-c", "pass"))
    monkeypatch.setattr(launch, "_START_SECONDS", 0.2)
    with pytest.raises(ServerUnavailableError, match="did not answer"):
        launch.ensure_server(settings)


def test_a_home_without_a_token_says_which_file_is_missing(settings: Settings) -> None:
    with pytest.raises(UnauthorizedError, match="token") as caught:
        launch.bearer(settings)
    assert "WORKBENCH_HOME" in caught.value.next_step


def test_a_child_is_not_left_behind_as_a_zombie(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(launch, "COMMAND", (sys.executable, "-c", "pass"))
    child = launch._start(settings)
    assert child.wait(timeout=30) == 0
    with pytest.raises(ProcessLookupError):
        os.kill(child.pid, 0)
