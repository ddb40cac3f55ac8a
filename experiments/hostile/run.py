"""What do 500 hostile files and requests do to a real server? ``--smoke`` sends 63."""

import argparse
import hashlib
import json
import secrets
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any, Final

import httpx
from attacks import CLASSES, TASK, Attack, Target, attacks

from workbench.client.bench import Bench
from workbench.client.job import Job
from workbench.client.launch import bearer, http_client, server_status, stop_server
from workbench.core.errors import WorkbenchError
from workbench.core.settings import Settings
from workbench.core.wire import JobView

_BROKEN: Final = 500
_OUTCOMES: Final = ("refused", "findings", "harmless", "unclear", "crashes")


def main() -> None:
    """Attack, print a table by class or ``--json``; fail if anything broke or got out."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--smoke", action="store_true", help="7 a class: does it run?")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        answers = measure(Path(name), options.seed, 7 if options.smoke else 56)
    if options.json:
        print(json.dumps(answers))
    else:
        for question, answer in answers.items():
            print(f"{question:<40} {answer:>6}")
    bad = {q: n for q, n in answers.items() if n and q.split(": ")[-1] in {"crashes", "unclear"}}
    if bad | {q: n for q, n in answers.items() if n and q in {"foreign code run", "escapes"}}:
        raise SystemExit(f"not all is well: {bad}")


def measure(root: Path, seed: int, per_class: int) -> dict[str, int]:
    """Return how many attacks ended in which way, by class, and what got out."""
    settings = Settings.from_environment(
        {"WORKBENCH_HOME": str(root / "home"), "WORKBENCH_CACHE": str(root / "home" / "cache"),
         "WORKBENCH_KEYS": str(root / "home" / "keys"), "WORKBENCH_WORKERS": "1"}
    )  # fmt: skip
    word = secrets.token_hex(16)
    (root / "outside").mkdir()
    target = Target(root / "outside" / "secret.csv", root / "outside" / "canary")
    target.secret.write_text(f"text\n{word}\n")
    before = _digests(root)
    counts: Counter[str] = Counter()
    try:
        with Bench.on(settings, "sponsor", quiet=True) as bench:
            _open_task(bench)
            pid = server_pid(settings)
            with http_client(settings) as client:
                for attack in attacks(seed, per_class, target):
                    outcome, said = _send(bench, client, settings, attack)
                    counts[f"{attack.kind}: {outcome}"] += 1
                    counts["answers with the secret"] += word in said
                    if outcome in {"unclear", "crashes"}:
                        print(f"{attack.kind}: {attack.name[:80]!r}: {said[:300]}", flush=True)
            counts["servers lost"] = int(server_pid(settings) != pid)
    finally:
        stop_server(settings)
    counts["foreign code run"] = int(target.canary.exists())
    counts["escapes"] = int(_digests(root) != before) + counts.pop("answers with the secret")
    return {
        **{f"{kind}: {outcome}": counts[f"{kind}: {outcome}"]
           for kind in CLASSES for outcome in _OUTCOMES},
        "attacks": per_class * len(CLASSES),
        **{name: counts[name] for name in ("servers lost", "foreign code run", "escapes")},
    }  # fmt: skip


def server_pid(settings: Settings) -> int:
    """Return the process of the server; 0 if there is none."""
    health = server_status(settings)
    return 0 if health is None else health.pid


def _open_task(bench: Bench) -> None:
    bench.open_task(
        TASK, title="Song or word?", kind="text-classification",
        test=[{"text": "cuicatl", "label": "song"}, {"text": "tlahtolli", "label": "word"}],
        licenses=["MIT"], classes=["song", "word"], sign=True,
    )  # fmt: skip


def _send(
    bench: Bench, client: httpx.Client, settings: Settings, attack: Attack
) -> tuple[str, str]:
    """Return how an attack ended, and all that was answered."""
    try:
        if attack.content is None:
            return _request(client, settings, attack)
        return _offer(bench, attack.name, attack.content)
    except httpx.HTTPError as error:
        return "crashes", repr(error)


def _request(client: httpx.Client, settings: Settings, attack: Attack) -> tuple[str, str]:
    headers = {key.encode(): value.encode() for key, value in bearer(settings).items()}
    headers = {key.decode().lower(): value for key, value in headers.items()}
    headers |= {key: value.encode() for key, value in attack.headers.items()}
    answer = client.request(
        attack.method, attack.path, headers=headers, timeout=120,
        **({"json": attack.body} if attack.raw is None else {"content": attack.raw}),
    )  # fmt: skip
    said = answer.text
    if answer.status_code >= _BROKEN:
        return "crashes", f"{answer.status_code} {said}"
    if answer.is_success:
        return ("harmless" if answer.content else "unclear"), said
    return _judged(_json(said), said)


def _offer(bench: Bench, name: str, content: bytes) -> tuple[str, str]:
    connection = bench.api.connection
    sha256 = connection.upload([content])["sha256"]
    asked = {"file_sha256": sha256, "file_name": name, "license": "MIT", "owner": "stranger"}
    try:
        started = connection.request("POST", f"/tasks/{TASK}/contributions", json=asked).json()
        done = Job(bench.api, JobView.model_validate(started)).wait().result
    except WorkbenchError as error:
        problem = error.to_problem()
        said = json.dumps(problem)
        return ("crashes", said) if error.status >= _BROKEN else _judged(problem, said)
    draft = bench.contribution(done["contribution"])
    said = draft.view.model_dump_json() + repr(draft)
    return ("findings" if draft.view.findings else "harmless"), said


def _judged(problem: Any, said: str) -> tuple[str, str]:
    """Return whether a refusal says what was found, and what is wanted or to be done."""
    clear = isinstance(problem, dict) and problem.get("detail")
    clear = clear and (problem.get("wanted") or problem.get("next_step"))
    return ("refused" if clear else "unclear"), said


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


def _digests(root: Path) -> dict[str, str]:
    """Return the digest of each file outside the home."""
    return {
        str(path): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(root.rglob("*"))
        if path.is_file() and not path.is_relative_to(root / "home")
    }


if __name__ == "__main__":
    main()
