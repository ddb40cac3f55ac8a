"""Whether the tables of a mirror say what its signed records say."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import Final

from workbench.core.errors import CorruptBundleError, WorkbenchError
from workbench.mirror.checks import instant, moment, record_of, same
from workbench.mirror.contents import Contents
from workbench.mirror.contributions import Contributions
from workbench.mirror.manifest import corrupt
from workbench.mirror.money import Money
from workbench.mirror.people import People
from workbench.mirror.studies import check_runs, check_studies
from workbench.registry.task import TaskSpec

_Check = Callable[[Contents, People], None]


def check_claims(contents: Contents) -> None:
    """Hold each table against the records and ledger entries that it rests on.

    Records are replayed in the order of the log: who had a right to sign then, what follows
    from it, and what the ledger had to move.

    Raises
    ------
    CorruptBundleError
        The first row that says something else, by its id, or the first record or movement that
        nobody had a right to.
    """
    with _named("people"):
        people = People.read(contents)
    for what, check in _CHECKS.items():
        with _named(what):
            check(contents, people)


@contextmanager
def _named(what: str) -> Iterator[None]:
    try:
        yield
    except CorruptBundleError:
        raise
    except WorkbenchError as error:
        raise corrupt(f"a row or a record of its {what} is none: {error}") from error
    except (LookupError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise corrupt(f"a row of its {what} is none ({error!r:.100})") from error


def _check_tasks(contents: Contents, people: People) -> None:
    for row in contents.rows("task"):
        what = f"the task {row['id']!r:.80}"
        envelope = record_of(contents, what, row["record"], "task")
        try:
            rules = TaskSpec.from_body(envelope.body)
        except WorkbenchError as error:
            raise corrupt(f"{what} has rules that are none: {error}") from error
        same(
            what,
            {
                "rules": (json.loads(row["spec"]), rules.to_body()),
                "id": (row["id"], rules.id),
                "title": (row["title"], rules.title),
                "kind": (row["kind"], rules.kind),
                # A task that came with somebody else's run is of a sponsor who never joined here.
                "sponsor": (row["sponsor"], people.owner_of(envelope.author)),
            },
        )
        if envelope.author in people.keys:
            event = contents.records[row["record"]]
            people.signer(event, "treasurer")
            same(what, {"time": (row["created_at"], instant(moment(event.time)))})


def _check_nothing_left_out(contents: Contents, _people: People) -> None:
    """Raise where a record is of something that its table does not show.

    Records of other servers are here without rows; which ones, the server said when they came.
    """
    origin = contents.manifest.origin
    shown = {row["record"] for table in _TABLE_OF.values() for row in contents.rows(table)}
    for event in contents.records.values():
        if event.envelope and event.envelope.kind == "bundle" and event.envelope.author == origin:
            shown.update(event.envelope.body["records"])
    for identity, event in contents.records.items():
        envelope = event.envelope
        if envelope is None or envelope.kind not in _TABLE_OF or identity in shown:
            continue
        if envelope.kind not in _SEALED or envelope.author == origin:
            raise corrupt(
                f"entry {event.seq} of the log is a {envelope.kind}, {identity[:12]}, "
                "which is left out of its tables",
                f"a row of the table {_TABLE_OF[envelope.kind]!r}",
            )


_TABLE_OF: Final[Mapping[str, str]] = MappingProxyType(
    {
        "principal": "principal",
        "task": "task",
        "contribution": "contribution",
        "valuation": "study",
        "seal": "seal",
    }
)
# What servers sign themselves: another one's name shows whose it is.
_SEALED: Final = frozenset({"valuation", "seal"})
_CHECKS: Final[Mapping[str, _Check]] = MappingProxyType(
    {
        "tasks": _check_tasks,
        "contributions": Contributions.check,
        "runs": check_runs,
        "studies": check_studies,
        "money": Money.check,
        "records": _check_nothing_left_out,
    }
)
