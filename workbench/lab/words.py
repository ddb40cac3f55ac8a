"""Records in plain words, for the dialog in which a person confirms them."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from workbench.core.consent import consent_words
from workbench.core.credits import format_credits

_Body = Mapping[str, Any]


def _credits(body: _Body) -> str:
    return f"{format_credits(int(body['amount']))} credits"


_WORDS: Final[Mapping[str, Callable[[_Body], str]]] = {
    "consent": consent_words,
    "withdrawal": lambda b: (
        f"I take back the contribution {b['contribution']}, the file with the SHA-256 "
        f"{b['file_sha256']}. Its bytes are deleted, and nobody can undo that."
    ),
    "review": lambda b: (
        f"As a reviewer I {b['decision']} the contribution {b['contribution']}, for good. "
        f"The contributor reads my reason: {b['reason']}"
    ),
    "dispute": lambda b: (
        f"I dispute the epoch {b['epoch']}: nothing of it is paid until somebody has decided. "
        f"Everybody reads my reason: {b['reason']}"
    ),
    "resolution": lambda b: (
        f"I {b['decision']} the dispute {b['dispute']}. Everybody reads my reason: {b['reason']}"
    ),
    "payout": lambda b: (
        f"I pay the whole pool of the task {b['task']} by the values of the study {b['study']}."
    ),
    "funding": lambda b: (
        f"I add {_credits(b)} to the {b.get('for', 'pool')} of the task {b['task']}."
    ),
    "transfer": lambda b: f"{b['source']} gives {_credits(b)} to {b['destination']}.",
    "hold": lambda b: (
        f"{b['payer']} sets {_credits(b)} aside for {b['payee']} until {b['expires_at']}: until "
        f"then nobody else can have it."
    ),
    "grant": lambda b: f"I give {_credits(b)} of the treasury to {b['owner']}.",
    "approval": lambda b: f"As a second person I approve the movement {b['record']}.",
    "settlement": lambda b: (
        f"I take {_credits(b)} of what the hold {b['hold']} sets aside; the rest goes back."
    ),
    "void": lambda b: f"I give all that the hold {b['hold']} sets aside back to its payer.",
}


def words_of(kind: str, body: Mapping[str, Any]) -> str:
    """Return what a record of one of the kinds that pages may sign says."""
    return _WORDS[kind](body)
