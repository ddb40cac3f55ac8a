"""How long do 100,000 rows of text take in each gate, and how much memory? ``--smoke`` tries."""

import argparse
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from workbench.core.jobs import Event, JobContext, JobSpec
from workbench.intake.digests import text_digest
from workbench.intake.recipe import run

MiB = 2**20


def main() -> None:
    """Measure, print a table or ``--json``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--smoke", action="store_true", help="small sizes: does it run?")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.add_argument("--case", choices=CASES, help=argparse.SUPPRESS)
    options = parser.parse_args()
    n_rows = 1_000 if options.smoke else 100_000
    if options.case:
        print(json.dumps(measure(options.case, n_rows)))
        return
    answers: dict[str, float] = {}
    for case in CASES:
        # A process each: the peak of memory is the case's own.
        command = [sys.executable, __file__, "--case", case, *(["--smoke"] * options.smoke)]
        environment = os.environ | {"OMP_NUM_THREADS": "1"}
        done = subprocess.check_output(command, env=environment)  # noqa: S603 our own code
        answers |= {f"{case}: {name}": value for name, value in json.loads(done).items()}
    if options.json:
        print(json.dumps(answers))
        return
    for question, answer in answers.items():
        print(f"{question:<60} {answer:>12,.4g}")


def new_rows(n_rows: int, draw: random.Random) -> list[str]:
    """Return sentences of invented words, 160 letters each, that share no more than words."""
    words = ["".join(draw.choices("aeiouctlmnpqxyñ", k=draw.randint(2, 9))) for _ in range(5_000)]
    return [" ".join(draw.choices(words, k=25)) for _ in range(n_rows)]


def alike_rows(n_rows: int, draw: random.Random) -> list[str]:
    """Return rows of one form that almost are near duplicates: the worst an index can meet."""
    form = list(new_rows(1, draw)[0])
    rows = []
    for _ in range(n_rows):
        letters = form.copy()
        for place in draw.sample(range(len(letters)), 4):
            letters[place] = chr(draw.randint(0x4E00, 0x9FFF))
        rows.append("".join(letters))
    return rows


CASES = {"new rows": new_rows, "rows all alike": alike_rows}


def measure(case: str, n_rows: int) -> dict[str, float]:
    """Return seconds a gate and the peak of memory for a file beside as many accepted rows."""
    draw = random.Random(case)  # noqa: S311 invented rows
    texts = CASES[case](n_rows, draw)
    others, hidden = new_rows(n_rows, draw), new_rows(n_rows // 100, draw)
    events: list[Event] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "output").mkdir()
        n_bytes = _write(folder / "file", [{"text": text} for text in texts])
        _write(folder / "others", [{"source": "", "text": text} for text in others])
        _write(folder / "hidden-rows", [{"source": "", "text": text} for text in hidden])
        _write(folder / "known", [{"sha256": text_digest(t), "owner": "other"} for t in others])
        _write(folder / "hidden", [{"sha256": text_digest(text)} for text in hidden])
        del texts, others, hidden
        names = ("file", "known", "hidden", "hidden-rows")
        parameters = {
            "file_name": "rows.jsonl", "kind": "causal-lm", "license": "CC0-1.0",
            "allowed_licenses": ["CC0-1.0"], "others": ["other"],
        }  # fmt: skip
        context = JobContext(
            JobSpec("intake", parameters=parameters),
            {part: folder / part for part in names} | {"rows:0": folder / "others"},
            folder / "output", folder, events.append, lambda: False,
        )  # fmt: skip
        before, start, cpu = _memory("VmRSS"), time.perf_counter(), time.process_time()
        answer = run(context)
        seconds, cpu_seconds = time.perf_counter() - start, time.process_time() - cpu
    gates = {f"seconds in {e['gate']}": e["seconds"] for e in events if "seconds" in e}
    return {
        "MB of file": n_bytes / 1e6,
        "rows kept": answer["n_rows"],
        **gates,
        "seconds in all": seconds,
        "CPU seconds in all": cpu_seconds,
        "MiB of memory at the peak": _memory("VmHWM"),
        "MiB of memory before": before,
    }


def _write(path: Path, rows: list[dict[str, Any]]) -> int:
    with path.open("w") as file:
        file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    return path.stat().st_size


def _memory(name: str) -> float:
    [kilobytes] = re.findall(rf"{name}:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(kilobytes) / 1024


if __name__ == "__main__":
    main()
