"""The published pages, for tabs of JupyterLab: files as they are, to people who are logged in."""

from http import HTTPStatus
from typing import Final

from jupyter_server.base.handlers import AuthenticatedFileHandler
from tornado.web import HTTPError

_POLICY: Final = "; ".join(
    [
        "default-src 'none'",
        "style-src 'unsafe-inline'",
        "script-src 'unsafe-inline'",
        "img-src 'self' data:",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'self'",
    ]
)


class PublishedHandler(AuthenticatedFileHandler):
    """One file of ``published/``; its scripts can ask for nothing, so neither for Jupyter."""

    auth_resource = "workbench"

    @property
    def content_security_policy(self) -> str:
        """What a page may do; its own policy may allow less."""
        return _POLICY

    async def prepare(self) -> None:
        """Refuse strangers here too: ``allow_unauthenticated_access`` opens nothing."""
        await super().prepare()
        if not self.current_user:
            raise HTTPError(HTTPStatus.FORBIDDEN)
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Cache-Control", "no-cache")
