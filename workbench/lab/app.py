"""The extension itself: its settings, and which address answers with what."""

import asyncio
from typing import Any, Final

from jupyter_server.extension.application import ExtensionApp
from traitlets import Float, Unicode, default

from workbench.client.bench import settings_for
from workbench.lab.local_handlers import FromPathHandler, MeHandler
from workbench.lab.mlflow_handler import MlflowHandler, MlflowRunHandler
from workbench.lab.mlflow_server import MlflowServer
from workbench.lab.people import hub_person, identity_of
from workbench.lab.proxy import ProxyHandler
from workbench.lab.published_handler import PublishedHandler
from workbench.lab.server import Server
from workbench.lab.sign_handlers import PrepareHandler, SignHandler
from workbench.lab.signing import Signatures
from workbench.lab.tutorials import TutorialsHandler
from workbench.lab.unknown import UnknownHandler
from workbench.lab.upload_handler import UploadHandler
from workbench.lab.uploads import Uploads

ROOT: Final = "/workbench"
_ID: Final = r"([A-Za-z0-9-]{16,64})"


class LabExtension(ExtensionApp):
    """The workbench behind a Jupyter server, for the person whom that server serves.

    Everything is under ``{base_url}workbench/``; see docs/lab.md.
    """

    name = "workbench"
    extension_url = ROOT

    home = Unicode("", help="Folder of the home; WORKBENCH_HOME unless set.").tag(config=True)
    identity = Unicode(
        help="Whose key signs unless the page names another; a JupyterHub's person, or me."
    ).tag(config=True)
    upload_silence_seconds = Float(
        30.0, min=1.0, help="A connection that sends nothing for so long leaves its upload."
    ).tag(config=True)

    @default("identity")
    def _identity_default(self) -> str:
        person = hub_person()
        return "me" if person is None else identity_of(person)

    def initialize_settings(self) -> None:
        """Open what the handlers share; no server is started before somebody asks."""
        home = settings_for(self.home or None)
        self.settings |= {
            "workbench_server": Server(home, self.identity),
            "workbench_mlflow": MlflowServer(home),
            "workbench_uploads": Uploads(home.cache_dir / "uploads", home.max_upload_bytes),
            "workbench_upload_silence": self.upload_silence_seconds,
            "workbench_signatures": Signatures(home, self.identity),
        }

    def initialize_handlers(self) -> None:
        """Say which address answers with what; Jupyter puts its base URL before them."""
        published = str(settings_for(self.home or None).published_dir)
        self.handlers.extend(
            [
                (rf"{ROOT}/api/.*", ProxyHandler),
                (rf"{ROOT}/me", MeHandler, {"identity": self.identity}),
                (rf"{ROOT}/uploads/{_ID}", UploadHandler),
                (rf"{ROOT}/uploads/{_ID}/from-path", FromPathHandler),
                (rf"{ROOT}/tutorials", TutorialsHandler),
                (rf"{ROOT}/prepare", PrepareHandler),
                (rf"{ROOT}/sign", SignHandler),
                (
                    rf"{ROOT}/published/(.*)",
                    PublishedHandler,
                    {"path": published, "default_filename": "index.html"},
                ),
                (rf"{ROOT}/mlflow/runs/([0-9a-f]{{32}})", MlflowRunHandler),
                (rf"{ROOT}/mlflow/.*", MlflowHandler),
                (rf"{ROOT}/.*", UnknownHandler),
            ]
        )

    async def stop_extension(self) -> None:
        """Let go of the workbench server, which goes on by itself, and end MLflow's."""
        mlflow: Any = self.settings.get("workbench_mlflow")
        if mlflow is not None:
            await asyncio.shield(mlflow.close())
        server: Any = self.settings.get("workbench_server")
        if server is not None:
            await asyncio.shield(server.close())
