"""Peers in virtual environments of their own, so that their pins meet nobody else's."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
ENVIRONMENTS = CACHE / "merit-workbench-peers"
PROBE = "import sys, venv, ensurepip; print('%d.%d' % sys.version_info[:2])"

Peer = dict[str, Any]


def set_up(name: str, peer: Peer, python: str | None) -> None:
    """Make a peer's environment in the user's cache and install what it requires.

    Parameters
    ----------
    python : an interpreter to use; else the first on the path that is new enough.
    """
    folder = ENVIRONMENTS / name
    command = [_interpreter(peer["python"], python), "-m", "venv", "--clear", str(folder)]
    subprocess.run(command, check=True)  # noqa: S603 an interpreter of this machine
    install = [str(python_of(name)), "-m", "pip", "install", "--quiet", *peer["requires"]]
    subprocess.run(install, check=True)  # noqa: S603 what config.toml pins


def python_of(name: str) -> Path:
    """Return the interpreter of a peer's environment."""
    return ENVIRONMENTS / name / "bin" / "python"


def run_in(name: str, peer: Peer, *arguments: str) -> None:
    """Run a peer's script in its environment, one thread; what it says is shown if it fails."""
    if not python_of(name).exists():
        sys.exit(f"{name} has no environment; next: python {HERE.name}/run.py --setup")
    command = [str(python_of(name)), str(HERE / peer["script"]), *arguments]
    done = subprocess.run(  # noqa: S603 our own script
        command, capture_output=True, text=True, env=os.environ | {"OMP_NUM_THREADS": "1"}
    )
    if done.returncode:
        sys.exit(f"{name} failed:\n{done.stderr[-4_000:]}")


def versions_of(name: str, packages: list[str]) -> dict[str, str]:
    """Return the versions of a peer's interpreter and of packages in its environment."""
    code = (
        "import importlib.metadata as m, json, platform, sys; "
        "print(json.dumps({'python': platform.python_version()} "
        "| {p: m.version(p) for p in sys.argv[1:]}))"
    )
    command = [str(python_of(name)), "-c", code, *packages]
    found: dict[str, str] = json.loads(subprocess.check_output(command))  # noqa: S603
    return found


def _interpreter(wanted: str, named: str | None) -> str:
    """Return an interpreter of at least this version that can make environments."""
    least = tuple(map(int, wanted.split(".")))
    names = [named] if named else ["python3.12", "python3.13", "python3", sys.executable]
    for name in names:
        path = shutil.which(name)
        if path is None:
            continue
        # Some of them are only pointers to an interpreter that is not there.
        probe = subprocess.run([path, "-c", PROBE], capture_output=True, text=True)  # noqa: S603
        if not probe.returncode and tuple(map(int, probe.stdout.split("."))) >= least:
            return path
    sys.exit(f"no Python of at least {wanted} in {names}; next: run.py --setup --python PATH")
