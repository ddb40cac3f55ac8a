"""Another user of the machine gets at nothing of a home, whatever folder it lies in."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from workbench.client.bench import Bench
from workbench.client.launch import server_status, stop_server
from workbench.core.settings import Settings

_NOBODY = 65534

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root becomes another user")


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that everybody may enter, unlike those of pytest."""
    folder = Path(tempfile.mkdtemp(prefix="workbench-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def as_nobody(*words: str) -> int:
    """Return the exit status of a command that another user runs."""
    done = subprocess.run(
        words, user=_NOBODY, group=_NOBODY, extra_groups=[], cwd="/", capture_output=True,
        check=False,
    )  # fmt: skip
    return done.returncode


def test_another_user_opens_neither_socket_nor_files_nor_keys(
    place: Path, settings: Settings
) -> None:
    settings = replace(
        settings,
        home=place / "home",
        keys_dir=place / "keys",
        cache_dir=place / "cache",
        tracking_uri="http://127.0.0.1:9",
        idle_seconds=120,
    )
    umask = os.umask(0o022)
    try:
        with Bench.on(settings, "ana", quiet=True) as bench:
            assert bench.principal.name == "ana"
            bench.backup(place / "backups")
            bench.backup(place / "home.tar")
            health = server_status(settings)
            assert health is not None
            private = [
                settings.socket_path, settings.token_path, settings.database_path,
                settings.head_path, settings.home / "server.key", settings.keys_dir / "ana.key",
                place / "home.tar", *(place / "backups").glob("*.json"),
                Path(f"/proc/{health.pid}/environ"),
            ]  # fmt: skip
            opened = place / "opened.txt"
            opened.write_text("for everybody")
            # The same means reach what is not private.
            assert as_nobody("cat", str(opened)) == 0
            assert as_nobody("ls", str(place)) == 0
            for path in private:
                assert path.exists(), path
                assert as_nobody("test", "-r", str(path)) != 0, path
                # To connect to a socket is to write to it.
                assert as_nobody("test", "-w", str(path)) != 0, path
                assert as_nobody("cat", str(path)) != 0, path
            for folder in (settings.home, settings.keys_dir, settings.cache_dir, place / "backups"):
                assert as_nobody("ls", str(folder)) != 0, folder
                assert as_nobody("touch", str(folder / "mine")) != 0, folder
    finally:
        os.umask(umask)
        stop_server(settings)
