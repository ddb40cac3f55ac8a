"""A full disk: a clear error, nothing half written, nothing acknowledged lost."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from workbench.storage.database import Database

# A limit on the size of the process's files stands in for the disk's end: the write fails in
# the middle, as on a full disk, with EFBIG for ENOSPC.
FILL = """
import json, resource, signal, sys
from pathlib import Path
from workbench.core.errors import DiskFullError
from workbench.storage import answers
from workbench.storage.database import Database

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
database = Database.open(Path(sys.argv[1]))
limit = 2 * 2**20
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
acknowledged, said = [], None

def write(key):
    database.write(lambda tx: answers.keep(tx, key, "", key * 20_000))
    acknowledged.append(key)

for i in range(1000):
    try:
        write(f"before {i}")
    except DiskFullError as error:
        said = str(error)
        break
visible = [k for k in acknowledged if database.read("idempotent_answer", {"key": k})]
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
write("after")
database.close()
json.dump([acknowledged, said, len(visible), i], sys.stdout)
"""

BLOB = """
import json, resource, signal, sys
from pathlib import Path
from workbench.core.errors import DiskFullError
from workbench.storage.blobs import BlobStore

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
store = BlobStore(Path(sys.argv[1]), max_bytes=2**30)
resource.setrlimit(resource.RLIMIT_FSIZE, (2**20, resource.RLIM_INFINITY))
said = None
try:
    store.put(b"x" * 300_000 for _ in range(10))
except DiskFullError as error:
    said = str(error)
sha256, size = store.put([b"small"])
json.dump({"said": said, "sha256": sha256, "size": size}, sys.stdout)
"""


def run(program: str, path: Path) -> Any:
    done = subprocess.run(
        [sys.executable, "-c", program, str(path)],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


def test_a_full_disk_refuses_the_write_and_keeps_what_was_acknowledged(path: Path) -> None:
    acknowledged, said, n_visible, failed = run(FILL, path)
    assert "no space is left" in said
    assert "free some space" in said
    assert n_visible == failed == len(acknowledged) - 1 > 0

    database = Database.open(path)
    for key in acknowledged:
        [row] = database.read("idempotent_answer", {"key": key})
        assert row["response"] == key * 20_000
    assert database.read("idempotent_answer", {"key": f"before {failed}"}) == []
    database.close()


def test_a_full_disk_leaves_no_part_of_a_blob(tmp_path: Path) -> None:
    answer = run(BLOB, tmp_path / "blobs")
    assert "no space is left" in answer["said"]
    files = [p for p in (tmp_path / "blobs").rglob("*") if p.is_file()]
    assert [p.parent.name + p.name for p in files] == [answer["sha256"]]
