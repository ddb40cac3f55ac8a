"""``/workbench/prepare`` and ``/workbench/sign``: look first, then a person's confirmation."""

import asyncio
import json
from typing import Any

from tornado import web

from workbench.core.errors import InvalidInputError
from workbench.lab.handler import StreamedHandler
from workbench.lab.people import check_signs
from workbench.lab.signing import Signatures


class _JsonHandler(StreamedHandler):
    """Takes a small JSON object."""

    def initialize(self, *args: Any, **kwargs: Any) -> None:
        """Begin with an empty body."""
        super().initialize(*args, **kwargs)
        self._body = bytearray()
        self._signatures: Signatures = self.settings["workbench_signatures"]

    async def admit(self) -> None:
        """Let nobody sign with another person's keys."""
        check_signs(self.current_user)

    async def take(self, chunk: bytes) -> None:
        """Keep the next bytes; ``check_length`` bounds them."""
        self._body += chunk

    def message(self) -> object:
        """Return the body."""
        kind = self.request.headers.get("Content-Type", "").partition(";")[0].strip()
        try:
            # A form of another page can send many types, but not this one.
            value: object = json.loads(self._body) if kind == "application/json" else None
        except (ValueError, RecursionError):
            value = None
        if not isinstance(value, dict):
            raise InvalidInputError("the request is no JSON object", wanted="application/json")
        return value


@web.stream_request_body
class PrepareHandler(_JsonHandler):
    """Shows what would be signed."""

    @web.authenticated
    async def post(self) -> None:
        """Answer with the record, its words, and a token for exactly that."""
        self.answer(await asyncio.to_thread(self._signatures.prepare, self.message()))


@web.stream_request_body
class SignHandler(_JsonHandler):
    """Signs what was shown."""

    async def admit(self) -> None:
        """Want the page's cookie and header also of who shows Jupyter's token.

        Jupyter excuses a token from that; a script that has only the token should not sign.
        """
        await super().admit()
        web.RequestHandler.check_xsrf_cookie(self)

    @web.authenticated
    async def post(self) -> None:
        """Answer with what the server recorded."""
        self.answer(await asyncio.to_thread(self._signatures.sign, self.message()))
