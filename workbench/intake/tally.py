"""Rows that share a reason, counted."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from workbench.core.wire import Finding
from workbench.intake.codes import finding
from workbench.intake.rows import Row

_MAX_EXAMPLES: Final = 3
_MAX_OWNERS: Final = 20

Passed = tuple[list[Row], list[Finding]]


@dataclass
class Tally:
    """Rows that share a reason: their numbers, the first examples, and how many."""

    n_rows: int = 0
    rows: list[int] = field(default_factory=list)
    examples: list[str] = field(default_factory=list)

    def add(self, number: int, example: str = "") -> None:
        """Count a row."""
        self.n_rows += 1
        self.rows.append(number)
        if example and example not in self.examples and len(self.examples) < _MAX_EXAMPLES:
            self.examples.append(example)

    def found(self, code: str, **values: object) -> Finding:
        """Return the finding of this code about these rows."""
        return finding(code, self.rows, n_rows=self.n_rows, **values)

    @property
    def shown_examples(self) -> str:
        """The examples after a colon, or nothing."""
        return f": {', '.join(self.examples)}" if self.examples else ""


def drop(rows: list[Row], is_bad: Callable[[Row], bool], code: str, **values: object) -> Passed:
    """Return the rows that are good, and a finding about the others."""
    tally = Tally()
    kept = []
    for row in rows:
        if is_bad(row):
            tally.add(row.number)
        else:
            kept.append(row)
    return (kept, [tally.found(code, **values)]) if tally.n_rows else (rows, [])


def by_owner(code: str, tallies: dict[str, Tally]) -> list[Finding]:
    """Return a finding an owner, most rows first; those after the twentieth share one."""
    ranked = sorted(tallies.items(), key=lambda item: (-item[1].n_rows, item[0]))
    findings = [tally.found(code, owner=owner) for owner, tally in ranked[:_MAX_OWNERS]]
    if others := ranked[_MAX_OWNERS:]:
        rows = [number for _, tally in others for number in tally.rows]
        n_rows = sum(tally.n_rows for _, tally in others)
        findings.append(finding(code, rows, n_rows=n_rows, owner=f"{len(others)} other owners"))
    return findings
