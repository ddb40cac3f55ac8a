"""What the client needs of a way to the server; ``transport`` has the real ones."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar
from urllib.parse import quote

from pydantic import ValidationError

from workbench.client.progress import Display
from workbench.core.errors import InvalidInputError, WorkbenchError
from workbench.core.faults import faults_of, next_steps
from workbench.core.wire import PriorityRequest, Wire

if TYPE_CHECKING:
    import httpx

W = TypeVar("W", bound=Wire)
Json = Any
# Gates run while the request waits: a full-size file takes a worker this long at most.
SLOW_SECONDS = 600.0


class Connection(Protocol):
    """A way to one server; every refusal arrives as its own ``WorkbenchError``."""

    @property
    def home(self) -> Path | None:
        """The home's folder; None of a server in this process."""
        ...

    def request(
        self,
        method: str,
        path: str,
        *,
        json: Json = None,
        content: bytes | None = None,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
    ) -> "httpx.Response":
        """Send one request and return its successful response."""
        ...

    def stream_events(self, path: str, after: int = -1) -> Iterator[tuple[int, dict[str, Any]]]:
        """Yield (number, event) from the event after ``after``, until the job ends."""
        ...

    def upload(
        self,
        source: Path | Iterable[bytes],
        *,
        on_progress: Callable[[int], None] | None = None,
    ) -> dict[str, Any]:
        """Send a file, or chunks that can be iterated again, and return its ``BlobView``."""
        ...

    def close(self) -> None:
        """Let go of the server; it goes on."""
        ...


class Api:
    """Typed requests: wire objects in, wire objects out.

    Parameters
    ----------
    connection : the way to the server.
    make_display : opens what shows the progress of long work; ``None`` for what fits.
    person : who asks: a label by which the server's queue is fair to people.
    """

    def __init__(
        self,
        connection: Connection,
        make_display: Callable[[], Display] | None = None,
        person: str | None = None,
    ) -> None:
        self.connection = connection
        self.make_display = make_display
        self._person = person

    @property
    def who(self) -> dict[str, str]:
        """The header that names who asks."""
        return {"X-Workbench-Identity": quote(self._person, safe="")} if self._person else {}

    def get(self, kind: type[W], *path: str) -> W:
        """Return the object at the path."""
        return self._read(kind, self.connection.request("GET", join(*path)).json())

    def get_all(
        self, kind: type[W], *path: str, params: Mapping[str, str] | None = None
    ) -> list[W]:
        """Return the list of objects at the path."""
        found = self.connection.request("GET", join(*path), params=params).json()
        return [self._read(kind, item) for item in found]

    def post(
        self, kind: type[W], *path: str, body: Wire | Json = None, priority: str | None = None
    ) -> W:
        """Send a message and return the answer.

        Signed records, drafts and jobs are named by their content: sent twice, they are
        there once.
        """
        return self._read(kind, self.send(*path, body=body, priority=priority).json())

    def send(
        self, *path: str, body: Wire | Json = None, priority: str | None = None
    ) -> "httpx.Response":
        """Send a message and return the response as it is.

        Parameters
        ----------
        priority : of the job that the message starts.

        Raises
        ------
        InvalidInputError
            There is no such priority.
        """
        if priority is not None:
            message(PriorityRequest, priority=priority)
        sent = body.model_dump(mode="json") if isinstance(body, Wire) else body
        headers = self.who | ({"X-Workbench-Priority": priority} if priority else {})
        return self.connection.request(
            "POST", join(*path), json=sent, headers=headers, timeout=SLOW_SECONDS
        )

    @staticmethod
    def _read(kind: type[W], value: Json) -> W:
        try:
            return kind.model_validate(value)
        except ValidationError as error:
            raise WorkbenchError(
                f"the server's answer is no {kind.__name__}: {faults_of(error, ())[0].found}",
                wanted="a server of this client's version",
                next_step="workbench server stop; the next command starts a matching one",
            ) from error


def join(*path: str) -> str:
    """Return an address from its parts; what a person typed cannot leave its place.

    >>> join("tasks", "../doctor", "runs")
    '/tasks/..%2Fdoctor/runs'
    """
    return "".join(f"/{quote(part, safe='')}" for part in path)


def message(kind: type[W], **fields: Any) -> W:
    """Return a request, or say which of its fields is not accepted.

    Raises
    ------
    InvalidInputError
        A field is missing or not what it must be.
    """
    try:
        return kind(**fields)
    except ValidationError as error:
        faults = faults_of(error, kind.model_fields)
        raise InvalidInputError(
            f"the request is not accepted: {faults[0].found}",
            wanted=faults[0].wanted,
            next_step=next_steps(faults[:1], ""),
        ) from error
