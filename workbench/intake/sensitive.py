"""Gates for what nobody may pass on: personal data, and the keys to other people's doors.

Rows with such a finding are held, neither kept nor dropped: their owner masks them, drops them
or mends the file. Until then the contribution cannot be submitted.
"""

from collections import defaultdict
from collections.abc import Callable
from typing import Final

from workbench.core.wire import Finding
from workbench.intake.personal import find_personal, mask_personal
from workbench.intake.rows import Row
from workbench.intake.secret_tokens import find_secrets, mask_secrets
from workbench.intake.tally import Tally
from workbench.intake.texts import texts_of_line

TICK_ROWS: Final = 1_000


def secrets_gate(
    rows: list[Row], tick: Callable[[], None] = lambda: None
) -> tuple[set[int], list[Finding]]:
    """Return the numbers of rows that hold secrets, and what there is to say about them."""
    return _held(rows, find_secrets, tick)


def personal_gate(
    rows: list[Row], tick: Callable[[], None] = lambda: None
) -> tuple[set[int], list[Finding]]:
    """Return the numbers of rows that hold personal data, and what there is to say about it."""
    return _held(rows, _find_beside_secrets, tick)


def is_sensitive(text: str) -> bool:
    """Return whether a text holds what must be masked."""
    return bool(find_secrets(text) or find_personal(text))


def mask(text: str) -> str:
    """Return a text with placeholders where it held what must be masked."""
    while is_sensitive(text):
        # Secrets first: a password before an @ would pass for an e-mail address.
        text = mask_personal(mask_secrets(text))
    return text


def _find_beside_secrets(text: str) -> list[tuple[str, str]]:
    return find_personal(mask_secrets(text))


def _held(
    rows: list[Row], find: Callable[[str], list[tuple[str, str]]], tick: Callable[[], None]
) -> tuple[set[int], list[Finding]]:
    tallies: dict[str, Tally] = defaultdict(Tally)
    held = set()
    for place, row in enumerate(rows):
        if place % TICK_ROWS == 0:
            tick()
        examples: dict[str, str] = {}
        for text in texts_of_line(row.line):
            for code, example in find(text):
                examples.setdefault(code, example)
        for code, example in examples.items():
            tallies[code].add(row.number, example)
            held.add(row.number)
    findings = [
        tally.found(code, examples=tally.shown_examples) for code, tally in sorted(tallies.items())
    ]
    return held, findings
