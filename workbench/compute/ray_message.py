"""What a node tells the driver: a line of JSON and, after it, bytes.

Ray would pickle any object; we hand it bytes only, so that what a node sends is parsed, never
run.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from workbench.compute.outcome import Outcome
from workbench.compute.ray_parcel import check_relative, pieces
from workbench.core.errors import JobError, WorkbenchError

Message = tuple[dict[str, Any], bytes]

LOG_BYTES: Final = 64 * 2**10


def encode(header: dict[str, Any], body: bytes = b"") -> bytes:
    """Return a message; the header has a ``kind``.

    .. code-block:: text

        started   node                 the node's id; the job begins
        events    events               a list, empty as a sign of life
        piece     name                 a part of the output file, in order
        log       -                    the end of what the recipe printed
        result    result, seconds      the last message of a job that is done
        problem   problem              the last message of one that is not
        lost      why                  the last one of an attempt that may be made again
    """
    # A fact of an error may be a path or an array: it must not keep the error from arriving.
    return json.dumps(header, default=str).encode(errors="replace") + b"\n" + body


def decode(message: bytes) -> Message:
    """Return header and body.

    Raises
    ------
    JobError
        It is no message of ours.
    """
    line, _, body = message.partition(b"\n")
    try:
        header = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise JobError(f"a node sent a message that is not JSON: {error}") from error
    if not isinstance(header, dict) or not isinstance(header.get("kind"), str):
        raise JobError("a node sent a message without a kind", wanted="a JSON object")
    return header, body


def encode_outcome(outcome: Outcome) -> Iterator[bytes]:
    """Yield the messages that carry a finished job."""
    for name, path in outcome.output.items():
        yield encode({"kind": "piece", "name": name})
        for piece in pieces(path):
            yield encode({"kind": "piece", "name": name}, piece)
    log = outcome.folder / "log.txt"
    if log.is_file():
        yield encode({"kind": "log"}, log.read_bytes()[-LOG_BYTES:])
    yield encode({"kind": "result", "result": outcome.result, "seconds": outcome.seconds})


def encode_problem(error: WorkbenchError) -> bytes:
    """Return the message of a job that failed."""
    return encode({"kind": "problem", "problem": error.to_problem()})


def write_message(folder: Path, header: dict[str, Any], body: bytes) -> None:
    """Write what a message carries to the place where a local worker would have written it.

    Raises
    ------
    JobError
        The name of an output file leads elsewhere.
    """
    match header["kind"]:
        case "piece":
            name = str(header.get("name"))
            check_relative(name)
            path = folder / "output" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("ab") as file:
                file.write(body)
        case "log":
            (folder / "log.txt").write_bytes(body)
        case "result" | "problem" as kind:
            (folder / f"{kind}.json").write_text(json.dumps(header.get(kind)))
