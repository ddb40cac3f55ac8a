"""What every test shares: folders of its own, no network, one thread."""

import os

# Before numpy or torch is imported: results must not depend on how many threads there are.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("MPLBACKEND", "Agg")
os.environ |= {
    "HF_HUB_OFFLINE": "1",
    "HF_EVALUATE_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "1",
    "JUPYTER_PLATFORM_DIRS": "1",
}

import ipaddress
import resource
import shutil
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from xdist.scheduler import LoadFileScheduling

from workbench.core.settings import Settings

# The same examples on every run and every machine; a slow machine fails nothing.
hypothesis.settings.register_profile("deterministic", derandomize=True, deadline=None)
hypothesis.settings.load_profile("deterministic")

_FOLDERS = {
    "WORKBENCH_HOME": "home",
    "WORKBENCH_CACHE": "cache",
    "WORKBENCH_KEYS": "keys",
    "XDG_DATA_HOME": "xdg-data",
    "XDG_CACHE_HOME": "xdg-cache",
    "XDG_CONFIG_HOME": "xdg-config",
    "XDG_STATE_HOME": "xdg-state",
}


_DEPTH = sys.getrecursionlimit()


@pytest.fixture(autouse=True)
def _usual_depth() -> None:
    # The Ethereum of some tests lets the whole process recurse so deep that its stack ends first.
    sys.setrecursionlimit(_DEPTH)


# Files that one worker runs one after the other: both look at one Voilà, or fill both cores.
_TOGETHER = {
    "tests/browser/lab/test_job.py": "browser",
    "tests/browser/test_published_pages.py": "browser",
    "tests/browser/test_voila.py": "browser",
    "tests/integration/compute/test_ray.py": "both cores",
    "tests/integration/demo/test_demo.py": "both cores",
}


class ByFile(LoadFileScheduling):
    """Keep the tests of a file on one worker: its server or cluster is started once.

    xdist 3.8 has ``--dist loadgroup`` for this, which pytest 9.2 ignores without a word.
    """

    def _split_scope(self, nodeid: str) -> str:
        path = nodeid.partition("::")[0]
        return _TOGETHER.get(path, path)


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Keep bytes out of the names of tests: what is packed now differs from a second ago.

    Workers that import a module in different seconds must collect the same names.
    """
    return argname if isinstance(val, bytes) else None


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFile:
    return ByFile(config, log)


@pytest.fixture(scope="session", autouse=True)
def private_folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Send everything that is stored by default to a folder of this test session."""
    root = tmp_path_factory.mktemp("private")
    with pytest.MonkeyPatch.context() as patch:
        for name in [n for n in os.environ if n.startswith("WORKBENCH_") and n in _FOLDERS]:
            patch.delenv(name)
        for name, folder in _FOLDERS.items():
            patch.setenv(name, str(root / folder))
        patch.delenv("WORKBENCH_TRACKING_URI", raising=False)
        yield root


@pytest.fixture(scope="session", autouse=True)
def no_network() -> Iterator[None]:
    """Fail any connection of this process that would leave the machine."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and not _is_loopback(address[0]):
            raise AssertionError(f"a test tried to reach {address[0]}")
        connect(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded)
        yield


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A home, a cache and keys of one test."""
    home = tmp_path / "home"
    return Settings(
        home=home,
        cache_dir=tmp_path / "cache",
        keys_dir=tmp_path / "keys",
        tracking_uri=f"sqlite:///{home / 'mlflow' / 'mlflow.db'}",
    )


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """Debian's Chromium; its absence fails the test unless the environment allows to skip."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None and os.environ.get("WORKBENCH_SKIP_BROWSER"):
        pytest.skip("chromium is not installed and WORKBENCH_SKIP_BROWSER is set")
    if found is None:
        pytest.fail("chromium is not installed. Next: apt-get install chromium")
    return found


@pytest.fixture
def little_space() -> Iterator[None]:
    """Let no file of this process grow past 4 KB: writes fail as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4_096, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)
