"""Records in plain words, for the dialog in which a person confirms them."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from workbench.core.consent import consent_words
from workbench.core.credits import format_credits

_Body = Mapping[str, Any]


def _credits(body: _Body) -> str:
    return f"{format_credits(int(body['amount']))} credits"


_SAID: Final = {
    "comment": "I comment on",
    "approve": "I approve",
    "request-changes": "I ask for changes to",
}


def _proposal(body: _Body) -> str:
    said = body["proposal"]
    shares = ", ".join(f"{s['part']} to {s['owner']} as {s['role']}" for s in said["shares"])
    n = len(said["contributions"])
    return (
        f"The model {str(said['weights'])[:12]}, trained on {n:,} "
        f"contribution{'' if n == 1 else 's'}, is to follow the champion {said['base'][:12]}. Of "
        f"its bounty: {shares}. Everybody reads my claim: {said['claim']}"
    )


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
    "commitment": lambda b: (
        f"I commit to a proposal for the task {b['task']} in the name of {b['owner']}, and open it."
    ),
    "proposal": _proposal,
    "proposal-review": lambda b: (
        f"{_SAID[b['decision']]} the proposal {b['proposal']}. Everybody reads my words: "
        f"{b['text']}"
    ),
    "merge": lambda b: (
        f"I make the model {b['model'][:12]} the champion of the task {b['task']}, in place of "
        f"{b['base'][:12]}."
    ),
    "rollback": lambda b: (
        f"I undo the merge of the proposal {b['proposal']}: the champion before it stands again. "
        f"Everybody reads my reason: {b['reason']}"
    ),
    "void": lambda b: f"I give all that the hold {b['hold']} sets aside back to its payer.",
}


def words_of(kind: str, body: Mapping[str, Any]) -> str:
    """Return what a record of one of the kinds that pages may sign says."""
    return _WORDS[kind](body)
