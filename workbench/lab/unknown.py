"""Addresses under ours that answer with nothing."""

from tornado import web

from workbench.core.errors import NotFoundError
from workbench.lab.handler import Handler


class UnknownHandler(Handler):
    """Says that there is nothing, in our words, to people who are logged in."""

    @web.authenticated
    def get(self) -> None:
        """Refuse."""
        raise NotFoundError(
            f"there is no {self.request.path[:200]}", wanted="an address of docs/lab.md"
        )

    head = post = put = delete = patch = get
