"""Where a mirror lies: a folder, or whatever else fsspec reads and writes."""

from pathlib import Path
from typing import Any, Final

from workbench.core.errors import InvalidInputError, NotFoundError, WorkbenchError
from workbench.core.new_file import put_whole
from workbench.mirror.manifest import MAX_MANIFEST_BYTES, NAME, Manifest, corrupt

_CHUNK_BYTES: Final = 2**20
_NOT_FOUND: Final = 404


class Place:
    """A folder of a mirror, by its address.

    Parameters
    ----------
    uri : a path, or ``protocol://…``: ``file``, ``memory``, ``http``, ``zip``, or that of a
        store whose fsspec driver is installed.

    Raises
    ------
    InvalidInputError
        No driver knows the protocol.
    """

    def __init__(self, uri: str) -> None:
        # Only whoever asks for a mirror pays for it: every command imports this module.
        import fsspec  # noqa: PLC0415

        self.uri = uri
        try:
            # Caches of listings would hide what was just written.
            found, self._root = fsspec.core.url_to_fs(uri, use_listings_cache=False)
        except Exception as error:
            raise InvalidInputError(
                f"{uri!r:.200} cannot be opened: {error!s:.200}",
                wanted="a folder, or a URI whose fsspec driver is installed",
            ) from error
        # fsspec brings no types.
        self._fs: Any = found

    def read(self, name: str, max_bytes: int) -> bytes:
        """Return a file, and not a byte more than ``max_bytes``.

        Raises
        ------
        NotFoundError
            There is no such file.
        CorruptBundleError
            It is larger.
        """
        content = bytearray()
        # Over HTTP: as it streams in, since a server may lie about how long a file is.
        options = {"block_size": 0} if "http" in self._protocols else {}
        try:
            with self._fs.open(self._path(name), "rb", **options) as stream:
                while len(content) <= max_bytes:
                    chunk = stream.read(min(_CHUNK_BYTES, max_bytes + 1 - len(content)))
                    if not chunk:
                        break
                    content += chunk
        except (FileNotFoundError, KeyError, IsADirectoryError, NotADirectoryError) as error:
            cause = error.__cause__
            if "http" in self._protocols and getattr(cause, "status", None) != _NOT_FOUND:
                # Its driver says so of a server that does not answer, too.
                raise self._fault(f"{name} cannot be read", cause or error) from error
            raise NotFoundError(
                f"the mirror lacks the file {name}",
                wanted=f"{name} in {self.uri}",
                next_step="it is incomplete: export it or ask for it again",
                file=name,
            ) from error
        except Exception as error:
            raise self._fault(f"{name} cannot be read", error) from error
        if len(content) > max_bytes:
            raise corrupt(f"{name} is larger than it may be", f"at most {max_bytes} bytes")
        return bytes(content)

    def manifest(self) -> Manifest | None:
        """Return the manifest of the mirror that lies here; None where there is none."""
        try:
            content = self.read(NAME, MAX_MANIFEST_BYTES)
        except NotFoundError:
            return None
        return Manifest.read(content)

    def size(self, name: str) -> int | None:
        """Return how many bytes a file has; None where there is none."""
        try:
            return int(self._fs.info(self._path(name))["size"])
        except FileNotFoundError:
            return None
        except Exception as error:
            raise self._fault(f"{name} cannot be looked at", error) from error

    def is_empty(self) -> bool:
        """Say whether nothing lies here."""
        try:
            return not self._fs.exists(self._root) or not self._fs.ls(self._root)
        except Exception as error:
            raise self._fault("it cannot be looked at", error) from error

    def write(self, name: str, content: bytes) -> None:
        """Put a file in its place; in a folder of this machine whole, or not at all."""
        try:
            if "file" in self._protocols:
                put_whole(Path(self._path(name)), content)
            else:
                self._fs.pipe_file(self._path(name), content)
        except Exception as error:
            raise self._fault(f"{name} cannot be written", error) from error

    def remove(self, name: str) -> None:
        """Take a file away, if it is there."""
        try:
            if self._fs.exists(self._path(name)):
                self._fs.rm_file(self._path(name))
        except Exception as error:
            raise self._fault(f"{name} cannot be removed", error) from error

    @property
    def _protocols(self) -> tuple[str, ...]:
        protocols = self._fs.protocol
        return (protocols,) if isinstance(protocols, str) else tuple(protocols)

    def _path(self, name: str) -> str:
        root = self._root.rstrip("/")
        return f"{root}/{name}" if root or self._root.startswith("/") else name

    def _fault(self, found: str, error: BaseException) -> WorkbenchError:
        return InvalidInputError(
            f"{self.uri}: {found}: {str(error) or type(error).__name__:.300}",
            wanted="a place that answers",
        )
