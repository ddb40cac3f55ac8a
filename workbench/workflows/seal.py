"""The seal of a study: values that money follows, what they rest on, a signature."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from workbench.core.envelope import Envelope
from workbench.core.units import sealed_units
from workbench.registry.valuation import evidence_digest, signed_values
from workbench.storage import record
from workbench.storage.coalitions import hex_of
from workbench.storage.database import Transaction
from workbench.storage.value import exact_values, permutation_values
from workbench.valuation.semivalues import size_weights
from workbench.valuation.values import Values
from workbench.workflows.evaluate import TrainedUtility
from workbench.workflows.home import Home
from workbench.workflows.study import Study, insert_coalitions
from workbench.workflows.tasks import get_spec

Row = dict[str, Any]

_TOGETHER: Final = {"permutation": 1, "antithetic": 2}


def seal_study(
    home: Home, task_id: str, study: Study, values: Values, utility: TrainedUtility
) -> None:
    """Seal values, once, signed by the server.

    Where a value is a sum over a table or along orders, the database computes it: that is the
    audit path. Everything it rests on is recorded and its digest is signed.
    """
    _insert_evidence(home, study, values, utility)
    values = computed_in_sql(home, study, values)
    sealed = _rows(home, study, values)
    envelope = Envelope.sign("valuation", _body(home, task_id, study, values, sealed), home.key)

    def write(tx: Transaction) -> None:
        [row] = tx.execute("study_by_id", {"id": study.id})
        if row["state"] == "sealed":
            return
        identity, _ = record.append(tx, envelope)
        seal: Row = {"record": identity, "answered_by": values.method, "why": values.why}
        seal |= {"id": study.id, "converged": values.converged, "now": tx.now}
        tx.execute("seal_study", seal)
        for value in sealed:
            tx.execute("insert_sealed_value", value | {"study": study.id})

    home.database.write(write)


def _insert_evidence(home: Home, study: Study, values: Values, utility: TrainedUtility) -> None:
    """Record the coalitions a study asked, and the orders in which its players joined."""
    orders = [] if values.orders is None else values.orders.tolist()

    def write(tx: Transaction) -> None:
        [count] = tx.execute("count_study_coalitions", {"study": study.id})
        asked = {hex_of(mask): study.n_replicates for mask in utility.asked}
        insert_coalitions(tx, study.id, asked, is_given=False, first=count["n_evaluations"])
        for ordinal, order in enumerate(orders):
            players = [study.players[k] for k in order]
            met = [0]
            for player in players:
                met.append(met[-1] | 1 << player)
            row = {"players": players, "coalitions": [hex_of(mask) for mask in met]}
            tx.execute("insert_permutation", row | {"study": study.id, "ordinal": ordinal})

    home.database.write(write)


def computed_in_sql(home: Home, study: Study, values: Values) -> Values:
    """Return the same values as the database computes them, where it can."""
    n_players, game = len(study.players), study.game.id
    weights = size_weights(n_players, study.ask.semivalue)
    if values.orders is not None:
        together = _TOGETHER[values.method]
        rows = permutation_values(
            home.database, study.id, game, study.players, (n_players * weights).tolist(),
            n_replicates=study.n_replicates, n_together=together,
        )  # fmt: skip
        return _recomputed(rows, values, len(values.orders) // together - 1)
    if values.method == "exact" and study.ask.same_data is None:
        rows = exact_values(
            home.database, game, study.players, weights.tolist(),
            n_replicates=study.n_replicates, study=study.id,
        )  # fmt: skip
        return _recomputed(rows, values, np.inf)
    return values


def _recomputed(rows: list[Row], values: Values, degrees_of_freedom: float) -> Values:
    """Return the database's values and errors with what the rule knows besides."""
    return Values.of(
        _column(rows, "value"),
        _column(rows, "standard_error"),
        covariance=values.covariance if values.standard_error.any() else None,
        confidence=values.confidence,
        degrees_of_freedom=degrees_of_freedom,
        n_evaluations=values.n_evaluations,
        converged=values.converged,
        method=values.method,
        why=values.why,
        orders=values.orders,
    )


def _column(rows: list[Row], name: str) -> NDArray[np.float64]:
    return np.array([row[name] for row in rows], dtype=np.float64)


def _rows(home: Home, study: Study, values: Values) -> list[Row]:
    """Return a row for each player, as it is sealed."""
    known = home.database.read("players_of_game", {"game": study.game.id})
    owners = {row["position"]: row for row in known}
    return [
        {
            "player": player,
            "owner": owners[player]["owner"],
            "n_rows": owners[player]["n_rows"],
            "value": float(values.value[k]),
            "standard_error": float(values.standard_error[k]),
            "low": float(values.low[k]),
            "high": float(values.high[k]),
            "rank": int(values.rank[k]),
            "probability_of_rank": float(values.probability_of_rank[k]),
            "units": sealed_units(values.value[k]),
        }
        for k, player in enumerate(study.players)
    ]


def _body(home: Home, task_id: str, study: Study, values: Values, sealed: list[Row]) -> Row:
    """Return what the server signs: the question, what the answer rests on, and the answer."""
    evidence = home.database.read("study_coalitions", {"study": study.id})
    return {
        "study": study.id,
        "task": task_id,
        "game": study.game.id,
        "method": study.choice.method,
        "answered_by": values.method,
        "budget": study.choice.budget,
        "seed": str(study.ask.seed),
        "options": study.options | {"n_replicates": study.n_replicates},
        "evidence": evidence_digest(evidence),
        "values": signed_values(sealed, get_spec(home, task_id).pay_on),
    }
