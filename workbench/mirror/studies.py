"""Studies of a mirror: what was measured, and what its server sealed of it."""

import json
from collections import defaultdict
from typing import Any, Final

from workbench.core.canonical import content_id
from workbench.core.jobs import JobSpec
from workbench.core.units import sealed_units
from workbench.mirror.checks import record_of, rows_by, same
from workbench.mirror.contents import Contents, Row
from workbench.mirror.people import People
from workbench.registry.task import TaskSpec
from workbench.registry.valuation import evidence_digest, signed_values

_VALUATION: Final = "valuation"
_ASKED: Final = ("task", "method", "answered_by", "seed")


def check_runs(contents: Contents, _people: People) -> None:
    """Raise unless each run is named by what it did, and each seal is the server's."""
    for row in contents.rows("run"):
        if row["kind"] != _VALUATION:
            job = JobSpec.from_json(json.loads(row["spec"])).id
            same(f"the run {row['id'][:12]}", {"job": (job, row["id"])})
    for row in contents.rows("seal"):
        what = f"the seal of run {row['run'][:12]}"
        body = record_of(contents, what, row["record"], "seal").body
        names = ("run", "tracking_run", "document_sha256")
        same(what, {name: (row[name], body[name]) for name in names})


def check_studies(contents: Contents, _people: People) -> None:
    """Raise unless each study rests on the utilities that were sealed, and shows its values."""
    games = {row["id"]: row for row in contents.rows("game")}
    players = {(row["game"], row["position"]): row for row in contents.rows("player")}
    specs = {row["id"]: json.loads(row["spec"]) for row in contents.rows("task")}
    utilities, asked = _utilities(contents), _asked(contents)
    values = rows_by(contents.rows("sealed_value"), "study")
    for row in contents.rows("study"):
        what = f"the study {row['id'][:12]}"
        seal = record_of(contents, what, row["record"], _VALUATION)
        body, game = seal.body, games[row["game"]]
        evidence = [
            {
                "coalition": one["coalition"],
                "utility": _mean(
                    utilities[row["game"], one["coalition"]],
                    one["n_replicates"] or row["n_replicates"],
                ),
                "n_replicates": one["n_replicates"],
            }
            for one in asked[row["id"]]
        ]
        rank = {player: k for k, player in enumerate(row["players"])}
        sealed = sorted(values[row["id"]], key=lambda one: rank[one["player"]])
        shown = [one | {"n_rows": int(one["n_rows"]), "low": float(one["low"])} for one in sealed]
        pay_on = TaskSpec.from_body(specs[row["task"]]).pay_on
        options = json.loads(row["options"]) | {"n_replicates": row["n_replicates"]}
        same(
            what,
            {name: (row[name], body[name]) for name in _ASKED}
            | {
                "author of the seal": (seal.author, contents.manifest.origin),
                "id": (row["id"], body["study"]),
                "state": (row["state"], "sealed"),
                "budget": (int(row["budget"]), body["budget"]),
                "options": (options, body["options"]),
                "game": (content_id(json.loads(game["spec"])), body["game"]),
                "digest of the utilities": (evidence_digest(evidence), body["evidence"]),
                "values": (signed_values(shown, pay_on), body["values"]),
            },
        )
        for one in sealed:
            of = f"{what} for {one['owner']!r:.80}"
            player = players[row["game"], one["player"]]
            units = sealed_units(float(one["value"]))
            same(of, {"value in units": (units, int(one["units"]))})
            same(of, {name: (player[name], one[name]) for name in ("owner", "n_rows")})


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


def _asked(contents: Contents) -> dict[str, list[Row]]:
    rows: list[dict[str, Any]] = contents.rows("study_coalition")
    return rows_by(sorted(rows, key=lambda row: int(row["ordinal"])), "study")
