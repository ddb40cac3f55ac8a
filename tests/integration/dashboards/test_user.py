"""In a team the dashboards are an OS user of their own: from their kernels nothing else opens."""

import http.client
import json
import os
import pwd
import select
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil
import pytest
from jupyter_client.blocking.client import BlockingKernelClient

from workbench.core.keys import PrivateKey
from workbench.core.settings import Settings
from workbench.workflows import publish
from workbench.workflows.home import Home

ROOT = Path(__file__).parents[3]
SECONDS = 120
NOBODY = "nobody"
needs_root = pytest.mark.skipif(os.getuid() != 0, reason="only root may become another user")


@pytest.fixture
def team(tmp_path: Path) -> Iterator[Settings]:
    """A home with a ledger, files and keys, whose pages lie outside it; everybody may pass."""
    # pytest's own folders let nobody else in, who could then not read the pages either.
    root = Path(tempfile.mkdtemp(prefix="workbench-team-"))
    root.chmod(0o755)
    settings = Settings.from_environment(
        {
            "WORKBENCH_HOME": str(root / "home"),
            "WORKBENCH_KEYS": str(root / "keys"),
            "WORKBENCH_CACHE": str(tmp_path / "cache"),
            "WORKBENCH_PUBLISHED": str(root / "published"),
        }
    )
    home = Home.open(settings)
    try:
        home.blobs.put([b"rows that nobody may see\n"])
        settings.keys_dir.mkdir(mode=0o700)
        PrivateKey.load_or_make(settings.keys_dir / "me.key")
        publish.publish(home)
    finally:
        home.close()
    yield settings
    shutil.rmtree(root)


@pytest.fixture
def python(team: Settings) -> str:
    """A Python with everything installed that every user of this machine may run."""
    if all(p.stat().st_mode & 0o001 for p in Path(sys.executable).resolve().parents):
        return sys.executable
    # This one lies in somebody's home. The system's own is not, if it is of the same version.
    version = f"python3.{sys.version_info.minor}"
    own = Path("/usr/bin") / version
    if not own.exists():
        pytest.skip(f"{sys.executable} lies where nobody else may, and there is no {own}")
    folder = team.home.parent / "venv"
    subprocess.run([own, "-m", "venv", "--without-pip", folder], check=True)
    paths = [str(ROOT), *(path for path in sys.path if path.endswith("site-packages"))]
    packages = folder / "lib" / version / "site-packages"
    (packages / "tests.pth").write_text("\n".join(paths) + "\n")
    return str(folder / "bin" / "python")


def command(python: str, published: Path, user: str) -> list[str]:
    words = [python, "-m", "workbench.dashboards", "--port", "0"]
    return [*words, "--user", user, "--published", str(published)]


@needs_root
def test_a_kernel_of_the_dashboards_reads_the_pages_and_nothing_of_the_home(
    team: Settings, python: str
) -> None:
    words = command(python, team.published_dir, NOBODY)
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as server:
        try:
            kernel = _kernel(server)
            assert set(kernel.uids()) == {pwd.getpwnam(NOBODY).pw_uid}
            opened = _opened(kernel, team)
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(SECONDS)
    kept = [path for path, said in opened.items() if said == "kept"]
    read = {path for path, said in opened.items() if said == "read"}
    assert read == {str(team.published_dir / "index.json")}
    names = {Path(path).name for path in kept}
    assert {"workbench.duckdb", "head.json", "server.key", "me.key"} <= names
    assert any("blobs" in Path(path).parts for path in kept)


@needs_root
@pytest.mark.parametrize(
    ("user", "inside", "said"),
    [(NOBODY, True, "cannot read"), ("no-such-user-here", False, "has no user")],
)
def test_what_cannot_work_is_refused_before_anything_listens(
    team: Settings, python: str, user: str, *, inside: bool, said: str
) -> None:
    folder = team.home / "published" if inside else team.published_dir
    folder.mkdir(exist_ok=True)
    done = subprocess.run(
        command(python, folder, user), capture_output=True, text=True, timeout=SECONDS, check=False
    )
    assert done.returncode == 1
    assert said in done.stderr
    assert "Traceback" not in done.stderr


@needs_root
def test_a_python_in_somebodys_home_is_refused(team: Settings, python: str) -> None:
    hidden = team.home.parent / "hidden"
    hidden.mkdir(mode=0o700)
    copy = shutil.copytree(Path(python).parents[1], hidden / "venv", symlinks=True)
    if not (copy / "bin" / "python").is_symlink() or python == sys.executable:
        pytest.skip("only a folder of links can be copied")
    words = command(str(copy / "bin" / "python"), team.published_dir, NOBODY)
    done = subprocess.run(words, capture_output=True, text=True, timeout=SECONDS, check=False)
    assert done.returncode == 1
    assert "cannot run" in done.stderr


def _kernel(server: "subprocess.Popen[str]") -> psutil.Process:
    """Return the kernel that waits for the first viewer."""
    assert server.stdout is not None
    assert select.select([server.stdout], [], [], SECONDS)[0]
    url = urlsplit(server.stdout.readline().split()[1])
    # The page is drawn by a kernel; its answer is there when the kernel is.
    connection = http.client.HTTPConnection(url.hostname or "", url.port, timeout=SECONDS)
    connection.request("GET", f"/voila/render/leaderboard.ipynb?{url.query}")
    assert connection.getresponse().status == 200
    connection.close()
    kernels = psutil.Process(server.pid).children()
    assert kernels
    return kernels[0]


def _opened(kernel: psutil.Process, team: Settings) -> dict[str, Any]:
    """Ask the kernel, from inside, which of all files of the team it can open."""
    index = team.published_dir / "index.json"
    folders = (team.home, team.keys_dir)
    files = [str(p) for folder in folders for p in folder.rglob("*") if p.is_file()]
    code = (
        "import json\ndef attempt(path):\n try:\n  open(path, 'rb').read(1); return 'read'\n"
        " except PermissionError:\n  return 'kept'\n"
        f"found = {{path: attempt(path) for path in {[*files, str(index)]!r}}}\n"
    )
    words = kernel.cmdline()
    client = BlockingKernelClient(connection_file=words[words.index("-f") + 1])
    client.load_connection_file()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=SECONDS)
        wanted = {"found": "json.dumps(found)"}
        reply = client.execute(code, reply=True, timeout=SECONDS, user_expressions=wanted)
        shown = reply["content"]["user_expressions"]["found"]["data"]["text/plain"]
        found: dict[str, Any] = json.loads(shown[1:-1])
        return found
    finally:
        client.stop_channels()
