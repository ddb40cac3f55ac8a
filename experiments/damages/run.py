"""What random damages to the files of a home come to: detected, harmless, or silent."""

import argparse
import json
import multiprocessing
import random
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import duckdb

from workbench.core.envelope import Envelope
from workbench.core.errors import WorkbenchError
from workbench.core.keys import PrivateKey
from workbench.core.settings import Settings
from workbench.core.wire import VerifyRequest
from workbench.ledger.posting import TREASURY, Posting
from workbench.storage import log
from workbench.storage.database import Database
from workbench.storage.ledger import write_entry
from workbench.workflows import handlers, join, tasks, verify_home
from workbench.workflows.home import Home
from workbench.workflows.jobs import Report

SEED = 20261126
DATABASE, WAL = "workbench.duckdb", "workbench.duckdb.wal"
# Changes as often as any other table, and no entry of the log speaks of it.
UNSIGNED = frozenset({"job"})
OUTCOMES = ("detected", "harmless", "unsigned", "silent", "crashed")
SECONDS = 120
N_DIGITS = 64

Damage = Callable[[Path, Path, random.Random], bool]


def settings_at(home: Path) -> Settings:
    """Return the settings of a home in a folder."""
    return Settings.from_environment(
        {
            "WORKBENCH_HOME": str(home),
            "WORKBENCH_CACHE": str(home.parent / "cache"),
            "WORKBENCH_TRACKING_URI": "http://127.0.0.1:9",
        }
    )


def write(home: Home, key: PrivateKey, first: int, n_entries: int) -> None:
    """Open a task, fund it and move credits: records, ledger entries and files."""
    rows = "".join(
        json.dumps({"features": [n + first, n % 7], "label": "high" if n % 2 else "low"}) + "\n"
        for n in range(40)
    )
    hidden, _ = home.blobs.put([rows.encode()])
    name = f"task-{first}"
    body = {
        "id": name, "title": "Two clouds", "kind": "tabular-classification",
        "metric": "log-likelihood", "licenses": ["CC-BY-4.0"], "hidden_test_sha256": hidden,
        "classes": ["low", "high"], "n_features": 2,
    }  # fmt: skip
    tasks.open_task(home, Envelope.sign("task", body, key, home=home.origin).to_json())
    for n in range(first, first + n_entries):
        funding = {"task": name, "amount": "1000", "nonce": str(n)}
        signed = Envelope.sign("funding", funding, key, home=home.origin)
        tasks.fund_task(home, name, signed.to_json())
        line = [Posting(TREASURY, f"user:{n % 5}", 1 + n)]
        move = {"identity": f"m{n}", "postings": line, "kind": "test", "reason": "r"}
        home.database.write(partial(write_entry, **move))


def make(root: Path) -> None:
    """Write ``closed`` (ended well), ``crashed`` (killed while writing) and what was earlier."""
    home = Home.open(settings_at(root / "closed"))
    key = PrivateKey(bytes(32))
    principal = Envelope.sign("principal", {"name": "ana", "owner": "ana"}, key, home=home.origin)
    join.register(home, principal.to_json())
    write(home, key, 0, 10)
    home.close()
    shutil.copytree(root / "closed", root / "earlier-closed")
    home = Home.open(settings_at(root / "closed"))
    write(home, key, 100, 10)
    home.close()
    # The same, but the server is killed in the middle: the newest lies in the write-ahead log.
    shutil.copytree(root / "closed", root / "running")
    home = Home.open(settings_at(root / "running"))
    write(home, key, 200, 5)
    shutil.copytree(root / "running", root / "earlier-crashed")
    write(home, key, 300, 5)
    home.jobs.wait(verify_home.start(home, VerifyRequest()).id, seconds=SECONDS)
    shutil.copytree(root / "running", root / "crashed")
    home.close()


# ---------------------------------------------------------------------------------- damages


def _rewrite(path: Path, content: bytes) -> None:
    path.chmod(0o600)
    path.write_bytes(content)


def cut(path: Path, _: Path, rng: random.Random) -> bool:
    """Cut a file off somewhere."""
    content = path.read_bytes()
    _rewrite(path, content[: rng.randrange(len(content))])
    return True


def flip(path: Path, _: Path, rng: random.Random) -> bool:
    """Flip one bit, or a hundred."""
    content = bytearray(path.read_bytes())
    for _n in range(rng.choice([1, 1, 100])):
        content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
    _rewrite(path, bytes(content))
    return True


def zero(path: Path, _: Path, rng: random.Random) -> bool:
    """Write zeros over a part, as a file system may after a crash."""
    content = bytearray(path.read_bytes())
    start, length = rng.randrange(len(content)), rng.choice([16, 512, 4096, 262_144])
    part = content[start : start + length]
    content[start : start + length] = bytes(len(part))
    _rewrite(path, bytes(content))
    return bool(any(part))


def delete(path: Path, _: Path, rng: random.Random) -> bool:
    """Delete a file."""
    del rng
    path.unlink()
    return True


def swap(path: Path, _: Path, rng: random.Random) -> bool:
    """Exchange two parts of a file."""
    content = bytearray(path.read_bytes())
    length = min(rng.choice([8, 512, 4096]), len(content) // 2)
    one = rng.randrange(len(content) - 2 * length + 1)
    two = rng.randrange(one + length, len(content) - length + 1)
    content[one : one + length], content[two : two + length] = (
        content[two : two + length],
        content[one : one + length],
    )
    if bytes(content) == path.read_bytes():
        return False
    _rewrite(path, bytes(content))
    return True


def roll_back(path: Path, earlier: Path, rng: random.Random) -> bool:
    """Put an earlier copy of the file in its place."""
    del rng
    if not earlier.is_file() or earlier.read_bytes() == path.read_bytes():
        return False
    _rewrite(path, earlier.read_bytes())
    return True


def chain_again(path: Path, _: Path, rng: random.Random) -> bool:
    """Change an amount, or take a record out, and write the whole log again to fit."""
    with duckdb.connect(path) as connection:
        if rng.random() < 0.5:
            connection.execute("update store.posting set amount = amount + 1 where ordinal = 0")
        else:
            connection.execute("delete from store.entry where id = 'm3'")
            connection.execute("delete from store.posting where entry = 'm3'")
            connection.execute("update store.entry set seq = seq - 1 where seq > 7")
        connection.execute("delete from store.log")
    database = Database.open(path)
    database.write(log.fill)
    database.close()
    return True


DAMAGES: dict[str, Damage] = {
    "cut": cut, "flip": flip, "zero": zero, "delete": delete, "swap": swap, "roll back": roll_back,
}  # fmt: skip
TARGETS = {
    "database": 10, "write-ahead log": 8, "head": 4, "earlier heads": 2, "file": 5, "server key": 2,
}  # fmt: skip
NAMES = {
    "database": DATABASE, "write-ahead log": WAL, "head": "head.json",
    "earlier heads": "heads.jsonl", "server key": "server.key",
}  # fmt: skip


def damage(
    home: Path, root: Path, rng: random.Random, wanted: dict[str, Any]
) -> tuple[str, str, str]:
    """Damage a copy of a home at random, and return its state, what was hit, and how."""
    while True:
        state = rng.choice(["closed", "crashed"])
        target = rng.choices(list(TARGETS), list(TARGETS.values()))[0]
        kind = rng.choice([*DAMAGES, *(["chain again"] if target == "database" else [])])
        shutil.rmtree(home, ignore_errors=True)
        shutil.copytree(root / state, home)
        if target == "file":
            sha256 = rng.choice(sorted(name for name in wanted[state] if len(name) == N_DIGITS))
            path = home / "blobs" / "sha256" / sha256[:2] / sha256[2:]
        else:
            path = home / NAMES[target]
        earlier = root / f"earlier-{state}" / path.relative_to(home)
        act = chain_again if kind == "chain again" else DAMAGES[kind]
        if path.is_file() and path.stat().st_size > 16 and act(path, earlier, rng):
            return state, target, kind


# --------------------------------------------------------------------------------- judgement


def reading(home: Home) -> dict[str, Any]:
    """Return all rows of all views, and every named file."""
    found: dict[str, Any] = {}
    for row in home.database.read("published_views"):
        table = home.database.select(f"select * from {row['name']} order by all")  # noqa: S608
        found[row["name"]] = str(table.to_pylist())
    named = verify_home.named_files(home.database)
    if not isinstance(named, dict):
        raise TypeError(f"a home that verifies names its files wrongly: {named}")
    return found | {sha256: home.blobs.read(sha256).hex() for sha256 in named}


def judge(folder: Path, wanted: dict[str, Any] | None) -> Any:
    """Return what opening, verifying and reading a home comes to; without ``wanted``, the rows."""
    try:
        home = Home.open(settings_at(folder))
    except WorkbenchError as error:
        return "detected", "open", f"{type(error).__name__}: {error.found}"
    try:
        report = Report("damages", publish=lambda _: None, cancelled=lambda: False)
        try:
            found = verify_home.check(home, {"files": True}, report)
            if found["first_bad"] is not None:
                bad = found["first_bad"]
                return "detected", f"verify: {bad['step']}", bad["found"]
        except WorkbenchError as error:
            return "detected", "verify", f"{type(error).__name__}: {error.found}"
        try:
            read = reading(home)
        except WorkbenchError as error:
            return "detected", "reading", f"{type(error).__name__}: {error.found}"
    finally:
        home.close()
    if wanted is None:
        return read
    differing = {name for name in wanted if read.get(name) != wanted[name]}
    if not differing:
        return "harmless", "", ""
    return "unsigned" if differing <= UNSIGNED else "silent", "", ", ".join(sorted(differing))


def apart(function: Callable[..., Any], *args: Any) -> Any:
    """Call a function in a process of its own, which a damaged file may take down."""
    # This process opens no database and starts no thread, so that it may fork.
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe(duplex=False)
    child = context.Process(target=lambda: theirs.send(function(*args)))
    child.start()
    theirs.close()
    answer: Any = None
    with suppress(EOFError):
        if ours.poll(SECONDS):
            answer = ours.recv()
        else:
            child.kill()
    child.join()
    return answer or ("crashed", "", f"the process ended with {child.exitcode}")


def read_whole(root: Path) -> dict[str, Any]:
    """Make the homes, and return what is read from each before it is damaged."""
    make(root)
    found = {}
    for state in ("closed", "crashed"):
        found[state] = judge(Path(shutil.copytree(root / state, root / state[:2])), None)
    return found


def attempt(root: Path, seed: int, wanted: dict[str, Any]) -> tuple[str, ...]:
    """Damage a home and judge it: outcome, by what, why; what was damaged and how."""
    rng = random.Random(seed)  # noqa: S311 - damages are to be the same every time
    state, target, kind = damage(root / "damaged", root, rng, wanted)
    (root / "damaged.json").write_text(json.dumps([state, target, kind]))
    return (*judge(root / "damaged", wanted[state]), state, target, kind)


def main() -> None:
    """Damage, judge, and print lines or ``--json``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--smoke", action="store_true", help="25 damages, not 300")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    # Loaded once, here, and not by every process that judges.
    if "verify" not in handlers.HANDLERS:
        sys.exit("no job verifies a home")
    n_damages = 25 if options.smoke else 300
    counts: Counter[str] = Counter()
    table: Counter[tuple[str, str, str, str]] = Counter()
    with tempfile.TemporaryDirectory() as temporary:
        root = Path(temporary)
        wanted = apart(read_whole, root)
        for n in range(n_damages):
            outcome, by, says, *_ = apart(attempt, root, SEED + n, wanted)
            state, target, kind = json.loads((root / "damaged.json").read_text())
            counts[outcome] += 1
            table[target, kind, outcome, by] += 1
            print(f"{n}: {state} {target} {kind}: {outcome} {by} {says[:150]}", file=sys.stderr)
    answers = {
        name: counts[name] for name in ("detected", "harmless", "unsigned", "silent", "crashed")
    }
    if options.json:
        print(json.dumps(answers))
    else:
        for (target, kind, outcome, by), n in sorted(table.items()):
            print(f"| {target} | {kind} | {outcome} {by} | {n} |")
        print(answers)
    if counts["silent"] or counts["crashed"]:
        sys.exit("some damage was not detected")


if __name__ == "__main__":
    main()
