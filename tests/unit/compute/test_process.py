"""What the server accepts from a worker."""

import pytest

from workbench.compute.process import WorkerProcess, decode_event
from workbench.core.errors import JobError


def test_an_event_is_a_json_object_with_a_type() -> None:
    assert decode_event(b'{"type": "note", "message": "n\xc3\xa1huatl"}') == {
        "type": "note",
        "message": "náhuatl",
    }


@pytest.mark.parametrize(
    "message", [b"{", b"[]", b"7", b"{}", b'{"type": 7}', b"\xff", b"[" * 100_000]
)
def test_anything_else_is_an_error(message: bytes) -> None:
    with pytest.raises(JobError, match="event"):
        decode_event(message)


def test_a_worker_that_was_never_needed_has_no_process() -> None:
    worker = WorkerProcess({}, {})

    assert worker.pid is None
    assert worker.exit_code is None
    assert worker.memory_bytes() == 0
    assert worker.kill() is None
    with pytest.raises(EOFError):
        worker.receive(0.0)
