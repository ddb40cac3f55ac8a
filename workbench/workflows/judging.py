"""The gate as a job: a challenger is checked, measured beside the champion, and judged."""

import json
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

import numpy as np

from workbench.core.canonical import canonical_bytes, sha256_hex
from workbench.core.envelope import Envelope
from workbench.core.errors import ConflictError, CorruptHomeError
from workbench.core.jobs import JobSpec
from workbench.registry.beacon import Beacon
from workbench.registry.copies import ProbedModel, find_copy
from workbench.registry.hidden_set import HiddenSet
from workbench.registry.merge_gate import Verdict, judge
from workbench.registry.merge_rules import BY_SOURCE
from workbench.registry.paired_losses import PairedLosses
from workbench.registry.proposal import State, move
from workbench.registry.refusal import Code, Refusal
from workbench.registry.task import TaskSpec
from workbench.storage import record
from workbench.storage.database import Transaction
from workbench.storage.rows import Row
from workbench.workflows.compare import comparison_job
from workbench.workflows.hidden_tests import draw_sample, gate_rows
from workbench.workflows.home import Home
from workbench.workflows.jobs import Report
from workbench.workflows.proposal_checks import Challenger, RefusedError, attempt, check
from workbench.workflows.proposals import (
    VERB,
    VERDICT,
    champion_in,
    champion_since,
    row_in,
    row_of,
)
from workbench.workflows.replicas import beside, recipe_of, train_replicas
from workbench.workflows.tasks import get_spec

_BEFORE_THE_GATE: Final = frozenset({"revealed", "checked"})
_PASSED: Final = "passed"
# Beside champion and challenger; a comparison takes no more.
_MOST_EARLIER: Final = 30
# A smaller slice would differ by chance alone.
_LEAST_ITEMS_OF_SLICE: Final = 30
# The first condition that does not hold is the reason.
_CODES: Final[dict[str, Code]] = {
    "significance": "no-better",
    "margin": "margin",
    "slices": "regression",
}
_KEPT: Final = ("scores", "metrics", "slices", "disagreements", "generations", "n_rows")


def handle(home: Home, request: dict[str, Any], report: Report) -> dict[str, Any]:
    """Judge a proposal that ``propose`` started; called again after a crash, it goes on."""
    row = row_of(home, request["proposal"])
    if row["state"] in _BEFORE_THE_GATE:
        try:
            _judge(home, row, report)
        except RefusedError as refused:
            _refuse(home, row["id"], refused.refusal)
    row = row_of(home, row["id"])
    report.emit({"type": "note", "message": f"the proposal is {row['state']} {row['reason']}"})
    return {"proposal": row["id"], "state": row["state"], "reason": row["reason"]}


def keep_head(home: Home, proposal: str) -> None:
    """Keep the head that was signed after a proposal was revealed; the first one stays."""
    row = row_of(home, proposal)
    signed = home.heads.newest()
    if row["head"] is not None or signed is None:
        return
    text, head = signed
    if head.size > _place(home, proposal):
        values = {"id": proposal, "head": text.decode()}
        home.database.write(lambda tx: tx.execute("set_proposal_head", values))


def judge_due(home: Home, now: datetime) -> list[str]:
    """Judge waiting proposals again for whom the margin is low enough now; return their ids.

    Nothing is measured again, so it is no other use of the hidden test. The server asks for it
    once a second, so that nobody has to.

    Parameters
    ----------
    now : UTC.
    """
    if not home.heads.may_grow:
        return []
    for row in home.database.read("proposals_nobody_judges"):
        # The server was killed right after one was revealed.
        keep_head(home, row["id"])
        home.jobs.start(VERB, row["task"], {"proposal": row["id"]})
    due = home.database.read("proposals_to_judge_again", {"now": now})
    for row in due:
        _judge_again(home, row["id"], now)
    return [row["id"] for row in due]


def losses_of(home: Home, proposal: str) -> PairedLosses:
    """Return what champion and challenger lost on the items of a proposal's gate."""
    row = row_of(home, proposal)
    [gate] = home.database.read("gate_of_proposal", {"proposal": proposal})
    return _paired(json.loads(home.blobs.read(gate["losses_sha256"])), get_spec(home, row["task"]))


def _judge(home: Home, row: Row, report: Report) -> None:
    if _is_stale(home, row["id"]):
        return
    keep_head(home, row["id"])
    beacon = _beacon(home, row["id"])
    report.emit({"type": "note", "message": "checking data and weights"})
    challenger = check(home, row, beacon, report)
    _move(home, row["id"], "checked")
    spec = get_spec(home, row["task"])
    pair = (row["base"], challenger.digest)
    # What cannot be trained again is told before the hidden test is used.
    recipes = [recipe_of(home, spec.id, one) for one in pair] if spec.merge.seeds > 1 else []
    hidden = gate_rows(home, spec.id)
    try:
        _use(home, row, spec, hidden)
    except ConflictError:
        # It keeps its place, and its owner reads why nothing happens.
        _move(home, row["id"], "checked", "hidden-test-retired")
        return
    gate = home.database.read("gate_of_proposal", {"proposal": row["id"]})[0]
    if gate["losses_sha256"] is None:
        _measure(home, row, spec, challenger, recipes, beacon, report)
    _judge_again(home, row["id"], datetime.now(UTC))


def _measure(
    home: Home,
    row: Row,
    spec: TaskSpec,
    challenger: Challenger,
    recipes: Sequence[JobSpec],
    beacon: Beacon,
    report: Report,
) -> None:
    """Compare champion and challenger in one job of one worker, and keep what they lost."""
    earlier = [one for one in challenger.earlier if one not in {row["base"], challenger.digest}]
    n_earlier = _MOST_EARLIER if spec.merge.seeds == 1 else _MOST_EARLIER - 2 * spec.merge.seeds
    models = [row["base"], challenger.digest, *earlier[len(earlier) - n_earlier :]]
    test = draw_sample(home, spec, beacon)
    job = comparison_job(home, spec, models, beacon.seed("compare"), test)
    pairs = [(row["base"], challenger.digest)]
    if recipes:
        both = train_replicas(home, recipes, beacon.seeds(spec.merge.seeds), report)
        job, pairs = beside(job, both), list(zip(*(one.names for one in both), strict=True))
    report.emit({"type": "note", "message": "measuring the challenger beside the champion"})
    outcome = attempt(
        lambda: home.executor.run(job, on_event=report.emit, cancelled=report.cancelled)
    )
    with outcome:
        items = json.loads(outcome.output["items.json"].read_bytes())
        _check_answers(models, challenger.digest, items["answers"])
        kept, _ = home.blobs.put([canonical_bytes(_pair(items, pairs, spec))])
        told = {name: outcome.result[name] for name in _KEPT if name in outcome.result}
    details = {"job": job.id, "weights": challenger.weights, "comparison": told}
    values = {"proposal": row["id"], "losses_sha256": kept}
    values["details"] = canonical_bytes(details).decode()
    home.database.write(lambda tx: tx.execute("keep_gate", values))


def _check_answers(models: Sequence[str], challenger: str, answers: dict[str, list[str]]) -> None:
    probed = {name: ProbedModel(name[:12], name, answers[name]) for name in models}
    others = [probed[name] for name in models if name != challenger]
    if copy := find_copy(probed[challenger], others):
        raise RefusedError(Refusal("copy", str(copy), "a model that answers by itself"))


def _pair(
    items: dict[str, Any], pairs: Sequence[tuple[str, str]], spec: TaskSpec
) -> dict[str, Any]:
    """Return what a verdict rests on: losses of both with each seed, and nothing items say."""
    is_accuracy = spec.metric == "accuracy"
    losses = items["errors" if is_accuracy else "losses"]
    return {
        "digests": items["digests"],
        "parts": [1] * len(items["digests"]) if is_accuracy else items["parts"],
        "slices": items["slices"],
        "champion": [losses[champion] for champion, _ in pairs],
        "challenger": [losses[challenger] for _, challenger in pairs],
    }


def _paired(kept: dict[str, Any], spec: TaskSpec) -> PairedLosses:
    n_items = len(kept["digests"])
    return PairedLosses(
        "accuracy" if spec.metric == "accuracy" else "loss",
        np.array(kept["champion"], dtype=np.int64).reshape(-1, n_items),
        np.array(kept["challenger"], dtype=np.int64).reshape(-1, n_items),
        np.array(kept["parts"], dtype=np.int64),
        kept["slices"]["source"] if spec.merge.documents == BY_SOURCE else kept["digests"],
        {by: _large(values) for by, values in kept["slices"].items()},
    )


def _large(values: Sequence[str]) -> list[str]:
    """Return the slices of items, small ones together."""
    counts = Counter(values)
    small = {value for value, n_items in counts.items() if n_items < _LEAST_ITEMS_OF_SLICE}
    return [f"{len(small)} small ones" if value in small else value for value in values]


def _judge_again(home: Home, proposal: str, now: datetime) -> None:
    """Judge by what was measured, as time has it now, and sign that."""
    row = row_of(home, proposal)
    spec = get_spec(home, row["task"])
    since = champion_since(home, row["task"], row["base"])
    rng = np.random.default_rng(_beacon(home, proposal).seed("gate"))
    verdict = judge(losses_of(home, proposal), spec.merge.gate, now - since, rng)
    again_at = None if verdict.again_after is None else since + verdict.again_after
    _sign(home, row, _said(verdict, again_at))


def _said(verdict: Verdict, again_at: datetime | None) -> dict[str, Any]:
    missing = [one for one in verdict.conditions if not one.holds]
    passed = verdict.decision == "merged"
    return {
        "decision": _PASSED if passed else verdict.decision,
        "reason": "" if passed else _CODES[missing[0].name],
        "found": "; ".join(one.found for one in missing),
        "wanted": "; ".join(one.wanted for one in missing),
        "conditions": [
            {"name": one.name, "holds": one.holds, "found": one.found, "wanted": one.wanted}
            for one in verdict.conditions
        ],
        # A text: it reads the same in every language.
        "p": repr(float(verdict.p)),
        "gain": str(verdict.gain),
        "again_at": None if again_at is None else again_at.isoformat(),
    }


def _refuse(home: Home, proposal: str, refusal: Refusal) -> None:
    row = row_of(home, proposal)
    said: dict[str, Any] = {"decision": "rejected", "reason": refusal.code, "found": refusal.found}
    said |= {"wanted": refusal.wanted, "conditions": [], "p": None, "gain": "0"}
    _sign(home, row, said | {"again_at": None})


def _sign(home: Home, row: Row, said: dict[str, Any]) -> None:
    """Sign a verdict, and let the proposal go where it says; once each."""
    gate = home.database.read("gate_of_proposal", {"proposal": row["id"]})
    body = {name: row[name] for name in ("task", "base", "model")} | {"proposal": row["id"]} | said
    body["head"] = None if row["head"] is None else json.loads(row["head"])
    body["hidden_sha256"] = gate[0]["hidden_sha256"] if gate else None
    body["losses_sha256"] = gate[0]["losses_sha256"] if gate else None
    envelope = Envelope.sign(VERDICT, body, home.key)

    def write(tx: Transaction) -> None:
        now = row_in(tx, row["id"])
        if now["state"] not in {*_BEFORE_THE_GATE, "waiting"} or _stale_in(tx, now):
            return
        state: State = now["state"]
        if said["conditions"]:
            state = move(state, "evaluated")
        if said["decision"] != _PASSED:
            state = move(state, said["decision"])
        record.append(tx, envelope)
        again = said["again_at"]
        values = {"id": row["id"], "state": state, "reason": said["reason"]}
        values["again_at"] = None if again is None else datetime.fromisoformat(again)
        tx.execute("move_proposal", values | {"now": tx.now})

    home.database.write(write)


def _move(home: Home, proposal: str, to: State, reason: str = "") -> None:
    def write(tx: Transaction) -> None:
        now = row_in(tx, proposal)
        if now["state"] in _BEFORE_THE_GATE:
            state = to if now["state"] == to else move(now["state"], to)
            values = {"id": proposal, "state": state, "reason": reason, "again_at": None}
            tx.execute("move_proposal", values | {"now": tx.now})

    home.database.write(write)


def _is_stale(home: Home, proposal: str) -> bool:
    return home.database.write(lambda tx: _stale_in(tx, row_in(tx, proposal)))


def _stale_in(tx: Transaction, row: Row) -> bool:
    champion = champion_in(tx, row["task"])
    if row["base"] == champion:
        return False
    tx.execute("make_proposals_stale", {"task": row["task"], "champion": champion, "now": tx.now})
    return True


def _use(home: Home, row: Row, spec: TaskSpec, hidden: str) -> None:
    """Count a use of the hidden test before it is made; raise ``ConflictError`` if none is left."""

    def write(tx: Transaction) -> None:
        asked = {"hidden_sha256": hidden, "proposal": row["id"]}
        if tx.execute("gate_of_proposal", {"proposal": row["id"]}):
            return
        uses = tuple(one["proposal"] for one in tx.execute("gates_of_others", asked))
        # Another task may have used the same test, with a budget of its own.
        HiddenSet(hidden, max(spec.merge.gate_budget, len(uses)), uses).use(row["id"])
        tx.execute("insert_gate", asked | {"task": row["task"], "now": tx.now})

    home.database.write(write)


def _place(home: Home, proposal: str) -> int:
    """Return the place in the log of the record that revealed a proposal."""
    named = home.database.read("logged_named", {"name": proposal})
    return int(next(row["seq"] for row in named if row["id"] == proposal))


def _beacon(home: Home, proposal: str) -> Beacon:
    text = row_of(home, proposal)["head"]
    if text is None:
        raise CorruptHomeError(
            "no head was signed since the proposal was revealed",
            wanted="a head file that can be written",
            next_step="see what is wrong with it: workbench doctor, then propose the same again",
        )
    size = json.loads(text)["body"]["size"]
    return Beacon.after(proposal, _place(home, proposal), sha256_hex(text.encode()), size)
