"""Serve the dashboards with Voilà: loopback only, a token, our template, bare kernels."""

import argparse
import os
import secrets
import socket
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from tornado.ioloop import IOLoop
from traitlets.config import Config
from voila.app import Voila

from workbench import pages
from workbench.core.errors import NotFoundError
from workbench.dashboards.published import Published
from workbench.dashboards.users import become
from workbench.dashboards.views import PageName, draw

PAGES: Final[tuple[PageName, ...]] = ("task", "leaderboard", "payouts", "runs")
_WARMING_DELAY_SECONDS: Final = 3
_PACKAGE: Final = Path(__file__).parent
# The browser itself refuses what is not ours, should a page ever ask for it. Voilà's own
# bundles need inline and evaluated script.
_POLICY: Final = "; ".join(
    [
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data:",
        "font-src 'self' data:",
        "frame-ancestors 'self'",
        "base-uri 'self'",
        "form-action 'self'",
    ]
)


class DashboardServer(Voila):
    """Voilà that says where it is once it listens, instead of opening a browser."""

    def setup_template_dirs(self) -> None:
        """Let the templates include the style sheet of the published pages."""
        super().setup_template_dirs()
        self.template_paths.append(str(pages.templates_dir()))

    def launch_browser(self) -> None:
        """Print the address; the token in it becomes a cookie at the first visit."""
        url = f"http://{self.ip}:{self.port}{self.base_url}?token={self.token}"
        sys.stdout.write(f"Dashboards: {url}\nPress Ctrl-C to stop.\n")
        sys.stdout.flush()
        IOLoop.current().add_callback(self.kernel_manager.warm)


def notebooks_dir() -> Path:
    """Return the folder of the dashboard notebooks: in the wheel, else in the source tree."""
    for folder in (_PACKAGE / "notebooks", _PACKAGE.parents[1] / "notebooks" / "dashboards"):
        if (folder / "leaderboard.ipynb").is_file():
            return folder
    raise NotFoundError(
        "the dashboard notebooks are not installed",
        wanted="leaderboard.ipynb in workbench/dashboards/notebooks",
        next_step="install merit-workbench again",
    )


def configuration(published: Published, *, port: int, token: str, base_url: str) -> Config:
    """Return Voilà's configuration; ``voila.json`` beside the notebooks holds the rest."""

    def warm_the_next() -> None:
        # Only when this viewer's page is on its way: both would share the machine.
        server = DashboardServer.instance()
        IOLoop.current().call_later(_WARMING_DELAY_SECONDS, server.kernel_manager.warm)

    def put_table_at_once(handler: Any, notebook: Any, **_: Any) -> None:
        warm_the_next()
        # The table is on screen before the kernel starts, and stays if it never does.
        name = Path(handler.request.path).stem
        page = next((page for page in PAGES if page == name), None)
        if page is not None:
            task = handler.get_query_argument("task", None)
            notebook.metadata["workbench_head"] = draw(page, published, task)

    config = Config()
    config.Voila.log_level = "ERROR"
    config.Voila.ip = "127.0.0.1"
    config.Voila.port = port
    config.Voila.base_url = base_url
    config.Voila.token = token
    config.Voila.config_file_paths = [str(notebooks_dir())]
    config.Voila.tornado_settings = {"headers": {"Content-Security-Policy": _POLICY}}
    # Kernels on unix sockets in a private folder, not on ports that any user can reach.
    config.KernelManager.transport = "ipc"
    config.VoilaConfiguration.template = "workbench"
    config.VoilaConfiguration.multi_kernel_manager_class = (
        "workbench.dashboards.kernels.BareKernelManager"
    )
    config.VoilaConfiguration.prelaunch_hook = put_table_at_once
    return config


def main(argv: Sequence[str] | None = None) -> int:
    """Serve until interrupted; return the exit status."""
    parser = argparse.ArgumentParser(
        prog="workbench dashboards",
        description="Show the published results in Voilà, on this machine only.",
    )
    parser.add_argument("--published", type=Path, help="the folder to show (default: the home's)")
    parser.add_argument("--port", type=int, default=8866, help="the first to try; 0: any")
    parser.add_argument("--base-url", default="/", help="the path behind a proxy")
    parser.add_argument("--user", help="the OS user to become first, as root")
    options = parser.parse_args(argv)
    published = Published.from_environment()
    if options.published is not None:
        published = Published(options.published)
    if options.user is not None:
        become(options.user, published.root.absolute())
    with tempfile.TemporaryDirectory(prefix="workbench-dashboards-") as private:
        _prepare_environment(published.root.absolute(), private)
        server = DashboardServer.instance(
            config=configuration(
                published,
                port=options.port or _free_port(),
                token=secrets.token_urlsafe(24),
                base_url=f"/{options.base_url.strip('/')}/".replace("//", "/"),
            )
        )
        server.initialize([str(notebooks_dir())])
        server.connection_dir_root = private
        server.start()
    return 0


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port


def _prepare_environment(published: Path, private: str) -> None:
    os.environ["WORKBENCH_PUBLISHED"] = str(published)
    # Our template and no configuration of the person's own: what is served is what is tested.
    os.environ["JUPYTER_PATH"] = str(_PACKAGE / "share" / "jupyter")
    os.environ["JUPYTER_DATA_DIR"] = private
    os.environ["JUPYTER_CONFIG_DIR"] = private
    os.environ["JUPYTER_RUNTIME_DIR"] = private
    os.environ["JUPYTER_NO_CONFIG"] = "1"
