"""Mirror: hand a run, or the whole home, on, and take in what another server made."""

import json
from functools import partial
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any, Final

from workbench.core.canonical import canonical_bytes
from workbench.core.envelope import Envelope
from workbench.core.errors import ConflictError, CorruptBundleError, NotFoundError, TooLargeError
from workbench.core.wire import RunView
from workbench.registry.bundle import Row, RunBundle
from workbench.registry.valuation import evidence_digest
from workbench.storage import record
from workbench.storage.coalitions import coalition_of, words_of
from workbench.storage.database import Transaction
from workbench.workflows.home import Home
from workbench.workflows.jobs import Report
from workbench.workflows.mirror_export import export_home
from workbench.workflows.mirror_import import import_home
from workbench.workflows.reproduce import inputs_of_run
from workbench.workflows.study import insert_coalitions
from workbench.workflows.train import get_run

_MODEL: Final = "model:"
_VALUATION: Final = "valuation"
_MAX_ENTRY_BYTES: Final = 256 * 2**20
_RUN: Final = ("id", "task", "kind", "model")
_ASKED: Final = ("id", "game", "task", "method", "budget", "seed", "players", "n_replicates")
_SEALED: Final = ("id", "record", "answered_by", "why", "converged")
_OWN_HOME: Final = "import into a home of its own: workbench mirror import FOLDER --home NEW"


def handle(home: Home, request: dict[str, Any], report: Report) -> dict[str, Any]:
    """Write the whole home as plain files, or take in that of another server."""
    if "import" in request:
        return import_home(home, request["import"], report)
    return export_home(home, request["export"], report)


def make_entry(home: Home, run_id: str, *, hidden_test: bool) -> RunBundle:
    """Return a run with all that somebody else needs to do it again.

    The hidden test goes out only when that is asked for: whoever has it can train on it. Rows
    whose owner has not said that they may be shared, or has withdrawn them, stay at home, too.
    """
    run = get_run(home, run_id)
    [row] = home.database.read("run_by_id", {"id": run.id})
    [task] = home.database.read("tasks", {"id": row["task"]})
    inputs = inputs_of_run(home, row)
    study = _study(home, row) if row["kind"] == _VALUATION else {}
    version = _version(home, row) if row["model"] else None
    records = _records(home, row, task, set(inputs.values()))
    private = {
        one.body["rows_sha256"]
        for one in records
        if one.kind == "contribution" and one.body.get("right_to_share") is not True
    }
    gone = home.database.read("withdrawn_data_of", {"run": run.id, "task": None})
    private |= {one["rows_sha256"] for one in gone}
    if not hidden_test:
        private.add(task["hidden_rows_sha256"])
    files = {*inputs.values(), *(version["artifacts"].values() if version else ())}
    blobs = sorted(one for one in files if not one.startswith(_MODEL) and one not in private)
    return RunBundle(
        origin=home.key.public_hex,
        run={name: row[name] for name in _RUN}
        | {name: json.loads(row[name]) for name in ("spec", "metrics", "details")},
        task={
            name: task[name]
            for name in ("id", "title", "kind", "hidden_rows_sha256", "sponsor", "record")
        }
        | {"spec": json.loads(task["spec"])},
        records=[one.to_json() for one in records],
        blobs={digest: home.blobs.path(digest).stat().st_size for digest in blobs},
        withheld={name: digest for name, digest in inputs.items() if digest in private},
        models=sorted(
            one.removeprefix(_MODEL) for one in inputs.values() if one.startswith(_MODEL)
        ),
        version=version,
        study=study,
    )


def blob_of_entry(home: Home, run_id: str, sha256: str, *, hidden_test: bool) -> Path:
    """Return where a file of a run's entry lies.

    Raises
    ------
    NotFoundError
        The entry has no such file: what it does not name, nobody gets this way.
    """
    if sha256 not in make_entry(home, run_id, hidden_test=hidden_test).blobs:
        raise NotFoundError(
            f"the bundle of the run {run_id[:12]} has no file {sha256[:16]!r}",
            wanted="a digest among its blobs",
        )
    return home.blobs.path(sha256)


def import_entry(home: Home, entry_sha256: str) -> RunView:
    """Take in a run from an entry that was uploaded, like all the files it names.

    Nothing is believed: signatures, digests and what follows from them are checked first, and
    the run is in the home whole or not at all. What was here already stays as it is.

    Raises
    ------
    CorruptBundleError
        A part contradicts another or is not what was signed.
    NotFoundError
        A file that the entry names was not uploaded.
    ConflictError
        This home has a task of that name with other rules.
    """
    path = home.blobs.path(entry_sha256)
    if path.stat().st_size > _MAX_ENTRY_BYTES:
        raise TooLargeError("the entry is larger than any bundle's", wanted="at most 256 MiB")
    try:
        bundle = RunBundle.from_json(json.loads(path.read_bytes()))
    except ValueError as error:
        raise CorruptBundleError("the entry is not JSON", wanted="an entry of a bundle") from error
    envelopes = bundle.check()
    _check_files(home, bundle)
    home.database.write(lambda tx: _insert(tx, home, bundle, envelopes, entry_sha256))
    return get_run(home, bundle.run["id"])


def name_bundled(home: Home) -> None:
    """Name the records that came in with runs of other servers, in a home of before that was done.

    The registration of a person, or a contribution, that no table shows and no such record names
    was left out: that is how whoever checks a mirror sees it.
    """
    if home.heads.is_mirror:
        return
    unnamed = {row["content_id"] for row in home.database.read("unnamed_records")}
    runs = home.database.read("mirrored_runs", {"run": None}) if unnamed else []
    for row in runs:
        if not home.blobs.has(row["entry_sha256"]):
            continue
        entry = RunBundle.from_json(json.loads(home.blobs.path(row["entry_sha256"]).read_bytes()))
        came = [Envelope.from_json(one).content_id for one in entry.records]
        named = [one for one in came if one in unnamed]
        unnamed.difference_update(named)
        if named:
            found = _bundled(home, entry, row["entry_sha256"], named)
            home.database.write(partial(record.append, envelope=found))


def _bundled(home: Home, bundle: RunBundle, entry_sha256: str, records: list[str]) -> Envelope:
    """Return the server's word for which records are another server's."""
    body = {"run": bundle.run["id"], "origin": bundle.origin, "entry_sha256": entry_sha256}
    return Envelope.sign("bundle", body | {"records": records}, home.key)


def _check_files(home: Home, bundle: RunBundle) -> None:
    gone = [
        digest
        for digest, size in bundle.blobs.items()
        if not home.blobs.has(digest) or home.blobs.path(digest).stat().st_size != size
    ]
    if gone:
        raise NotFoundError(
            f"{len(gone)} of the {len(bundle.blobs)} files that the bundle names are not here, "
            f"first {gone[0][:16]}…",
            wanted="every file that the entry names",
            next_step="the bundle is incomplete: ask for it again",
            missing=gone[:20],
        )


def _version(home: Home, run: Row) -> Row:
    asked = {"digest": run["model"], "task": run["task"]}
    [row] = home.database.read("model_of_task_by_digest", asked)
    return row | {"artifacts": json.loads(row["artifacts"])}


def _records(home: Home, run: Row, task: Row, inputs: set[str]) -> list[Envelope]:
    """Return what was signed of a run, and by whom, in the order of the log."""
    asked = {"run": run["id"], "task": task["id"], "task_record": task["record"]}
    rows = home.database.read("records_of_run", asked | {"rows": sorted(inputs)})
    return [Envelope.from_json(json.loads(row["envelope"])) for row in rows]


def _study(home: Home, run: Row) -> Row:
    study_id = json.loads(run["details"])["study"]
    [study] = home.database.read("study_by_id", {"id": study_id})
    game = study["game"]
    of_study = {"study": study_id}
    return {
        "study": {name: study[name] for name in {*_ASKED, *_SEALED}}
        | {"options": json.loads(study["options"])},
        "game": {"id": game, "spec": json.loads(study["game_spec"])},
        "players": home.database.read("players_of_game", {"game": game}),
        "evaluations": home.database.read("evaluations_of_study", of_study),
        "evidence": home.database.read("study_coalitions", of_study),
        "permutations": home.database.read("permutations_of_study", of_study),
        "values": [
            row | {"units": str(row["units"])}
            for row in home.database.read("sealed_values_in_order", of_study)
        ],
    }


def _insert(
    tx: Transaction, home: Home, bundle: RunBundle, envelopes: list[Envelope], entry_sha256: str
) -> None:
    run = bundle.run
    if tx.execute("run_by_id", {"id": run["id"]}):
        return
    _insert_task(tx, bundle.task)
    appended = [record.append(tx, envelope, of_another_home=True) for envelope in envelopes]
    new = [identity for identity, is_new in appended if is_new]
    record.append(tx, _bundled(home, bundle, entry_sha256, new))
    if bundle.study:
        _insert_study(tx, bundle.study)
    texts = {name: canonical_bytes(run[name]).decode() for name in ("spec", "metrics", "details")}
    tx.execute("insert_run", {name: run[name] for name in _RUN} | texts | {"now": tx.now})
    if bundle.version is not None:
        artifacts = canonical_bytes(bundle.version["artifacts"]).decode()
        tx.execute("insert_model", bundle.version | {"artifacts": artifacts, "now": tx.now})
    tx.execute(
        "insert_mirrored_run",
        {
            "run": run["id"],
            "origin": bundle.origin,
            "entry_sha256": entry_sha256,
            "now": tx.now,
        },
    )


def _insert_task(tx: Transaction, task: Row) -> None:
    known = tx.execute("tasks", {"id": task["id"]})
    if known and known[0]["record"] != task["record"]:
        raise ConflictError(
            f"this home has a task {task['id']!r} with other rules",
            wanted="a home without it",
            next_step=_OWN_HOME,
        )
    if not known:
        spec = canonical_bytes(task["spec"]).decode()
        tx.execute("insert_task", task | {"spec": spec, "created_at": tx.now})


def _insert_study(tx: Transaction, found: Row) -> None:
    study, game = found["study"], found["game"]
    if tx.execute("study_by_id", {"id": study["id"]}):
        return
    spec = canonical_bytes(game["spec"]).decode()
    tx.execute(
        "insert_game", {"id": game["id"], "task": study["task"], "spec": spec, "now": tx.now}
    )
    known = {row["position"]: row for row in tx.execute("players_of_game", {"game": game["id"]})}
    for player in found["players"]:
        if known.get(player["position"], player) != player:
            raise ConflictError(
                f"this home has the game {game['id'][:12]} with players of its own",
                wanted="a home without it",
                next_step=_OWN_HOME,
            )
        if player["position"] not in known:
            tx.execute("insert_player", player | {"game": game["id"]})
    for one in found["evaluations"]:
        words = words_of(coalition_of(one["coalition"]))
        tx.execute("insert_evaluation", one | {"game": game["id"], "words": words, "now": tx.now})
    asked = {name: study[name] for name in _ASKED}
    options = canonical_bytes(study["options"]).decode()
    tx.execute("insert_study", asked | {"options": options, "now": tx.now})
    n_inserted = 0
    for is_given, together in groupby(found["evidence"], key=itemgetter("is_given")):
        counts = {one["coalition"]: one.get("n_replicates") for one in together}
        insert_coalitions(tx, study["id"], counts, is_given=is_given, first=n_inserted)
        n_inserted += len(counts)
    _check_evidence(tx, found)
    for order in found["permutations"]:
        tx.execute("insert_permutation", order | {"study": study["id"]})
    sealed = {name: study[name] for name in _SEALED}
    tx.execute("seal_study", sealed | {"now": tx.now})
    for value in found["values"]:
        row = value | {"study": study["id"], "units": int(value["units"])}
        tx.execute("insert_sealed_value", row)


def _check_evidence(tx: Transaction, found: Row) -> None:
    """Refuse utilities whose means are not what the values were signed on."""
    stored: list[dict[str, Any]] = tx.execute("study_coalitions", {"study": found["study"]["id"]})
    if evidence_digest(stored) != evidence_digest(found["evidence"]):
        raise CorruptBundleError(
            "the bundle is not accepted: its evaluations are not those the values were signed on",
            wanted="a bundle as its server wrote it",
            next_step="ask for it again",
        )
