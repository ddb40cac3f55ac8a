"""A server made of answers: what a test says a route returns, and what was asked of it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from workbench.client.bench import Bench
from workbench.core.errors import NotFoundError
from workbench.core.home_keys import prove_key
from workbench.core.keys import PrivateKey

Answer = Any
HOME_KEY = PrivateKey(bytes([7]) * 32)
NOW = "2026-11-22T10:00:00Z"


class FakeConnection:
    """Answers by (method, path); a callable is given the request's JSON body."""

    def __init__(self) -> None:
        self.answers: dict[tuple[str, str], Answer] = {("GET", "/principals"): []}
        self.asked: list[tuple[str, str, Any]] = []
        self.streams: dict[str, list[dict[str, Any]]] = {}
        self.stored: list[bytes] = []
        self.on("POST", "/principals", self._register)

    def on(self, method: str, path: str, answer: Answer) -> None:
        self.answers[method, path] = answer

    def bodies(self, path: str) -> list[Any]:
        return [body for method, p, body in self.asked if (method, p) == ("POST", path)]

    home = None

    def request(
        self, method: str, path: str, *, json: Any = None, params: Any = None, **_: Any
    ) -> httpx.Response:
        self.asked.append((method, path, json))
        if (method, path) == ("GET", "/home"):
            proof = prove_key(HOME_KEY, params["challenge"])
            return httpx.Response(200, json={"key": HOME_KEY.public_hex, "proof": proof})
        if (method, path) not in self.answers:
            raise NotFoundError(f"no answer for {method} {path}")
        answer = self.answers[method, path]
        answer = answer(json) if callable(answer) else answer
        if isinstance(answer, bytes):
            return httpx.Response(200, content=answer)
        return httpx.Response(200, json=answer)

    def stream_events(self, path: str, after: int = -1) -> Iterator[tuple[int, dict[str, Any]]]:
        for number, event in enumerate(self.streams.get(path, [])):
            if number > after:
                yield number, event
                if event["type"] == "end":
                    return

    def upload(
        self, source: Any, *, on_progress: Callable[[int], None] | None = None
    ) -> dict[str, Any]:
        content = source.read_bytes() if isinstance(source, Path) else b"".join(source)
        self.stored.append(content)
        if on_progress is not None:
            on_progress(len(content))
        return {"sha256": "f" * 64, "size": len(content)}

    def close(self) -> None:
        self.asked.append(("CLOSE", "", None))

    def on_contribution(self, path: str, found: dict[str, Any]) -> None:
        """Have a job that is done answer a POST, and lead to this contribution."""
        gates = [{"gate": "format", "seconds": 0.25}, {"gate": "schema", "seconds": 0.5}]
        result = {"contribution": found["id"], "gates": gates}
        job = Wire.job(verb="contribute", state="done", result=result)
        self.on("POST", path, job)
        self.on("GET", f"/jobs/{job['id']}", job)
        self.on("GET", f"/contributions/{found['id']}", found)

    @staticmethod
    def _register(body: Any) -> Any:
        envelope = body["envelope"]
        return envelope["body"] | {"public_key": envelope["author"]}


@pytest.fixture
def server() -> FakeConnection:
    return FakeConnection()


@pytest.fixture
def bench(server: FakeConnection, tmp_path: Path) -> Bench:
    return Bench(server, tmp_path / "keys")


@pytest.fixture
def wire() -> type["Wire"]:
    return Wire


class Wire:
    """Wire objects as a server sends them."""

    @staticmethod
    def task(**changes: Any) -> dict[str, Any]:
        return {
            "id": "t", "title": "A task", "kind": "causal-lm", "sponsor": "s", "pool": "1500000",
            "spec": {"metric": "negative loss per token", "licenses": ["MIT"], "base": None},
            "n_contributions": 2, "n_rows": 30, "champion": None, "created_at": NOW,
        } | changes  # fmt: skip

    @staticmethod
    def contribution(**changes: Any) -> dict[str, Any]:
        return {
            "id": "c" * 64, "task": "t", "owner": "me", "state": "draft",
            "file_name": "rows.jsonl", "file_sha256": "f" * 64, "rows_sha256": "e" * 64,
            "license": "MIT", "n_rows_submitted": 3, "n_rows": 2, "created_at": NOW,
            "updated_at": NOW,
            "findings": [
                {"gate": "duplicates", "code": "duplicate-inside", "outcome": "dropped",
                 "rows": [3], "n_rows": 1, "message": "row 3 is there twice", "remedy": "drop it"}
            ],
        } | changes  # fmt: skip

    @staticmethod
    def receipt(**changes: Any) -> dict[str, Any]:
        return {
            "record": "b" * 64, "contribution": "c" * 64, "state": "draft", "words": "",
            "envelope": {}, "created_at": NOW,
        } | changes  # fmt: skip

    @staticmethod
    def job(**changes: Any) -> dict[str, Any]:
        return {
            "id": "a" * 64, "verb": "train", "task": "t", "state": "running", "result": None,
            "problem": None, "attempts": 1, "created_at": NOW, "finished_at": None,
        } | changes  # fmt: skip

    @staticmethod
    def run(**changes: Any) -> dict[str, Any]:
        return {
            "id": "r" * 64, "task": "t", "kind": "fine-tune", "model": "d" * 64,
            "metrics": {"loss": 1.25, "base_loss": 2.0},
            "details": {
                "curve": [[1, 2.0], [2, 1.25]],
                "samples": [{"prompt": "In", "base": "xx", "tuned": "yy"}],
            },
            "tracking_state": "logged", "tracking_run": "m1", "created_at": NOW,
        } | changes  # fmt: skip

    @staticmethod
    def reproduction(**changes: Any) -> dict[str, Any]:
        return {
            "record": "9" * 64, "run": "r" * 64, "task": "t", "kind": "fine-tune",
            "outcome": "identical", "head": "8" * 64, "tolerance": 0.001,
            "share_tolerance": 0.03, "n_compared": 5, "n_recorded": 5,
            "fingerprint_differences": [], "first_difference": None,
            "environment": {"cpu": "one"}, "author": "7" * 64, "created_at": NOW,
        } | changes  # fmt: skip

    @staticmethod
    def study(**changes: Any) -> dict[str, Any]:
        rows = [("b", 10, -0.25, 0.125, 2), ("a", 20, 0.5, 0.0, 1)]
        return {
            "id": "5" * 64, "task": "t", "game": "g", "method": "exact",
            "answered_by": "exact", "why_method": "all 4 coalitions are affordable",
            "budget": 4, "seed": "0", "semivalue": "shapley", "confidence": 0.95,
            "n_replicates": 1, "state": "sealed", "converged": True, "n_evaluations": 4,
            "n_given": 0, "n_players": 2, "metric": "accuracy",
            "values": [
                {"player": k, "owner": o, "n_rows": n, "value": v, "standard_error": e,
                 "low": v - 2 * e, "high": v + 2 * e, "rank": r, "probability_of_rank": 1.0,
                 "units": str(round(v * 10**12))}
                for k, (o, n, v, e, r) in enumerate(rows)
            ],
            "created_at": NOW, "sealed_at": NOW,
        } | changes  # fmt: skip

    @staticmethod
    def epoch(**changes: Any) -> dict[str, Any]:
        return {
            "id": "e" * 64, "task": "t", "number": 1, "study": "5" * 64, "pool": "1000000",
            "paid": "1000000", "returned": "0", "created_at": NOW,
            "payouts": [
                {"owner": "b", "n_rows": 10, "value": -0.25, "standard_error": 0.125, "rank": 2,
                 "share": 0.0, "amount": "0"},
                {"owner": "a", "n_rows": 20, "value": 0.5, "standard_error": 0.0, "rank": 1,
                 "share": 1.0, "amount": "1000000"},
            ],
        } | changes  # fmt: skip
