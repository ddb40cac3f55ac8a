import json
import os
import socket
import stat
from pathlib import Path

from workbench.core.errors import NewerHomeError, WorkbenchError
from workbench.core.settings import Settings
from workbench.server.lifecycle import HomeLock, listen, note_failure


def test_a_home_is_locked_once(tmp_path: Path) -> None:
    lock = HomeLock.acquire(tmp_path / "lock")
    assert lock is not None
    assert HomeLock.acquire(tmp_path / "lock") is None
    lock.release()
    again = HomeLock.acquire(tmp_path / "lock")
    assert again is not None
    again.release()


def test_a_lock_notices_that_its_home_was_made_anew(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    lock = HomeLock.acquire(path)
    assert lock is not None
    assert lock.is_of_the_home()
    path.unlink()
    assert not lock.is_of_the_home()
    path.touch()
    assert not lock.is_of_the_home()
    lock.release()


def test_a_lock_is_not_inherited(tmp_path: Path) -> None:
    lock = HomeLock.acquire(tmp_path / "lock")
    assert lock is not None
    assert not os.get_inheritable(lock._descriptor)
    lock.release()


def test_a_socket_takes_the_place_of_a_stale_one_and_is_private(tmp_path: Path) -> None:
    path = tmp_path / "home" / "server.sock"
    stale = listen(path)
    stale.close()
    fresh = listen(path)
    with fresh, socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.connect(str(path))
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        assert [entry.name for entry in path.parent.iterdir()] == ["server.sock"]


def test_a_failed_start_is_kept_with_the_errors_own_class(settings: Settings) -> None:
    note_failure(settings, NewerHomeError("made by 9.0", wanted="0.1", made_by="9.0"))
    left = json.loads(settings.startup_path.read_text())
    assert left["pid"] == os.getpid()
    error = WorkbenchError.from_problem(left["problem"])
    assert isinstance(error, NewerHomeError)
    assert error.facts == {"made_by": "9.0"}
