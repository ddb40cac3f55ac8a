"""Acknowledged means durable: killed in the middle, nothing acknowledged is missing."""

import random
import signal
import subprocess
import sys
from pathlib import Path

from workbench.storage.database import Database

# Four threads write; an id is printed when, and only when, its write was acknowledged.
WRITER = """
import sys, threading
from pathlib import Path
from workbench.storage import answers
from workbench.storage.database import Database

database = Database.open(Path(sys.argv[1]))
print_lock = threading.Lock()

def write(thread):
    for i in range(10**9):
        key = f"{sys.argv[2]}.{thread}.{i}"
        database.write(lambda tx: answers.keep(tx, key, "", "x" * 2000))
        with print_lock:
            print(key, flush=True)

for thread in range(4):
    threading.Thread(target=write, args=(thread,), daemon=True).start()
sys.stdin.read()
"""


def test_every_acknowledged_row_is_there_once_after_20_kills(path: Path) -> None:
    rng = random.Random(7)
    acknowledged: list[str] = []
    for round_number in range(20):
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path), str(round_number)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as child:
            assert child.stdout is not None
            # The pipe runs behind the writes, so the kill falls between any two instructions.
            first = [child.stdout.readline().strip() for _ in range(rng.randint(1, 60))]
            child.send_signal(signal.SIGKILL)
            rest = child.stdout.read().split("\n")
            # What follows the last line feed was cut off by the kill.
            acknowledged += [*first, *rest[:-1]]
        assert child.returncode == -signal.SIGKILL

    assert len(acknowledged) == len(set(acknowledged)) >= 20
    database = Database.open(path)
    missing = [k for k in acknowledged if len(database.read("idempotent_answer", {"key": k})) != 1]
    database.close()
    assert missing == []
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_a_kill_while_the_file_is_made_leaves_no_broken_home(path: Path) -> None:
    program = (
        "import os, signal, sys, duckdb; from pathlib import Path\n"
        "from workbench.storage import connection\n"
        "duckdb_connect = duckdb.connect\n"
        "def die(*args, **kwargs):\n"
        "    duckdb_connect(*args, **kwargs); os.kill(os.getpid(), signal.SIGKILL)\n"
        "connection.duckdb.connect = die\n"
        "path = Path(sys.argv[1]); path.parent.mkdir(); connection.connect(path)"
    )
    died = subprocess.run([sys.executable, "-c", program, str(path)], check=False)
    assert died.returncode == -signal.SIGKILL
    assert not path.exists()
    Database.open(path).close()
    assert path.exists()
