"""Kernels that know where the published results are, and nothing else of this machine."""

import json
import os
import tempfile
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager

_KEPT: Final = ("PATH", "LANG", "LC_ALL", "TZ", "WORKBENCH_PUBLISHED", "QUERY_STRING")
_QUERY: Final = "QUERY_STRING"
# What a dashboard's cells import: most of the seconds until a cold kernel draws.
_WARM: Final = "import ipywidgets, workbench.pages, workbench.dashboards"
_TELLING_SECONDS: Final = 30


def bare_environment(environ: Mapping[str, str], scratch: str) -> dict[str, str]:
    """Return what a kernel may know: no home, no token, no variable of the person who serves.

    Parameters
    ----------
    environ : what Voilà would pass on: its own environment and the request's address.
    scratch : an empty private folder in the place of the person's home.
    """
    kept = {name: environ[name] for name in _KEPT if name in environ}
    kept[_QUERY] = _without_token(kept.get(_QUERY, ""))
    return kept | {
        "HOME": scratch,
        "IPYTHONDIR": scratch,
        "PYTHONNOUSERSITE": "1",
        "OMP_NUM_THREADS": "1",
    }


class BareKernelManager(AsyncMappingKernelManager):
    """Starts every kernel in ``bare_environment``, whoever asks and with whatever.

    One kernel waits for the next viewer, with everything imported and nothing drawn: what it
    draws is as new as the request. Voilà's own way executes the notebooks ahead, of no task, and
    shows what was published then.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._scratch = tempfile.TemporaryDirectory(prefix="workbench-kernels-")
        self._warm: list[str] = []

    async def warm(self) -> None:
        """Start the kernel that waits, unless there is one."""
        if not self._warm:
            lines = f"--IPKernelApp.exec_lines={_WARM}"
            environ = {name: text for name, text in os.environ.items() if name != _QUERY}
            self._warm.append(await self._start(env=environ, extra_arguments=[lines]))

    async def _async_start_kernel(self, **kwargs: Any) -> str:
        environ = kwargs.get("env") or os.environ
        if not self._warm:
            return await self._start(**kwargs)
        kernel_id = self._warm.pop()
        await self._tell(kernel_id, _without_token(environ.get(_QUERY, "")))
        return kernel_id

    # Voilà calls the public name, which the base class binds to its own coroutine.
    start_kernel = _async_start_kernel

    async def cull_kernel_if_idle(self, kernel_id: str) -> None:
        """Leave the kernel that waits; it is idle because nobody has come yet."""
        if kernel_id not in self._warm:
            await super().cull_kernel_if_idle(kernel_id)

    async def _start(self, **kwargs: Any) -> str:
        kwargs["env"] = bare_environment(kwargs.get("env") or os.environ, self._scratch.name)
        kernel_id: str = await super()._async_start_kernel(**kwargs)
        return kernel_id

    async def _tell(self, kernel_id: str, query: str) -> None:
        """Say to a kernel that waited what its page's address asks for."""
        client = self.get_kernel(kernel_id).client()
        client.start_channels(iopub=False, stdin=False, hb=False, control=False)
        # A text of JSON is one of Python: nothing of the address is run.
        code = f"import os; os.environ[{_QUERY!r}] = {json.dumps(query)}"
        try:
            await client.execute(code, silent=True, reply=True, timeout=_TELLING_SECONDS)
        finally:
            client.stop_channels()


def _without_token(query: str) -> str:
    try:
        pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=20)
    except ValueError:  # more fields than any page of ours has
        return ""
    return urlencode([(name, value) for name, value in pairs if name != "token"])
