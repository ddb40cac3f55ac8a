"""What a machine needs for the workbench, looked at from the client's side."""

import importlib.metadata
import importlib.util
import shutil
import socket
import stat
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from packaging.requirements import Requirement

from workbench.client.connection import Api
from workbench.client.display import Column, Shown, Table
from workbench.client.frames import make_frame
from workbench.core.errors import WorkbenchError
from workbench.core.settings import Settings
from workbench.core.wire import Check

if TYPE_CHECKING:
    import pandas as pd

_DISTRIBUTION: Final = "merit-workbench"
_OLDEST_PYTHON: Final = (3, 11)
_LEAST_FREE_BYTES: Final = 2 * 2**30
_MARKS: Final = {"ok": "✓", "warning": "!", "failed": "✗"}
_EXTRAS: Final = {
    "demo": (("elotl", "the real texts"), ("gguf", "the reader of the real base model")),
    "ray": (("ray", "executors past one machine"),),
    "chain": (("eth_hash", "payouts that a contract can pay"),),
}


class Checkup(Shown):
    """Everything ``doctor`` looked at.

    Parameters
    ----------
    checks : one line each.
    """

    def __init__(self, checks: Sequence[Check]) -> None:
        self.checks = list(checks)

    @property
    def ok(self) -> bool:
        """Whether nothing failed; warnings do not count."""
        return all(check.state != "failed" for check in self.checks)

    @property
    def frame(self) -> "pd.DataFrame":
        """One row a check."""
        rows = [check.model_dump() for check in self.checks]
        return make_frame(rows, ["name", "state", "found", "next_step"])

    def _table(self) -> Table:
        rows = [[f"{_MARKS[c.state]} {c.name}", c.found, c.next_step] for c in self.checks]
        n_failed = sum(check.state == "failed" for check in self.checks)
        closing = "all well" if self.ok else f"{n_failed} to mend: see the last column"
        return Table("", [Column("check"), Column("found"), Column("to mend it")], rows, [closing])


def local_checks(settings: Settings) -> list[Check]:
    """Return what can be seen without a server."""
    return [
        _python(),
        *_packages(),
        *_extras(),
        *_disk(settings),
        _socket(settings),
        _private("token", settings.token_path),
        *(_private(f"key {path.stem}", path) for path in sorted(settings.keys_dir.glob("*.key"))),
        _models(settings),
    ]


def server_checks(api: Api) -> list[Check]:
    """Return what the server sees, or why there is none; that is a finding too."""
    try:
        found = api.get_all(Check, "doctor")
    except WorkbenchError as error:
        wanted = f" (wanted: {error.wanted})" if error.wanted else ""
        return [
            Check(
                name="server",
                state="failed",
                found=f"{error.found}{wanted}",
                next_step=error.next_step or "look at what it said: workbench server logs",
            )
        ]
    return [Check(name="server", state="ok", found="answers"), *found]


def _python() -> Check:
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info >= _OLDEST_PYTHON:
        return Check(name="python", state="ok", found=version)
    wanted = ".".join(map(str, _OLDEST_PYTHON))
    return Check(
        name="python", state="failed", found=version, next_step=f"install Python {wanted} or newer"
    )


def _packages() -> Iterator[Check]:
    try:
        requirements = importlib.metadata.requires(_DISTRIBUTION) or []
    except importlib.metadata.PackageNotFoundError:
        yield Check(
            name="packages",
            state="warning",
            found=f"{_DISTRIBUTION} is not installed as a package",
            next_step="pip install -c constraints.txt -e .",
        )
        return
    wrong = [fault for text in requirements if (fault := _fault(Requirement(text)))]
    if not wrong:
        yield Check(name="packages", state="ok", found=f"{len(requirements)} requirements hold")
    for found in wrong:
        yield Check(
            name="packages",
            state="failed",
            found=found,
            next_step=f"pip install -c constraints.txt {_DISTRIBUTION}",
        )


def _fault(requirement: Requirement) -> str:
    # Optional ones are looked at apart, as extras.
    if requirement.marker is not None and not requirement.marker.evaluate({"extra": ""}):
        return ""
    try:
        version = importlib.metadata.version(requirement.name)
    except importlib.metadata.PackageNotFoundError:
        return f"{requirement.name} is missing; wanted {requirement.specifier or 'any'}"
    if requirement.specifier.contains(version, prereleases=True):
        return ""
    return f"{requirement.name} is {version}; wanted {requirement.specifier}"


def _extras() -> Iterator[Check]:
    for extra, modules in _EXTRAS.items():
        missing = [f"{name} ({what})" for name, what in modules if not has_module(name)]
        yield Check(
            name=f"extra {extra}",
            state="warning" if missing and extra == "demo" else "ok",
            found=f"not installed: {', '.join(missing)}" if missing else "installed",
            next_step=f"pip install '{_DISTRIBUTION}[{extra}]'" if missing else "",
        )


def has_module(name: str) -> bool:
    """Return whether a top-level module is installed; it is not imported."""
    return importlib.util.find_spec(name) is not None


def _disk(settings: Settings) -> Iterator[Check]:
    for name, folder in (("disk of home", settings.home), ("disk of cache", settings.cache_dir)):
        there = next(path for path in (folder, *folder.parents) if path.exists())
        free = shutil.disk_usage(there).free
        enough = free >= _LEAST_FREE_BYTES
        yield Check(
            name=name,
            state="ok" if enough else "warning",
            found=f"{free / 2**30:.1f} GiB free for {folder}",
            next_step="" if enough else "free some space: 2 GiB are wanted",
        )


def _socket(settings: Settings) -> Check:
    path = settings.socket_path
    if not path.exists():
        return Check(name="socket", state="ok", found=f"none yet at {path}: no server has run")
    if not stat.S_ISSOCK(path.lstat().st_mode):
        return Check(
            name="socket", state="failed", found=f"{path} is no socket", next_step=f"rm {path}"
        )
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(2.0)
        try:
            probe.connect(str(path))
        except OSError as error:
            said = error.strerror or "it does not answer"
            return Check(name="socket", state="ok", found=f"nobody listens at {path}: {said}")
    return Check(name="socket", state="ok", found=f"a server listens at {path}")


def _private(name: str, path: Path) -> Check:
    if not path.exists():
        return Check(name=name, state="ok", found="none yet; it is made on first use")
    mode = stat.S_IMODE(path.stat().st_mode)
    private = not mode & 0o077
    return Check(
        name=name,
        state="ok" if private else "failed",
        found=f"mode {mode:04o}",
        next_step="" if private else f"chmod 600 {path}",
    )


def _models(settings: Settings) -> Check:
    folders = [path.parent for path in settings.models_dir.glob("*/config.json")]
    size = sum(path.stat().st_size for folder in folders for path in folder.iterdir())
    count = f"{len(folders)} base model{'' if len(folders) == 1 else 's'}"
    return Check(
        name="model cache",
        state="ok",
        found=f"{count}, {size / 2**20:,.0f} MiB in {settings.models_dir}",
    )
