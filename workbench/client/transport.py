"""Ways to the server: over the home's socket, or in process for tests."""

import contextlib
import json as json_text
import os
import stat
import threading
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol, Self, TypeVar

from workbench.client.events import EventReader, StoppedError
from workbench.client.launch import BASE_URL, bearer, ensure_server, http_client, server_status
from workbench.core.errors import (
    InvalidInputError,
    NotFoundError,
    ServerUnavailableError,
    UnauthorizedError,
    WorkbenchError,
)
from workbench.core.settings import Settings

if TYPE_CHECKING:
    import httpx

T = TypeVar("T")
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
# A request that ends the server this often is itself what ends it.
_ATTEMPTS: Final = 6
_SECONDS: Final = 120.0
_CONNECT_SECONDS: Final = 10.0
_CHUNK_BYTES: Final = 2**18
