"""Doctor finds what is wrong without a server, and a server that is not there is a finding."""

import importlib.metadata
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement

from workbench.client import doctor
from workbench.client.bench import Bench
from workbench.client.connection import Api
from workbench.client.doctor import Checkup, local_checks, server_checks
from workbench.core.errors import NewerHomeError, ServerUnavailableError, WorkbenchError
from workbench.core.settings import Settings
from workbench.core.wire import Check


def _named(checks: list[Check], name: str) -> Check:
    return next(check for check in checks if check.name == name)


def test_a_fresh_machine_is_well(settings: Settings) -> None:
    checks = local_checks(settings)
    assert [check for check in checks if check.state == "failed"] == []
    assert _named(checks, "socket").found.startswith("none yet")
    assert _named(checks, "token").found.startswith("none yet")


def test_a_token_others_can_read_is_found_with_its_remedy(settings: Settings) -> None:
    settings.home.mkdir()
    settings.token_path.write_text("secret")
    settings.token_path.chmod(0o644)
    check = _named(local_checks(settings), "token")
    assert (check.state, check.found) == ("failed", "mode 0644")
    assert check.next_step == f"chmod 600 {settings.token_path}"


def test_a_key_others_can_read_is_found(settings: Settings) -> None:
    settings.keys_dir.mkdir()
    (settings.keys_dir / "me.key").write_text("x")
    (settings.keys_dir / "me.key").chmod(0o640)
    assert _named(local_checks(settings), "key me").state == "failed"


def test_a_file_in_the_sockets_place_is_found(settings: Settings) -> None:
    settings.socket_path.parent.mkdir(parents=True)
    settings.socket_path.touch()
    assert _named(local_checks(settings), "socket").state == "failed"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("numpy>=1", ""),
        ("numpy<1", "wanted <1"),
        ("no-such-package-of-ours>=2", "missing; wanted >=2"),
        ("no-such-package-of-ours; extra == 'dev'", ""),
    ],
)
def test_a_package_is_held_against_what_is_wanted(text: str, fault: str) -> None:
    found = doctor._fault(Requirement(text))
    assert fault in found
    assert bool(fault) == bool(found)


def test_running_from_a_folder_of_sources_is_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> list[str]:
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "requires", missing)
    assert [check.state for check in doctor._packages()] == ["warning"]


def test_a_full_disk_is_a_warning(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "_LEAST_FREE_BYTES", 2**70)
    assert [check.state for check in doctor._disk(settings)] == ["warning", "warning"]


def test_cached_models_are_counted(settings: Settings) -> None:
    folder = settings.models_dir / "abc"
    folder.mkdir(parents=True)
    (folder / "config.json").write_text("{}")
    assert _named(local_checks(settings), "model cache").found.startswith("1 base model, ")


@pytest.mark.parametrize(
    "error",
    [ServerUnavailableError("it cannot start", wanted="a socket"), NewerHomeError("too new")],
)
def test_a_server_that_cannot_start_is_a_finding(server: Any, error: WorkbenchError) -> None:
    def refuse(_: Any) -> Any:
        raise error

    server.on("GET", "/doctor", refuse)
    [check] = server_checks(Api(server))
    assert check.state == "failed"
    assert error.found in check.found
    assert check.next_step


def test_both_sides_are_on_one_page(server: Any, settings: Settings, tmp_path: Path) -> None:
    server.on("GET", "/doctor", [{"name": "database", "state": "ok", "found": "7 records"}])
    checkup = Bench(server, tmp_path, settings=settings).doctor()
    assert checkup.ok
    assert "✓ database" in repr(checkup)
    assert {"python", "server", "database"} <= set(checkup.frame["name"])


def test_a_failure_is_counted() -> None:
    checkup = Checkup([Check(name="x", state="failed", found="bad", next_step="mend")])
    assert not checkup.ok
    assert "1 to mend" in repr(checkup)
