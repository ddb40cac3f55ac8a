"""MLflow's pages behind Jupyter's login: they read, and nothing that is asked here writes."""

from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote

from jupyter_server.utils import url_path_join
from tornado import web
from tornado.iostream import StreamClosedError

from workbench.core.errors import NotFoundError, TrackingUnavailableError, WorkbenchError
from workbench.lab.handler import StreamedHandler
from workbench.lab.mlflow_allowed import PAGE, allowed_mlflow_path, check_body, is_static
from workbench.lab.mlflow_pages import PLAIN_POLICY, failed_html, starting_html
from workbench.lab.mlflow_server import MlflowServer
from workbench.lab.proxy import passed_query

_HTML: Final = "text/html; charset=utf-8"
# A comparison of some hundred runs names them all.
_MAX_QUERY: Final = 32_768
# MLflow's scripts run with the rights of any page of Jupyter, and may ask this host only.
_PAGES_POLICY: Final = "; ".join(
    [
        "default-src 'self'",
        "script-src 'self' 'unsafe-eval'",
        "worker-src 'self' blob:",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "frame-src 'none'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'self'",
    ]
)
# What somebody has logged is data, also where it is a page with scripts.
_DATA_POLICY: Final = "default-src 'none'; sandbox; frame-ancestors 'self'"
_SENT_BACK: Final = ("Content-Type", "Content-Disposition")
# MLflow's pages send each cookie of such a name as a header: so ours against XSRF comes back.
_XSRF_COOKIE: Final = "mlflow-request-header-X-XSRFToken"


@web.stream_request_body
class MlflowHandler(StreamedHandler):
    """One request of MLflow's pages, or the page itself once its server answers."""

    # Jupyter asks for it before ``initialize``.
    _policy = _DATA_POLICY

    def initialize(self, *args: object, **kwargs: object) -> None:
        """Begin with an empty body."""
        super().initialize(*args, **kwargs)
        self._body = bytearray()

    @property
    def content_security_policy(self) -> str:
        """What the answer may do in a browser."""
        return self._policy

    @property
    def mlflow(self) -> MlflowServer:
        """The server behind."""
        server: MlflowServer = self.settings["workbench_mlflow"]
        return server

    async def admit(self) -> None:
        """Refuse what is not in the list before its body is read."""
        prefix = url_path_join(self.base_url, "workbench/mlflow/")
        self._path = allowed_mlflow_path(
            self.request.method or "", self.request.path.removeprefix(prefix)
        )
        self._query = passed_query(self.request.query, _MAX_QUERY)

    async def take(self, chunk: bytes) -> None:
        """Keep the next bytes; ``check_length`` bounds them."""
        self._body += chunk

    @web.authenticated
    async def get(self) -> None:
        """Send the request on, and the answer back as it comes."""
        check_body(self._path, bytes(self._body))
        if not await self._is_ready():
            return
        kind = self.request.headers.get("Content-Type", "")
        async with self.mlflow.ask(
            self.request.method or "", self._path,
            query=self._query, content=bytes(self._body), kind=kind,
        ) as response:  # fmt: skip
            self.set_status(response.status_code)
            for name in _SENT_BACK:
                if (value := response.headers.get(name)) is not None:
                    self.set_header(name, value)
            is_page = self._path == PAGE
            if is_page or is_static(self._path):
                self._use(_PAGES_POLICY)
            if is_page:
                self._keep_xsrf()
            elif is_static(self._path) and response.is_success:
                # Their names hold a digest.
                self.set_header("Cache-Control", "private, max-age=86400")
            try:
                await self.flush()
                async for chunk in response.aiter_raw():
                    self.write(chunk)
                    await self.flush()
            except StreamClosedError:
                return
            await self.finish()

    post = get

    async def _is_ready(self) -> bool:
        """Return whether MLflow answers; else say that it is starting."""
        if await self.mlflow.is_ready():
            return True
        if not self.is_for_people:
            raise TrackingUnavailableError(
                "MLflow's server is starting", wanted="some 20 seconds", next_step="try again"
            )
        self._use(PLAIN_POLICY)
        self.set_status(HTTPStatus.ACCEPTED)
        await self.finish(starting_html(), set_content_type=_HTML)
        return False

    @property
    def is_for_people(self) -> bool:
        """Whether the answer is a page that somebody looks at."""
        return self.request.method == "GET" and getattr(self, "_path", None) == PAGE

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Answer with a page where a page was asked for, else with problem details."""
        error = kwargs.get("exc_info", (None, None, None))[1]
        if self.current_user and self.is_for_people and isinstance(error, WorkbenchError):
            self._use(PLAIN_POLICY)
            self.set_status(error.status)
            self.finish(failed_html(error), set_content_type=_HTML)
            return
        super().write_error(status_code, **kwargs)

    def _use(self, policy: str) -> None:
        self._policy = policy
        self.set_header("Content-Security-Policy", policy)

    def _keep_xsrf(self) -> None:
        token = self.xsrf_token.decode()
        path = url_path_join(self.base_url, "workbench/mlflow/")
        self.set_cookie(_XSRF_COOKIE, quote(token, safe=""), path=path, samesite="Strict")


class MlflowRunHandler(MlflowHandler):
    """The way to a run's page by MLflow's id of it; of which experiment it is, MLflow is asked."""

    async def admit(self) -> None:
        """Take no path from the request."""
        self._path = PAGE

    @web.authenticated
    async def get(self, run: str) -> None:
        """Lead to the page of the run."""
        if not await self._is_ready():
            return
        path = "/ajax-api/2.0/mlflow/runs/get"
        async with self.mlflow.ask("GET", path, query=f"run_id={run}") as response:
            await response.aread()
        if not response.is_success:
            raise NotFoundError(
                f"MLflow has no run {run}",
                wanted="a run that is in the tracking store of this home",
                next_step="workbench verify RUN says whether it was deleted there",
            )
        experiment = quote(str(response.json()["run"]["info"]["experiment_id"]), safe="")
        page = url_path_join(self.base_url, "workbench/mlflow/")
        self.redirect(f"{page}#/experiments/{experiment}/runs/{run}")
