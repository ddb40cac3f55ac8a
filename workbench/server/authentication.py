"""The home's token, those of principals, and the gate that no request passes without one."""

import hmac
import os
import secrets
import stat
from collections.abc import Callable
from pathlib import Path

import anyio.to_thread
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from workbench.core.errors import ForbiddenError, UnauthorizedError
from workbench.core.roles import MACHINE, Caller
from workbench.server.problems import problem_response


def load_or_make_token(path: Path) -> str:
    """Read the home's token, or make one with mode 0600; call it with the home's lock held.

    Raises
    ------
    ForbiddenError
        The file is a link, belongs to somebody else, or others can read it.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        return _make_token(path)
    except OSError as error:
        raise _not_private(path, error.strerror or "unreadable") from error
    with os.fdopen(descriptor) as stream:
        status = os.fstat(descriptor)
        if status.st_uid != os.getuid() or stat.S_IMODE(status.st_mode) & 0o077:
            raise _not_private(path, f"mode {stat.S_IMODE(status.st_mode):04o}")
        token = stream.read().strip()
    # A crash between making and writing cannot happen (see below); a person can empty it.
    return token or _make_token(path)


def _make_token(path: Path) -> str:
    token = secrets.token_urlsafe(32)
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    partial.unlink(missing_ok=True)
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "w") as stream:
        stream.write(token + "\n")
        stream.flush()
        os.fsync(stream.fileno())
    partial.replace(path)
    return token


def _not_private(path: Path, found: str) -> ForbiddenError:
    return ForbiddenError(
        f"the token {path} is not yours alone: {found}",
        wanted="a file of your own with mode 0600",
        next_step=f"delete it, and the server makes another: rm {path}",
    )


class Authentication:
    """ASGI middleware: answers 401 unless the request carries a token, and says whose it is.

    It stands before routing and before any body is read, so that nothing of a stranger's
    request is ever parsed, and no route can be forgotten.

    Parameters
    ----------
    app : what comes after the gate.
    token : the home's token.
    find_caller : returns whom any other token lets in; None if nobody.
    """

    def __init__(
        self, app: ASGIApp, token: str, find_caller: Callable[[str], Caller | None]
    ) -> None:
        self._app = app
        self._find_caller = find_caller
        self._token = token.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let lifespan messages and authorized requests through."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] == "http" and (caller := await self._caller(scope)) is not None:
            scope["workbench.caller"] = caller
            await self._app(scope, receive, send)
            return
        error = UnauthorizedError(
            "the request carries no valid token",
            wanted="Authorization: Bearer, and the content of the file `token` in the home, or "
            "the token that an admin granted you",
            next_step="use workbench.Bench or the workbench command, which send it; was yours "
            "revoked, ask an admin for another: workbench access grant NAME",
        )
        response = problem_response(error.to_problem(), headers={"WWW-Authenticate": "Bearer"})
        await response(scope, receive, send)

    async def _caller(self, scope: Scope) -> Caller | None:
        scheme, _, given = Headers(scope=scope).get("authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        # latin-1 is how header bytes were decoded; the comparison takes the same time for any.
        if hmac.compare_digest(given.strip().encode("latin-1"), self._token):
            return MACHINE
        return await anyio.to_thread.run_sync(self._find_caller, given.strip())
