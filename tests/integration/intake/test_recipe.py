"""The intake job as a worker runs it: gates in order, output, findings, cancellation."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from workbench.core.canonical import sha256_hex
from workbench.core.errors import InvalidInputError, JobCancelledError
from workbench.intake.digests import text_digest
from workbench.intake.gates import GATES

Intake = Callable[..., Any]
TEXTS = b"text,source\nHola,libro\nAdios,libro\n hola ,otro\nTlen,\n,\n"


def test_good_rows_come_out_canonical_with_their_digests(intake: Intake) -> None:
    result = intake(TEXTS)
    assert result.answer["outcome"] == "accepted"
    assert (result.answer["n_rows_submitted"], result.answer["n_rows"]) == (5, 3)
    assert result.rows == [
        {"source": "libro", "text": "Hola"},
        {"source": "libro", "text": "Adios"},
        {"source": "", "text": "Tlen"},
    ]
    assert result.digests == [text_digest(row["text"]) for row in result.rows]
    assert (result.finding("duplicate-in-file")["rows"], result.codes) == (
        [4],
        ["empty-row", "duplicate-in-file"],
    )
    assert result.answer["license"] == "CC-BY-4.0"
    assert result.answer["columns"] == {"text": "text", "source": "source"}


def test_the_output_is_the_same_bytes_every_time(intake: Intake, output: Path) -> None:
    def files() -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in output.iterdir()}

    intake(TEXTS)
    first = files()
    for path in output.iterdir():
        path.unlink()
    intake(TEXTS)
    assert files() == first
    assert set(first) == {"rows.jsonl", "digests.txt", "rejected.jsonl"}


def test_progress_passes_every_gate_in_order(intake: Intake) -> None:
    events = [e for e in intake(TEXTS).events if e["type"] == "progress"]
    assert [event["label"] for event in events] == [*GATES, "all gates"]
    assert [event["done"] for event in events] == list(range(len(GATES) + 1))
    assert json.dumps(events)


def test_slow_gates_say_how_many_rows_they_have_seen(intake: Intake) -> None:
    rows = "text\n" + "".join(f"nicpohua {n * 7919} tlahtolli {n}\n" for n in range(2_500))
    events = intake(rows.encode()).events
    seen = [e for e in events if e["type"] == "progress" and e["label"].endswith(", rows")]
    assert [(e["done"], e["total"]) for e in seen if e["label"] == "secrets, rows"] == [
        (1_000, 2_500), (2_000, 2_500),
    ]  # fmt: skip
    near = [e["done"] for e in seen if e["label"] == "near-duplicates, rows"]
    assert near == list(range(500, 5_000, 500))


def test_every_gate_says_when_it_starts_and_how_long_it_took(intake: Intake) -> None:
    events = [e for e in intake(TEXTS).events if e["type"] == "gate"]
    assert [e["gate"] for e in events if e["state"] == "started"] == list(GATES)
    finished = [e for e in events if e["state"] == "finished"]
    assert sorted(e["gate"] for e in finished) == sorted(GATES)
    assert all(e["seconds"] >= 0 for e in finished)


def test_held_rows_are_written_nowhere(intake: Intake, output: Path) -> None:
    result = intake(b"text\nxinechnotza itzel@correo.mx\nmoztla\n")
    assert (result.answer["outcome"], result.answer["n_rows"]) == ("held", 1)
    assert result.finding("e-mail-address")["rows"] == [2]
    assert {path.name for path in output.iterdir()} <= {"rejected.jsonl"}
    assert b"itzel@" not in b"".join(path.read_bytes() for path in output.iterdir())
    assert "itzel@" not in json.dumps([result.answer, result.events])


def test_a_hidden_test_may_hold_what_its_sponsor_wants(intake: Intake) -> None:
    long = b"in tlacatl ohtli quitoca auh in cihuatl calli quichpana mochipa"
    result = intake(b"text\nana@correo.mx\n" + long + b"\n" + long + b" tlen\n", is_test=True)
    assert (result.answer["outcome"], result.answer["n_rows"]) == ("accepted", 3)


def test_near_copies_of_hidden_rows_count_as_leaks(intake: Intake) -> None:
    long = "in tlacatl ohtli quitoca auh in cihuatl calli quichpana mochipa"
    content = f"text\n{long}!\n{long[::-1]}\n".encode()
    result = intake(content, hidden_rows=[long], others=[("Puebla", [long[::-1] + "."])])
    assert result.codes == [
        "near-hidden-test", "near-duplicate-in-task", "hidden-test-leak", "no-rows-left",
    ]  # fmt: skip


def test_findings_come_in_the_order_of_the_gates(intake: Intake) -> None:
    content = b"text\na\n\na\nb\n" + b"x" * 50 + b"\nc\nd\n"
    result = intake(
        content,
        known=[(text_digest("b"), "Puebla")],
        hidden=[text_digest("c")],
        license="cc-by-4.0",
        limits={"max_row_chars": 20},
    )
    assert result.codes == [
        "license-normalised",
        "row-too-long",
        "duplicate-in-file",
        "duplicate-in-task",
        "in-hidden-test",
        "hidden-test-leak",
    ]
    gates = [found["gate"] for found in result.answer["findings"]]
    assert gates == sorted(gates, key=GATES.index)
    assert result.answer["outcome"] == "quarantined"
    assert [row["text"] for row in result.rows] == ["a", "d"]


def test_rows_of_the_task_are_dropped_and_say_whose_they_are(intake: Intake) -> None:
    result = intake(TEXTS, known=[(text_digest("ADIOS"), "Morelos")])
    assert result.finding("duplicate-in-task")["rows"] == [3]
    assert "Morelos" in result.finding("duplicate-in-task")["message"]


def test_nothing_new_is_refused_and_leaves_nothing(intake: Intake, output: Path) -> None:
    known = [(text_digest(t), "Puebla") for t in ("hola", "adios", "tlen")]
    result = intake(TEXTS, known=known)
    assert result.answer["outcome"] == "refused"
    assert result.codes[-1] == "no-rows-left"
    assert result.answer["n_rows"] == 0
    assert {path.name for path in output.iterdir()} <= {"rejected.jsonl"}


@pytest.mark.parametrize("text", ["", "all rights reserved", "cc by 4.0", "CC-BY-NC-4.0"])
def test_a_bad_licence_refuses_but_all_findings_are_told(
    intake: Intake, output: Path, text: str
) -> None:
    result = intake(TEXTS, license=text)
    assert result.answer["outcome"] == "refused"
    assert "duplicate-in-file" in result.codes
    assert {path.name for path in output.iterdir()} <= {"rejected.jsonl"}


def test_a_leak_of_more_than_one_percent_quarantines(intake: Intake) -> None:
    content = b"text\n" + b"".join(b"row %d\n" % i for i in range(200))
    hidden = [text_digest(f"row {i}") for i in range(3)]
    one_percent = intake(content, hidden=hidden[:2])
    assert (one_percent.answer["outcome"], one_percent.answer["n_rows"]) == ("accepted", 198)
    for path in one_percent.output.iterdir():
        path.unlink()
    more = intake(content, hidden=hidden)
    assert (more.answer["outcome"], more.answer["n_rows"]) == ("quarantined", 197)
    assert len(more.rows) == 197


def test_copies_of_an_innocent_row_do_not_dilute_a_leak(intake: Intake) -> None:
    content = b"text\nleaked\n" + b"innocent\n" * 500
    assert intake(content, hidden=[text_digest("leaked")]).answer["outcome"] == "quarantined"


def test_a_tabular_contribution_passes(intake: Intake) -> None:
    content = b"f0,label,f1\n1,a,2.5\nx,a,1\n1.0,a,2.50\n3,z,1\nnan,b,1\n-0,b,1e3\n"
    result = intake(content, kind="tabular-classification", n_features=2, classes=["a", "b"])
    assert result.rows == [
        {"features": [1, 2.5], "label": "a"},
        {"features": [0, 1000], "label": "b"},
    ]
    lines = (b'{"features":[1,2.5],"label":"a"}', b'{"features":[0,1000],"label":"b"}')
    assert result.digests == [sha256_hex(line) for line in lines]
    assert {f["code"]: f["rows"] for f in result.answer["findings"]} == {
        "not-a-number": [3],
        "unknown-label": [5],
        "not-finite": [6],
        "duplicate-in-file": [4],
    }
    assert "'z'" in result.finding("unknown-label")["message"]


def test_a_column_named_by_half_a_character_can_be_answered(intake: Intake) -> None:
    answer = intake(b'{"\\ud800": "hola"}', "rows.jsonl").answer
    assert answer["columns"] == {"text": "\\ud800"}
    assert json.dumps(answer, ensure_ascii=False).encode()


def test_a_cancelled_job_stops_and_leaves_nothing(intake: Intake, output: Path) -> None:
    with pytest.raises(JobCancelledError):
        intake(TEXTS, cancelled=lambda: True)
    calls = iter([False] * 3)
    content = b"text\n" + b"".join(b"%d\n" % i for i in range(25_000))
    with pytest.raises(JobCancelledError):
        intake(content, cancelled=lambda: next(calls, True))
    assert not list(output.iterdir())


def test_a_damaged_list_of_digests_is_never_taken_for_an_empty_one(intake: Intake) -> None:
    with pytest.raises(InvalidInputError, match="SHA-256"):
        intake(TEXTS, hidden=["nonsense"])


@pytest.mark.parametrize("name", ["rows.csv", "rows.parquet"])
def test_a_hundred_thousand_rows_stay_small(tmp_path: Path, name: str) -> None:
    """Measured in a process of its own: 4 s and 60 MB above the imports on an idle core."""
    run = subprocess.run(
        [sys.executable, "-c", _LARGE, str(tmp_path), name],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )
    report = json.loads(run.stdout)
    assert report["n_rows"] == 100_000
    assert report["cpu_seconds"] < 40
    assert report["megabytes"] < 500


_LARGE = """
import json, random, re, sys, time
from pathlib import Path
import pyarrow as pa, pyarrow.parquet as pq
from workbench.core.jobs import JobContext, JobSpec
from workbench.intake.recipe import run
folder, name = Path(sys.argv[1]), sys.argv[2]
draw = random.Random(0)
words = ["".join(draw.choices("aeiouctlmnpqxyñ", k=draw.randint(2, 9))) for _ in range(5_000)]
texts = [" ".join([*draw.choices(words, k=7), str(i)]) for i in range(100_000)]
file = folder / "file"
if name.endswith(".csv"):
    file.write_text("text\\n" + "\\n".join(texts))
elif name.endswith(".jsonl"):
    file.write_text("\\n".join(json.dumps({"text": text}) for text in texts))
elif name.endswith(".txt"):
    file.write_text("\\n".join(texts))
else:
    pq.write_table(pa.table({"text": texts}), file)
del texts
(folder / "none").touch()
(folder / "output").mkdir()
context = JobContext(
    JobSpec("intake", parameters={"file_name": name, "kind": "causal-lm",
        "license": "CC0-1.0", "allowed_licenses": ["CC0-1.0"]}),
    {"file": file, "known": folder / "none", "hidden": folder / "none",
     "hidden-rows": folder / "none"},
    folder / "output", folder, lambda event: None, lambda: False)
start = time.process_time()
answer = run(context)
# Not getrusage: its maximum survives exec, so it counts the process that started this one.
[kilobytes] = re.findall(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())
print(json.dumps({"n_rows": answer["n_rows"], "cpu_seconds": time.process_time() - start,
    "megabytes": int(kilobytes) / 1024}))
"""
