"""Whether the tables of a mirror say what its signed records say."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from workbench.core.canonical import content_id
from workbench.core.envelope import Envelope
from workbench.core.errors import WorkbenchError
from workbench.core.jobs import JobSpec
from workbench.ledger.log import ENTRY
from workbench.mirror.contents import Contents, Row
from workbench.mirror.manifest import blob_name, corrupt
from workbench.registry.task import TaskSpec
from workbench.registry.valuation import signed_values

_Check = Callable[[Contents], None]
_VALUATION: Final = "valuation"
_ACCEPTED: Final = "accepted"


def check_claims(contents: Contents) -> None:
    """Hold each table against the records and ledger entries that it rests on.

    Raises
    ------
    CorruptBundleError
        The first row that says something else, by its id.
    """
    for check in _CHECKS:
        try:
            check(contents)
        except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
            what = check.__name__.removeprefix("_check_")
            raise corrupt(f"a row of its {what} is none ({error!r:.100})") from error


def _record(contents: Contents, what: str, identity: str, kind: str | None) -> Envelope:
    envelope = contents.records.get(identity)
    if envelope is None:
        raise corrupt(f"{what} names a record {identity!r:.80}, which is not in the log")
    if kind is not None and envelope.kind != kind:
        raise corrupt(f"{what} names a {envelope.kind!r:.40} for its record", f"a {kind}")
    return envelope


def _same(what: str, pairs: Mapping[str, tuple[Any, Any]]) -> None:
    for name, (shown, signed) in pairs.items():
        if shown != signed:
            raise corrupt(f"the {name} of {what} is {shown!r:.120}", f"{signed!r:.120}, as signed")


def _check_principals(contents: Contents) -> None:
    for row in contents.rows("principal"):
        what = f"the principal {row['name']!r:.80}"
        envelope = _record(contents, what, row["record"], None)
        if envelope.kind == "principal":
            shown = {name: (row[name], envelope.body[name]) for name in ("name", "owner")}
            _same(what, shown | {"key": (row["public_key"], envelope.author)})


def _check_tasks(contents: Contents) -> None:
    owners = {row["public_key"]: row["owner"] for row in contents.rows("principal")}
    for row in contents.rows("task"):
        what = f"the task {row['id']!r:.80}"
        envelope = _record(contents, what, row["record"], "task")
        try:
            rules = TaskSpec.from_body(envelope.body)
        except WorkbenchError as error:
            raise corrupt(f"{what} has rules that are none: {error}") from error
        _same(
            what,
            {
                "rules": (json.loads(row["spec"]), rules.to_body()),
                "id": (row["id"], rules.id),
                "sponsor": (row["sponsor"], owners.get(envelope.author)),
            },
        )


def _check_contributions(contents: Contents) -> None:
    for row in contents.rows("contribution"):
        what = f"the contribution {row['id'][:12]}"
        body = _record(contents, what, row["record"], "contribution").body
        names = ("task", "owner", "file_sha256", "rows_sha256", "license")
        _same(
            what,
            {name: (row[name], body[name]) for name in names}
            | {"id": (row["id"], body["contribution"])},
        )
        is_shared = row["state"] == _ACCEPTED and body.get("right_to_share") is True
        if is_shared and blob_name(row["rows_sha256"]) not in contents.manifest.files:
            raise corrupt(f"the rows {row['rows_sha256']} of {what} are missing", "a file of them")


def _check_runs(contents: Contents) -> None:
    for row in contents.rows("run"):
        if row["kind"] != _VALUATION:
            _same(f"the run {row['id'][:12]}", {"job": (_job(row), row["id"])})


def _job(row: Row) -> str:
    return JobSpec.from_json(json.loads(row["spec"])).id


def _check_seals(contents: Contents) -> None:
    for row in contents.rows("seal"):
        what = f"the seal of run {row['run'][:12]}"
        body = _record(contents, what, row["record"], "seal").body
        names = ("run", "tracking_run", "document_sha256")
        _same(what, {name: (row[name], body[name]) for name in names})


def _check_studies(contents: Contents) -> None:
    games = {row["id"]: row for row in contents.rows("game")}
    specs = {row["id"]: json.loads(row["spec"]) for row in contents.rows("task")}
    utilities, asked = _utilities(contents), _asked(contents)
    values = _by(contents.rows("sealed_value"), "study")
    for row in contents.rows("study"):
        what = f"the study {row['id'][:12]}"
        seal = _record(contents, what, row["record"], _VALUATION)
        body, game = seal.body, games[row["game"]]
        evidence = [
            [name, _mean(utilities[row["game"], name], row["n_replicates"])]
            for name in asked[row["id"]]
        ]
        rank = {player: k for k, player in enumerate(row["players"])}
        sealed = sorted(values[row["id"]], key=lambda one: rank[one["player"]])
        shown = [one | {"n_rows": int(one["n_rows"]), "low": float(one["low"])} for one in sealed]
        pay_on = TaskSpec.from_body(specs[row["task"]]).pay_on
        _same(
            what,
            {
                "author of the seal": (seal.author, contents.manifest.origin),
                "id": (row["id"], body["study"]),
                "task": (row["task"], body["task"]),
                "game": (content_id(json.loads(game["spec"])), body["game"]),
                "digest of the utilities": (content_id(evidence), body["evidence"]),
                "values": (signed_values(shown, pay_on), body["values"]),
            },
        )


def _utilities(contents: Contents) -> dict[tuple[str, str], list[float]]:
    found: dict[tuple[str, str], list[tuple[int, float]]] = defaultdict(list)
    for row in contents.rows("evaluation"):
        found[row["game"], row["coalition"]].append((row["replicate"], float(row["utility"])))
    return {key: [utility for _, utility in sorted(pairs)] for key, pairs in found.items()}


def _mean(utilities: list[float], n_replicates: int) -> float:
    # In order of the replicates, as the database sums them: other orders round otherwise.
    total = 0.0
    for utility in utilities[:n_replicates]:
        total += utility
    return total / len(utilities[:n_replicates])


def _asked(contents: Contents) -> dict[str, list[str]]:
    rows = sorted(contents.rows("study_coalition"), key=lambda row: row["ordinal"])
    return {
        study: [row["coalition"] for row in of_study]
        for study, of_study in _by(rows, "study").items()
    }


def _check_epochs(contents: Contents) -> None:
    entries = dict(_entries(contents))
    payouts = _by(contents.rows("payout"), "epoch")
    seals = {row["id"]: row["record"] for row in contents.rows("study")}
    for row in contents.rows("epoch"):
        what = f"the epoch {row['id'][:12]}"
        body = _record(contents, what, row["record"], "payout").body
        paid = {one["owner"]: int(one["amount"]) for one in payouts[row["id"]]}
        units = {one["owner"]: one["units"] for one in payouts[row["id"]]}
        signed = contents.records[seals[row["study"]]].body["values"]
        pool = int(row["paid"]) + int(row["returned"])
        _same(
            what,
            {
                "task": (row["task"], body["task"]),
                "study": (row["study"], body["study"]),
                "pool": (int(row["pool"]), pool),
                "amount paid": (int(row["paid"]), sum(paid.values())),
                "values paid by": (units, {one["owner"]: one["units"] for one in signed}),
            },
        )
        if row["id"] in entries:
            _check_moved(what, entries[row["id"]], paid)


def _check_moved(what: str, entry: Row, paid: dict[str, int]) -> None:
    moved: dict[str, int] = defaultdict(int)
    for line in entry["postings"]:
        moved[line["destination"]] += int(line["amount"])
    for owner, amount in paid.items():
        # What returns may go to the sponsor's account beside what the sponsor is paid.
        if moved[f"user:{owner}"] < amount:
            raise corrupt(
                f"{what} shows {amount} µcr for {owner!r:.80}",
                f"the {moved[f'user:{owner}']} µcr that the ledger moved",
            )


def _entries(contents: Contents) -> Iterator[tuple[str, Row]]:
    for row in contents.log:
        if row.kind == ENTRY:
            entry = json.loads(row.entry)[ENTRY]
            yield entry["id"], entry


def _by(rows: list[Row], name: str) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        found[row[name]].append(row)
    return found


_CHECKS: Final[tuple[_Check, ...]] = (
    _check_principals,
    _check_tasks,
    _check_contributions,
    _check_runs,
    _check_seals,
    _check_studies,
    _check_epochs,
)
