"""Why: from an owner's amount back to the coalitions that its value rests on."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from math import fsum
from typing import Final, Self

from workbench.core.errors import NotFoundError
from workbench.core.wire import (
    DuplicateRow,
    EpochView,
    MarginalRow,
    SizeRow,
    StudyView,
    WhyView,
)
from workbench.ledger.payout import Split, split_pool
from workbench.registry.task import TaskSpec
from workbench.storage.coalitions import coalition_of
from workbench.valuation.semivalues import read_semivalue, size_weights
from workbench.workflows.home import Home
from workbench.workflows.pay import get_epoch, rule_of, sealed_of
from workbench.workflows.row_values import RowValues, find_row_values
from workbench.workflows.study import get_study
from workbench.workflows.tasks import get_spec

_MOST_COALITIONS: Final = 5
_DUPLICATES: Final = "duplicates"


def explain(home: Home, epoch_name: str, owner: str, *, rows: bool = False) -> WhyView:
    """Return why an owner was paid what it was paid in an epoch.

    Parameters
    ----------
    epoch_name : the epoch's id or the beginning of it, or ``TASK:NUMBER``.
    owner : the owner group.
    rows : whether its own rows that helped and hurt most are named; that takes a worker seconds.

    Raises
    ------
    NotFoundError
        There is no such epoch, or its study valued nobody of this name.
    """
    return EpochReasons.of(home, get_epoch(home, epoch_name)).of_owner(owner, rows=rows)


@dataclass(frozen=True)
class EpochReasons:
    """All that an epoch's amounts rest on, read once for all its owners.

    Attributes
    ----------
    home : where it is recorded.
    epoch, study, spec : the epoch, its study, and the rules of its task.
    split : the pool divided again.
    utilities : coalition → what was measured.
    """

    home: Home
    epoch: EpochView
    study: StudyView
    spec: TaskSpec
    split: Split
    utilities: Mapping[int, float]

    @classmethod
    def of(cls, home: Home, epoch: EpochView) -> Self:
        """Read what an epoch rests on."""
        study, spec = get_study(home, epoch.study), get_spec(home, epoch.task)
        units, lows = sealed_of(study)
        split = split_pool(int(epoch.pool), units, rule_of(spec), low_units=lows)
        return cls(home, epoch, study, spec, split, _utilities(home, study))

    def of_owner(self, owner: str, *, rows: bool = False) -> WhyView:
        """Return why an owner was paid what it was paid; see ``explain``."""
        home, epoch, study, spec = self.home, self.epoch, self.study, self.spec
        values = {row.owner: row for row in study.values}
        if owner not in values:
            raise NotFoundError(
                f"the epoch {epoch.task}:{epoch.number} valued nobody called {owner[:80]!r}",
                wanted=f"one of: {', '.join(sorted(values)[:20])}",
            )
        value, portion = values[owner], self.split.portions[owner]
        everybody = sum(1 << row.player for row in study.values)
        marginals = _marginals(study, value.player, self.utilities)
        of_rows = find_row_values(home, study, spec, owner) if rows else RowValues([], [], "")
        return WhyView(
            epoch=epoch.id,
            number=epoch.number,
            task=epoch.task,
            study=study.id,
            owner=owner,
            n_rows=value.n_rows,
            metric=study.metric,
            method=study.answered_by,
            semivalue=study.semivalue,
            confidence=study.confidence,
            value=value.value,
            standard_error=value.standard_error,
            low=value.low,
            high=value.high,
            pool=epoch.pool,
            pay_on=spec.pay_on,
            owner_cap=None if spec.owner_cap is None else str(spec.owner_cap),
            weight=str(portion.weight),
            whole=str(self.split.whole),
            floor=str(portion.floor),
            rounding=portion.rounding,
            above_cap=str(portion.above_cap),
            amount=str(portion.amount),
            why_returned=self.split.why_returned,
            utility_of_all=self.utilities.get(everybody),
            utility_without=self.utilities.get(everybody & ~(1 << value.player)),
            by_size=_by_size(study, marginals),
            raised=[one for one in marginals if one.marginal > 0][:_MOST_COALITIONS],
            lowered=[one for one in reversed(marginals) if one.marginal < 0][:_MOST_COALITIONS],
            n_pairs=len(marginals),
            duplicates=_duplicates(home, study, owner),
            state=epoch.state,
            helped=of_rows.helped,
            hurt=of_rows.hurt,
            rows_say=of_rows.says,
        )


def _utilities(home: Home, study: StudyView) -> dict[int, float]:
    rows = home.database.read("study_coalitions", {"study": study.id})
    return {coalition_of(row["coalition"]): row["utility"] for row in rows}


def _marginals(study: StudyView, player: int, utilities: Mapping[int, float]) -> list[MarginalRow]:
    """Return what the player added to each coalition, where both were measured; most first."""
    bit = 1 << player
    pairs = [
        (utilities[mask | bit] - without, mask, without)
        for mask, without in utilities.items()
        if not mask & bit and mask | bit in utilities
    ]
    names = sorted((row.owner, row.player) for row in study.values)
    return [
        MarginalRow(
            others=[owner for owner, position in names if mask >> position & 1],
            without=without,
            together=utilities[mask | bit],
            marginal=marginal,
        )
        for marginal, mask, without in sorted(pairs, key=lambda pair: (-pair[0], pair[1]))
    ]


def _by_size(study: StudyView, marginals: list[MarginalRow]) -> list[SizeRow]:
    """Return what the player added on average to coalitions of each size, and its weight.

    Only coalitions that were measured with and without the player count: two means over
    different coalitions would compare other owners. Where all were, the parts sum to the value.
    """
    weights = size_weights(study.n_players, read_semivalue(study.semivalue)).tolist()
    rows = []
    for n_others, weight in enumerate(weights):
        added = [one.marginal for one in marginals if len(one.others) == n_others]
        mean = fsum(added) / len(added) if added else None
        part = None if mean is None else weight * mean
        rows.append(
            SizeRow(n_others=n_others, n_pairs=len(added), marginal=mean, weight=weight, part=part)
        )
    return rows


def _duplicates(home: Home, study: StudyView, owner: str) -> list[DuplicateRow]:
    """Return the duplicates that gates took out of what the owner brought to the study."""
    runs = home.database.read("run_by_id", {"id": study.id})
    datasets = json.loads(runs[0]["details"])["datasets"] if runs else []
    rows = {one["sha256"] for one in datasets if one["name"] == owner}
    return [
        DuplicateRow(
            contribution=found["id"],
            file_name=found["file_name"],
            code=finding["code"],
            n_rows=finding["n_rows"],
            message=finding["message"],
        )
        for found in home.database.read("contributions_of_task", {"task": study.task})
        if found["owner"] == owner and rows & {found["rows_sha256"], found["counted_sha256"]}
        for finding in json.loads(found["findings"])["findings"]
        if finding["gate"].startswith(_DUPLICATES)
    ]
