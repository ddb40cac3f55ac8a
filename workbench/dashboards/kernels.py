"""Kernels that know where the published results are, and nothing else of this machine."""

import os
import tempfile
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager

_KEPT: Final = ("PATH", "LANG", "LC_ALL", "TZ", "WORKBENCH_PUBLISHED", "QUERY_STRING")


def bare_environment(environ: Mapping[str, str], scratch: str) -> dict[str, str]:
    """Return what a kernel may know: no home, no token, no variable of the person who serves.

    Parameters
    ----------
    environ : what Voilà would pass on: its own environment and the request's address.
    scratch : an empty private folder in the place of the person's home.
    """
    kept = {name: environ[name] for name in _KEPT if name in environ}
    kept["QUERY_STRING"] = _without_token(kept.get("QUERY_STRING", ""))
    return kept | {
        "HOME": scratch,
        "IPYTHONDIR": scratch,
        "PYTHONNOUSERSITE": "1",
        "OMP_NUM_THREADS": "1",
    }


class BareKernelManager(AsyncMappingKernelManager):
    """Starts every kernel in ``bare_environment``, whoever asks and with whatever."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._scratch = tempfile.TemporaryDirectory(prefix="workbench-kernels-")

    async def _async_start_kernel(self, **kwargs: Any) -> str:
        kwargs["env"] = bare_environment(kwargs.get("env") or os.environ, self._scratch.name)
        kernel_id: str = await super()._async_start_kernel(**kwargs)
        return kernel_id

    # Voilà calls the public name, which the base class binds to its own coroutine.
    start_kernel = _async_start_kernel


def _without_token(query: str) -> str:
    try:
        pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=20)
    except ValueError:  # more fields than any page of ours has
        return ""
    return urlencode([(name, value) for name, value in pairs if name != "token"])
