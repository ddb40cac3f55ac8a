"""What the server answers: refusals become their own errors, streams become events."""

import json
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from workbench.core.errors import WorkbenchError

if TYPE_CHECKING:
    import httpx

_PROBLEM = "application/problem+json"


def accepted(response: "httpx.Response") -> "httpx.Response":
    """Return a successful response; raise the error that a refusal describes.

    Raises
    ------
    WorkbenchError
        Of the class that the problem details name.
    """
    if response.is_success:
        return response
    response.read()
    if response.headers.get("content-type", "").startswith(_PROBLEM):
        raise WorkbenchError.from_problem(response.json())
    raise WorkbenchError(
        f"the server answered {response.status_code} without saying why",
        wanted="problem details",
        next_step="look at its log with: workbench server logs",
    )


def messages(lines: Iterable[str]) -> Iterator[tuple[int, str, dict[str, Any]]]:
    """Yield (number, type, content) of each message in a stream of server-sent events.

    Comments are passed over; so is a last message that was cut off before its blank line.
    The type is ``"message"`` unless the stream says otherwise, the number -1 without an id.

    References
    ----------
    HTML Standard, 9.2.6, "Interpreting an event stream".
    """
    number, kind, text = -1, "message", list[str]()
    for line in lines:
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        match field:
            case "data":
                text.append(value)
            case "event":
                kind = value
            case "id" if value.isascii() and value.isdigit():
                number = int(value)
            case "" if not line:
                if text:
                    yield number, kind, json.loads("\n".join(text))
                kind, text = "message", []
