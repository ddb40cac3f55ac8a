"""Where things are stored, and what may be set."""

import os
from pathlib import Path

import pytest

from workbench.core.errors import InvalidInputError
from workbench.core.settings import Settings


def test_the_xdg_variables_redirect_everything_we_store(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("WORKBENCH_HOME", "WORKBENCH_CACHE", "WORKBENCH_KEYS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    settings = Settings.from_environment()
    assert settings.home == tmp_path / "data" / "workbench"
    assert settings.cache_dir == tmp_path / "cache" / "workbench"
    assert settings.keys_dir == tmp_path / "config" / "workbench" / "keys"
    assert settings.tracking_uri == f"sqlite:///{settings.home}/mlflow/mlflow.db"


def test_our_own_variables_come_before_the_platforms(tmp_path: Path) -> None:
    settings = Settings.from_environment(
        {
            "WORKBENCH_HOME": str(tmp_path / "here"),
            "WORKBENCH_CACHE": str(tmp_path / "there"),
            "WORKBENCH_KEYS": str(tmp_path / "keys"),
            "WORKBENCH_TRACKING_URI": "http://127.0.0.1:5000",
            "WORKBENCH_WORKERS": "7",
        }
    )
    assert settings.home == tmp_path / "here"
    assert settings.cache_dir == tmp_path / "there"
    assert settings.keys_dir == tmp_path / "keys"
    assert settings.tracking_uri == "http://127.0.0.1:5000"
    assert settings.n_workers == 7


def test_a_child_process_reads_the_same_settings(tmp_path: Path) -> None:
    settings = Settings.from_environment({"WORKBENCH_HOME": str(tmp_path)})
    assert Settings.from_environment(settings.environment()) == settings


def test_a_relative_home_and_a_tilde_become_absolute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "ana"))
    assert Settings.from_environment({"WORKBENCH_HOME": "bench"}).home == tmp_path / "bench"
    assert Settings.from_environment({"WORKBENCH_HOME": "~/x"}).home == tmp_path / "ana" / "x"


@pytest.mark.parametrize("text", ["0", "-1", "1.5", "many", "²", "1e3", " 2"])
def test_a_count_that_is_no_whole_number_is_refused(text: str) -> None:
    with pytest.raises(InvalidInputError, match="WORKBENCH_WORKERS") as caught:
        Settings.from_environment({"WORKBENCH_WORKERS": text})
    assert "whole number" in caught.value.wanted


def test_an_empty_variable_is_as_good_as_none() -> None:
    settings = Settings.from_environment({"WORKBENCH_IDLE_SECONDS": ""})
    assert settings.idle_seconds == 900


def test_the_socket_lies_in_the_home_when_its_path_fits() -> None:
    home = Path("/srv/bench")
    assert Settings.from_environment({"WORKBENCH_HOME": str(home)}).socket_path == (
        home / "server.sock"
    )


def test_a_long_home_gets_a_short_socket_of_its_own(tmp_path: Path) -> None:
    def socket_of(name: str) -> Path:
        return Settings.from_environment({"WORKBENCH_HOME": str(tmp_path / name)}).socket_path

    first, second = socket_of("ñ" * 60), socket_of("x" * 120)
    for path in (first, second):
        assert len(os.fsencode(path)) <= 107
        assert path.parent.name == f"workbench-{os.getuid()}"
    assert first != second
    assert first == socket_of("ñ" * 60)


def test_everything_of_a_home_lies_in_it(settings: Settings) -> None:
    for path in (
        settings.database_path,
        settings.blobs_dir,
        settings.jobs_dir,
        settings.published_dir,
        settings.logs_dir,
        settings.artifacts_dir,
        settings.token_path,
        settings.lock_path,
    ):
        assert path.is_relative_to(settings.home)
    assert settings.models_dir.is_relative_to(settings.cache_dir)
    # The server must never come across a person's private keys.
    assert not settings.keys_dir.is_relative_to(settings.home)


def test_a_token_of_a_persons_own_is_read_and_never_shown_or_handed_on(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("mwt_secret\n")
    for env in (
        {"WORKBENCH_TOKEN": "mwt_secret"},
        {"WORKBENCH_TOKEN_FILE": str(tmp_path / "token")},
    ):
        settings = Settings.from_environment(env)
        assert settings.access_token == "mwt_secret"
        assert "secret" not in repr(settings)
        assert "secret" not in str(settings.environment())
    assert Settings.from_environment({}).access_token is None


def test_a_token_file_without_a_token_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").write_text("\n")
    for name, found in (("empty", "is empty"), ("none", "cannot be read")):
        with pytest.raises(InvalidInputError, match=found):
            Settings.from_environment({"WORKBENCH_TOKEN_FILE": str(tmp_path / name)})
