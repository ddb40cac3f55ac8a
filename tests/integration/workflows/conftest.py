"""A home with one small tabular task, opened in this process."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from workbench.core.consent import USUAL_PURPOSES, consent_body
from workbench.core.envelope import Envelope
from workbench.core.keys import PrivateKey
from workbench.core.roles import Caller
from workbench.core.settings import Settings
from workbench.core.wire import ContributionView, DraftRequest, JobView
from workbench.storage import writer
from workbench.storage.queries import QUERIES, Query
from workbench.training.tiny_gpt2 import tiny_gpt2
from workbench.workflows import contribute, join, pay, receipts, tasks
from workbench.workflows.home import Home
from workbench.workflows.whose_file import THE_MACHINES

Edit = Callable[..., None]

JOB_SECONDS = 120.0
OWNERS = {"ana": 40, "ben": 25, "eva": 12, "noise": 20}

SPEECH_RECIPE = {
    "steps": 6, "batch_rows": 6, "learning_rate": 0.02, "rank": 2, "last_blocks": 1,
    "max_tokens": 32, "dtype": "float32", "prompts": ["atl kalli"], "new_tokens": 6,
}  # fmt: skip
WORDS = ("atl", "kalli", "tlakatl", "siwatl", "nochi", "tepetl", "xochitl", "mistli")


def make_rows(n_rows: int, seed: int, *, flipped: bool = False) -> bytes:
    """Return canonical rows of two clouds; with flipped labels they mislead."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 2, n_rows)
    points = rng.normal(size=(n_rows, 2)) + 2.0 * labels[:, None]
    names = np.array(["low", "high"])[1 - labels if flipped else labels]
    lines = [
        json.dumps({"features": [float(x) for x in point], "label": str(name)}, sort_keys=True)
        for point, name in zip(points.round(6), names, strict=True)
    ]
    return ("\n".join(lines) + "\n").encode()


def make_texts(seed: int, n_rows: int = 12, words: tuple[str, ...] = WORDS) -> bytes:
    """Return canonical rows of text."""
    rng = np.random.default_rng(seed)
    rows = {" ".join(rng.choice(words, size=5)) for _ in range(n_rows)}
    return "".join(json.dumps({"text": row}) + "\n" for row in sorted(rows)).encode()


@dataclass
class Lab:
    """A home and the people who use it."""

    home: Home
    keys: dict[str, PrivateKey] = field(default_factory=dict)
    owners: Mapping[str, int] = field(default_factory=lambda: OWNERS)

    def rows(self, n_rows: int, seed: int) -> bytes:
        """Return rows of the task as a file."""
        return make_rows(n_rows, seed)

    def sign(self, name: str, kind: str, body: dict[str, Any]) -> dict[str, Any]:
        """Return a record signed by a person, who joins on first use."""
        if name not in self.keys:
            self.keys[name] = PrivateKey.make()
            join.register(self.home, self.sign(name, "principal", {"name": name, "owner": name}))
        return Envelope.sign(kind, body, self.keys[name], home=self.home.origin).to_json()

    def open_task(
        self, task_id: str = "clouds", caller: Caller = THE_MACHINES, **changes: Any
    ) -> None:
        """Open a tabular task of the sponsor's."""
        hidden, _ = self.home.blobs.put([make_rows(64, 99)])
        body = {
            "id": task_id,
            "title": "Two clouds",
            "kind": "tabular-classification",
            "metric": "log-likelihood",
            "licenses": ["CC-BY-4.0"],
            "hidden_test_sha256": hidden,
            "classes": ["low", "high"],
            "n_features": 2,
        }
        tasks.open_task(self.home, self.sign("sponsor", "task", body | changes), caller)

    def fund(self, amount: int, nonce: str = "1", task_id: str = "clouds") -> None:
        """Fund a task."""
        body = {"task": task_id, "amount": str(amount), "nonce": nonce}
        tasks.fund_task(self.home, task_id, self.sign("sponsor", "funding", body))

    def draft(
        self,
        owner: str,
        content: bytes,
        *,
        file_name: str = "rows.jsonl",
        license: str = "CC-BY-4.0",
    ) -> ContributionView:
        """Offer a file."""
        digest, _ = self.home.blobs.put([content])
        request = DraftRequest(
            file_sha256=digest, file_name=file_name, license=license, owner=owner
        )
        return contribute.draft(self.home, "clouds", request)

    def consent(self, draft: ContributionView, **changes: Any) -> dict[str, Any]:
        """Return the owner's signed submission of a draft, to which it has consented."""
        about = draft.model_dump() | {"contribution": draft.id} | changes
        body = consent_body(about, changes.get("purposes", USUAL_PURPOSES))
        given = self.sign(draft.owner, "consent", body | changes)
        receipt = receipts.give_consent(self.home, draft.id, given)
        submission = {name: value for name, value in body.items() if name != "words"}
        submission |= changes | {"consent": receipt.record}
        return self.sign(draft.owner, "contribution", submission)

    def contribute(self, owner: str, content: bytes) -> ContributionView:
        """Offer a file and sign it."""
        draft = self.draft(owner, content)
        return contribute.submit(self.home, draft.id, self.consent(draft))

    def contribute_all(self) -> None:
        """Every owner contributes; one of them misleads."""
        for seed, (owner, n_rows) in enumerate(OWNERS.items()):
            self.contribute(owner, make_rows(n_rows, seed, flipped=owner == "noise"))

    def wait(self, job: JobView) -> dict[str, Any]:
        """Return a job's result once it has ended well."""
        ended = self.home.jobs.wait(job.id, seconds=JOB_SECONDS)
        assert ended.result is not None
        return ended.result

    def wait_logged(self) -> None:
        """Wait until nobody logs to MLflow any more."""
        while running := [
            job
            for job in self.home.jobs.list()
            if job.verb == "track" and job.state in {"queued", "running"}
        ]:
            self.wait(running[0])

    def pay(self, study: str, nonce: str = "1") -> Any:
        """Close an epoch."""
        body = {"task": "clouds", "study": study, "nonce": nonce}
        return pay.close_epoch(self.home, "clouds", self.sign("sponsor", "payout", body))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Return the settings of a home of its own, which logs nowhere that answers."""
    return Settings.from_environment(
        {
            "WORKBENCH_HOME": str(tmp_path / "home"),
            "WORKBENCH_CACHE": str(tmp_path / "cache"),
            "WORKBENCH_KEYS": str(tmp_path / "keys"),
            # Nobody listens there: every run stays pending, and nothing else may suffer.
            "WORKBENCH_TRACKING_URI": "http://127.0.0.1:9",
        }
    )


@pytest.fixture
def open_lab(settings: Settings) -> Iterator[Callable[[], Lab]]:
    """Return a function that opens the home, again if it was closed."""
    opened: list[Home] = []

    def open_again() -> Lab:
        home = Home.open(settings)
        opened.append(home)
        return Lab(home)

    yield open_again
    for home in opened:
        home.close()


@pytest.fixture
def lab(open_lab: Callable[[], Lab]) -> Lab:
    """Return an open home with the task."""
    lab = open_lab()
    lab.open_task()
    return lab


@pytest.fixture
def edit(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> Iterator[Edit]:
    """Return a function that changes a recorded row, as nobody may; it is mended after."""
    undo: list[tuple[str, dict[str, Any], dict[str, Any]]] = []

    def execute(sql: str, parameters: dict[str, Any], *, has_rows: bool) -> list[dict[str, Any]]:
        tamper = Query("tamper", sql, has_rows=has_rows, has_effects=not has_rows)
        with monkeypatch.context() as patch:
            patch.setattr(writer, "QUERIES", {**QUERIES, "tamper": tamper})
            return lab.home.database.write(lambda tx: tx.execute("tamper", parameters))

    def update(table: str, key: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
        where = " and ".join(f"{name} = $key_{name}" for name in key)
        keys = {f"key_{name}": value for name, value in key.items()}
        names, new = ", ".join(changes), ", ".join(f"{name} = ${name}" for name in changes)
        [old] = execute(f"select {names} from store.{table} where {where}", keys, has_rows=True)
        execute(f"update store.{table} set {new} where {where}", keys | changes, has_rows=False)
        return old

    def change(table: str, key: dict[str, Any], **changes: Any) -> None:
        old = update(table, key, changes)
        undo.append((table, {name: changes.get(name, key[name]) for name in key}, old))

    yield change
    for table, key, old in reversed(undo):
        update(table, key, old)


@pytest.fixture(scope="module")
def logging_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """Return an open home with the task and its rows, which logs to an MLflow on SQLite."""
    root = tmp_path_factory.mktemp("logging")
    uri = f"sqlite:///{root / 'mlflow' / 'mlflow.db'}"
    home = Home.open(
        Settings.from_environment(
            {
                "WORKBENCH_HOME": str(root / "home"),
                "WORKBENCH_CACHE": str(root / "cache"),
                "WORKBENCH_KEYS": str(root / "keys"),
                "WORKBENCH_TRACKING_URI": uri,
                "WORKBENCH_WORKERS": "1",
            }
        )
    )
    lab = Lab(home)
    lab.open_task()
    lab.contribute_all()
    yield lab
    home.close()


@pytest.fixture(scope="module")
def speech(open_speech: Callable[[str], Lab]) -> Lab:
    """An open home with a task of a tiny language model, and three owners, that logs nowhere."""
    return open_speech("http://127.0.0.1:9")


@pytest.fixture(scope="module")
def open_speech(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Lab]]:
    """Return a function that opens such a home, which logs to the tracking URI given."""
    opened: list[Home] = []

    def make(tracking_uri: str) -> Lab:
        lab = _speech(tmp_path_factory.mktemp("speech"), tracking_uri)
        opened.append(lab.home)
        return lab

    yield make
    for home in opened:
        home.close()


def _speech(folder: Path, tracking_uri: str) -> Lab:
    settings = Settings(
        home=folder / "home", cache_dir=folder / "cache", keys_dir=folder / "keys",
        tracking_uri=tracking_uri, n_workers=1,
    )  # fmt: skip
    lab = Lab(Home.open(settings))
    base = tiny_gpt2(lab.home.settings.models_dir, n_layers=2, width=32)
    hidden, _ = lab.home.blobs.put([make_texts(99, 32)])
    body = {
        "id": "clouds",
        "title": "Speech",
        "kind": "causal-lm",
        "metric": "negative loss per token",
        "licenses": ["CC-BY-4.0"],
        "hidden_test_sha256": hidden,
        "base": {"name": "tiny", "digest": base},
        "recipe": SPEECH_RECIPE,
    }
    tasks.open_task(lab.home, lab.sign("sponsor", "task", body))
    lab.contribute("ana", make_texts(1))
    lab.contribute("ben", make_texts(2))
    lab.contribute("eva", make_texts(3, words=("qqxx", "zzzz", "wwkk", "jjqq")))
    return lab
