"""What nodes say is parsed as the word of a stranger."""

import json
from pathlib import Path

import pytest

from workbench.compute.outcome import Outcome, read_outcome
from workbench.compute.ray_message import (
    decode,
    encode,
    encode_outcome,
    encode_problem,
    write_message,
)
from workbench.compute.ray_parcel import PIECE_BYTES
from workbench.core.errors import JobError, NotFoundError


@pytest.fixture
def here(tmp_path: Path) -> Path:
    folder = tmp_path / "here"
    (folder / "output").mkdir(parents=True)
    return folder


def test_an_outcome_is_the_same_at_the_other_end(tmp_path: Path, here: Path) -> None:
    (tmp_path / "there" / "output" / "part").mkdir(parents=True)
    (tmp_path / "there" / "log.txt").write_text("printed\n")
    output = {"empty": b"", "part/long.bin": b"x" * (PIECE_BYTES + 1)}
    paths = {name: tmp_path / "there" / "output" / name for name in output}
    for name, path in paths.items():
        path.write_bytes(output[name])
    outcome = Outcome({"loss": 0.5}, paths, 1.5, tmp_path / "there")

    for message in encode_outcome(outcome):
        write_message(here, *decode(message))

    found = read_outcome(here, 1.5)
    assert found is not None
    assert found.result == {"loss": 0.5}
    assert {name: path.read_bytes() for name, path in found.output.items()} == output
    assert (here / "log.txt").read_text() == "printed\n"


def test_an_error_arrives_with_its_class_and_facts(here: Path) -> None:
    error = NotFoundError("no such row", wanted="a row", next_step="look", row=7, path=here)

    write_message(here, *decode(encode_problem(error)))

    with pytest.raises(NotFoundError, match="no such row") as raised:
        read_outcome(here, 1.0)
    assert raised.value.facts == {"row": 7, "path": str(here)}


def test_a_body_may_hold_anything() -> None:
    assert decode(encode({"kind": "piece", "name": "a"}, b"\n{\0")) == (
        {"kind": "piece", "name": "a"},
        b"\n{\0",
    )


@pytest.mark.parametrize("message", [b"", b"{", b"[]", b"{}", b'{"kind": 1}', b"\xff"])
def test_what_is_no_message_is_refused(message: bytes) -> None:
    with pytest.raises(JobError, match="a node sent a message"):
        decode(message)


@pytest.mark.parametrize("name", ["../result.json", "/tmp/x", ""])
def test_no_output_is_written_outside_its_folder(here: Path, name: str) -> None:
    with pytest.raises(JobError, match="no path inside a folder"):
        write_message(here, {"kind": "piece", "name": name}, b"x")
    assert json.dumps([p.name for p in here.rglob("*")]) == '["output"]'
