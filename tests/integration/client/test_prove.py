"""A server proves what its log holds to somebody who has nothing but the proof."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from workbench.client.bench import Bench
from workbench.client.task import Task
from workbench.core.errors import InvalidInputError, NotFoundError, SignatureError
from workbench.core.settings import Settings


def log_of(bench: Bench) -> list[dict[str, Any]]:
    return [json.loads(text) for text in bench.sql("select entry from log order by seq")["entry"]]


def test_every_entry_is_proven_by_its_number_and_by_what_it_names(
    bench: Bench, task: Task, tmp_path: Path
) -> None:
    task.fund("5", nonce="prove", sign=True)
    entries = log_of(bench)
    origin = bench.verify().result["origin"]
    # A funding's record and its ledger entry share an id: by it the record is meant.
    first: dict[str, dict[str, Any]] = {}
    for seq, entry in enumerate(entries):
        name = entry["record"] if entry["kind"] == "record" else entry["entry"]["id"]
        named = first.setdefault(name, entry)
        for asked, wanted in ((name, named), (name[:40], named), (seq, entry), (str(seq), entry)):
            found = bench.prove(asked)
            assert found.entry == wanted
            path = found.save(tmp_path / "proof.json")
            assert Bench.check_proof(path, origin=origin).entry == wanted


def test_growth_is_proven_from_a_head_that_was_kept(
    bench: Bench, task: Task, lab: Settings, tmp_path: Path
) -> None:
    kept = tmp_path / "kept.json"
    kept.write_bytes((lab.home / "head.json").read_bytes())
    size = json.loads(kept.read_text())["body"]["size"]
    task.fund("6", nonce="prove again", sign=True)
    for since in (size, str(size), kept):
        proof = bench.prove(since=since)
        assert f"the first {size:,} of" in repr(proof)
        path = proof.save(tmp_path / "proof.json")
        assert Bench.check_proof(path, head=kept).proven.head.size == size + 2
    inclusion = bench.prove(0).save(tmp_path / "inclusion.json")
    with pytest.raises(SignatureError, match="the head that was kept") as refused:
        Bench.check_proof(inclusion, head=kept)
    assert f"--since {size}" in refused.value.next_step


def test_what_is_not_there_is_not_proven(bench: Bench, task: Task, tmp_path: Path) -> None:
    del task
    for name in ("9999", "nowhere", "x" * 64):
        with pytest.raises(NotFoundError, match="nothing in the log"):
            bench.prove(name)
    with pytest.raises(InvalidInputError, match="never had 99999"):
        bench.prove(since=99999)
    with pytest.raises(InvalidInputError, match="neither or both"):
        bench.prove()
    with pytest.raises(NotFoundError, match="no file"):
        bench.prove(since=tmp_path / "none.json")
    (tmp_path / "odd.json").write_text("[")
    with pytest.raises(InvalidInputError, match="no JSON"):
        Bench.check_proof(tmp_path / "odd.json")


def test_a_proof_is_checked_in_a_terminal_without_a_home(
    bench: Bench, task: Task, tmp_path: Path
) -> None:
    del task
    path = bench.prove(1).save(tmp_path / "proof.json")
    program = "from workbench.cli.main import main; main()"
    command = [sys.executable, "-c", program, "prove", "--check", str(path)]
    home = ["--home", str(tmp_path / "none")]
    done = subprocess.run([*command, *home], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("✓ entry 1 of ")
    path.write_text(path.read_text().replace('"index":1', '"index":0'))
    done = subprocess.run([*command, *home], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "the proof does not hold" in done.stderr
    assert not (tmp_path / "none").exists()
