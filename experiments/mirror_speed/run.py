"""How long the mirror of a home takes: to be exported, checked, imported, and exported again."""

import argparse
import json
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from fastapi.testclient import TestClient

from workbench.client.bench import Bench
from workbench.client.progress import Silent
from workbench.client.transport import InProcessTransport
from workbench.core.envelope import Envelope
from workbench.core.keys import PrivateKey
from workbench.core.settings import Settings
from workbench.server.app import create_app
from workbench.workflows import join, transfer, treasury
from workbench.workflows.home import Home

# As many as the writer commits at once, twice.
N_TOGETHER = 512


def settings_at(folder: Path) -> Settings:
    """Return the settings of a home in a folder, which logs nowhere."""
    return Settings(
        home=folder / "home", cache_dir=folder / "cache", keys_dir=folder / "keys",
        tracking_uri="http://127.0.0.1:9", n_workers=2,
    )  # fmt: skip


def fill(folder: Path, n_entries: int) -> None:
    """Write a home whose log has so many entries: signed transfers, and what each moved."""
    home = Home.open(settings_at(folder))
    keys = {name: PrivateKey.make() for name in ("ana", "ben")}
    for name, key in keys.items():
        body = {"name": name, "owner": name}
        join.register(home, Envelope.sign("principal", body, key, home=home.origin).to_json())
    granted = {"owner": "ana", "amount": str(n_entries), "nonce": "first"}
    signed = Envelope.sign("grant", granted, keys["ana"], home=home.origin)
    treasury.grant(home, signed.to_json())
    give(home, keys["ana"], (n_entries - 4) // 2, "transfer")
    home.close()


def give(home: Home, key: PrivateKey, n_transfers: int, nonce: str) -> None:
    """Let ana give ben one µcr, so many times."""
    waiting = []
    for number in range(n_transfers):
        body = {"source": "ana", "destination": "ben", "amount": "1", "nonce": f"{nonce} {number}"}
        signed = Envelope.sign("transfer", body, key, home=home.origin)
        waiting.append(transfer.transfer(home, signed.to_json()))
        if len(waiting) == N_TOGETHER:
            for one in waiting:
                one.result()
            waiting.clear()
    for one in waiting:
        one.result()


@contextmanager
def opened(folder: Path) -> Iterator[Bench]:
    """Open a home and its server in this process."""
    home = Home.open(settings_at(folder))
    app = TestClient(create_app(home, "token"), headers={"Authorization": "Bearer token"})
    with closing(home), app, closing(InProcessTransport(app)) as transport:
        settings = home.settings
        yield Bench(transport, settings.keys_dir, "ana", settings=settings, make_display=Silent)


def measure(root: Path, n_entries: int) -> dict[str, float]:
    """Return how long each step takes."""
    seconds: dict[str, float] = {}

    @contextmanager
    def timed(what: str) -> Iterator[None]:
        begun, worked = time.perf_counter(), time.process_time()
        yield
        seconds[f"seconds to {what}"] = round(time.perf_counter() - begun, 2)
        seconds[f"CPU seconds to {what}"] = round(time.process_time() - worked, 2)
        print(seconds, file=sys.stderr)

    mirror = root / "mirror"
    with timed("fill the home"):
        fill(root / "origin", n_entries)
    with opened(root / "origin") as origin:
        with timed("export it"):
            first = origin.home_mirror(mirror).export()
        with timed("export it again, unchanged"):
            again = origin.home_mirror(mirror).export()
        if first.manifest.head.size != n_entries or again.moved is None or again.moved.n_files:
            raise RuntimeError(f"the exports differ: {first.manifest.head} {again.moved}")
        with timed("check it"):
            origin.home_mirror(mirror).check()
    with opened(root / "other") as other:
        with timed("import it"):
            other.home_mirror(mirror).import_()
        [row] = other.sql("select count(*) as n from log").to_dict("records")
        if row["n"] != n_entries:
            raise RuntimeError(f"{row['n']} entries were imported")
    seconds["megabytes of the mirror"] = round(first.manifest.n_bytes / 1e6, 1)
    seconds["files of the mirror"] = len(first.manifest.files)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    seconds["megabytes of memory at most"] = round(peak / 1024)
    return seconds


def main() -> None:
    """Measure, and print lines or ``--json``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--smoke", action="store_true", help="only try, with few entries")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--entries", type=int, default=100_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        answers = measure(Path(folder), 200 if options.smoke else options.entries)
    if options.json:
        print(json.dumps(answers))
    else:
        for name, answer in answers.items():
            print(f"{name}: {answer}")


if __name__ == "__main__":
    main()
