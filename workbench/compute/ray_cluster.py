"""Where a Ray cluster is, whether it can be reached, and how long we wait for it."""

import contextlib
import importlib.util
import ipaddress
import os
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

from workbench.core.errors import InvalidInputError, MissingExtraError, WorkbenchError

_MAX_PORT: Final = 65_535


@dataclass(frozen=True)
class Cluster:
    """A cluster, by its head, and how long we wait for it.

    Attributes
    ----------
    host, port : of the head; this machine must be one of the cluster's nodes.
    token_path : file with the cluster's token; None for what Ray finds by itself
        (``RAY_AUTH_TOKEN``, ``RAY_AUTH_TOKEN_PATH``, then ``.ray/auth_token`` at home).
    connect_seconds : after which the cluster counts as unreachable.
    silence_seconds : after which a node, or our own connection, that says nothing counts as
        lost; nodes that live speak every 2 s.
    queue_seconds : a job waits for a free CPU for so long while no node says anything.
    """

    host: str
    port: int
    token_path: Path | None = None
    connect_seconds: float = 60.0
    silence_seconds: float = 30.0
    queue_seconds: float = 300.0

    @classmethod
    def at(cls, address: str, **settings: Any) -> Self:
        """Read an address such as ``"127.0.0.1:6379"``.

        Raises
        ------
        InvalidInputError
            It is no host and port; ``ray://`` is the address of something else.
        """
        host, colon, port = address.rpartition(":")
        plain = port.isascii() and port.isdigit() and 0 < int(port) <= _MAX_PORT
        if not colon or not host or set(host) & set("/:[] ") or not plain:
            raise InvalidInputError(
                f"{address!r} is no address of a Ray cluster",
                wanted="host:port of the cluster's head, such as 127.0.0.1:6379",
                next_step="ask whoever started the cluster; `ray start --head` prints it",
                address=address,
            )
        return cls(host, int(port), **settings)

    @property
    def address(self) -> str:
        """The head, as ``host:port``."""
        return f"{self.host}:{self.port}"

    @property
    def is_loopback(self) -> bool:
        """Whether the cluster is meant for this machine alone."""
        if self.host == "localhost":
            return True
        with contextlib.suppress(ValueError):
            return ipaddress.ip_address(self.host).is_loopback
        return False

    def command(self) -> str:
        """Return the command line that starts a cluster's head at this address."""
        loopback = "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER=0 " if self.is_loopback else ""
        return (
            f"{loopback}RAY_AUTH_MODE=token RAY_USAGE_STATS_ENABLED=0 ray start --head "
            f"--node-ip-address={self.host} --port={self.port} --include-dashboard=false"
        )

    def check_listening(self) -> None:
        """Raise the error of ``unreachable`` unless something accepts connections there."""
        try:
            socket.create_connection((self.host, self.port), self.connect_seconds).close()
        except OSError as error:
            raise self.unreachable(str(error)) from error

    def unreachable(self, why: str) -> WorkbenchError:
        """Return the error of a cluster that does not answer or does not let us in."""
        return InvalidInputError(
            f"no Ray cluster could be joined at {self.address}: {why}",
            wanted="the head of a running cluster that has the same token, on a machine "
            "that is one of its nodes",
            next_step=f"start one: `ray get-auth-token --generate`, then `{self.command()}`",
            address=self.address,
        )

    def environment(self) -> dict[str, str]:
        """Return this process's variables with those that Ray reads when it is imported."""
        variables = os.environ | {"RAY_AUTH_MODE": "token", "RAY_USAGE_STATS_ENABLED": "0"}
        if self.is_loopback:
            # Ray replaces 127.0.0.1 by the machine's own address, and then listens on all of
            # them, unless told that there are no clusters here. Linux heeds the name too.
            variables["RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"] = "0"
        if self.token_path is not None:
            variables["RAY_AUTH_TOKEN_PATH"] = str(self.token_path)
            variables.pop("RAY_AUTH_TOKEN", None)
        return variables


def check_installed() -> None:
    """Raise MissingExtraError unless Ray is installed; nothing of it is imported."""
    if importlib.util.find_spec("ray") is None:
        raise MissingExtraError(
            "Ray is not installed",
            wanted="the extra `ray`",
            next_step="pip install 'merit-workbench[ray]'",
        )
