"""A home that can be killed in the middle of anything, in this process."""

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final, Literal

import pytest

from workbench.compute.executor import LocalExecutor
from workbench.core.settings import Settings
from workbench.storage import log, writer
from workbench.storage.head import HeadKeeper
from workbench.workflows import holds, verify_home
from workbench.workflows.home import Home
from workbench.workflows.jobs import Report

Place = Literal["uncommitted", "committed", "signed"]
START: Final = datetime(2026, 11, 26, tzinfo=UTC)


@dataclass(frozen=True)
class Crash:
    """Where a server is killed.

    Attributes
    ----------
    place : before a transaction with something to log is committed, before its head is signed,
        or before anybody is answered.
    number : at the how-manieth one; 1 is the first.
    """

    place: Place
    number: int


class Clock:
    """Minutes that pass when a test says so; no two moments are the same."""

    def __init__(self) -> None:
        self.minute = 0
        self._n_asked = 0

    def now(self, _: object = None) -> datetime:
        """Return the time, UTC."""
        self._n_asked += 1
        return START + timedelta(minutes=self.minute, microseconds=self._n_asked)

    def at(self, minute: int) -> datetime:
        """Return the moment at which a minute begins."""
        return START + timedelta(minutes=minute)

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Let the ledger go by this clock."""
        ours = SimpleNamespace(now=self.now, fromisoformat=datetime.fromisoformat)
        with pytest.MonkeyPatch.context() as patch:
            for module in (writer, holds):
                patch.setattr(module, "datetime", ours)
            yield


class _Keeper:
    """Copies a home's files at the moment of a crash; beside that it keeps the log's heads."""

    def __init__(self, heads: HeadKeeper, crash: Crash, copy: Callable[[], None]) -> None:
        self._heads, self._copy, self._place, self._left = heads, copy, crash.place, crash.number

    @property
    def origin(self) -> str:
        return self._heads.origin

    def check(self) -> None:
        self._heads.check()
        self._reached("uncommitted")

    def committed(self, entries: list[bytes]) -> None:
        self._reached("committed")
        self._heads.committed(entries)
        self._reached("signed")

    def _reached(self, place: Place) -> None:
        if place == self._place:
            self._left -= 1
            if self._left == 0:
                self._copy()


class FragileHome:
    """A home that is copied while it works, and goes on from the copy.

    Parameters
    ----------
    template : settings of a closed home, which is copied first of all.
    folder : where this one lies.
    executor : whose workers are shared by all homes of a test: they know nothing of a home.
    """

    def __init__(self, template: Settings, folder: Path, executor: "SharedWorkers") -> None:
        self.settings = replace(template, home=folder / "home")
        self._copied = folder / "copied"
        self._executor = executor
        shutil.copytree(template.home, self.settings.home)
        self.home = self._open()

    def crash_in(self, crash: Crash, work: Callable[[], object]) -> bool:
        """Do some work in a server that is killed on the way; open what it left on the disk.

        Returns
        -------
        bool : whether the crash came before the end of the work.
        """
        self.home.database.keep_log(_Keeper(self.home.heads, crash, self._copy))
        try:
            work()
        finally:
            # What came after the crash happened to nobody.
            came = self._copied.exists()
            if not came:
                self._copy()
            self.close()
            shutil.rmtree(self.settings.home)
            self._copied.rename(self.settings.home)
            self.home = self._open()
        return came

    def restart(self) -> None:
        """Stop the server as its person would, and start it again."""
        self.close()
        self.home = self._open()

    def close(self) -> None:
        """Close the home; the workers stay."""
        self.home.jobs.stop()
        self.home.jobs.join()
        self.home.database.close()

    def _copy(self) -> None:
        # A running job's own folder is nothing that a server finds again.
        shutil.copytree(self.settings.home, self._copied, ignore=shutil.ignore_patterns("jobs"))

    def _open(self) -> Home:
        opened = Home.open(self.settings)
        home = replace(opened, executor=self._executor.of(opened))
        home.jobs.bind(home)
        home.resume()
        return home

    def verified(self) -> dict[str, int]:
        """Return the balances that follow from the log alone, once everything fits together."""
        quiet = Report("cards", publish=lambda _: None, cancelled=lambda: False)
        found = verify_home.check(self.home, {"files": False}, quiet)
        assert found["first_bad"] is None, found["first_bad"]
        replayed: dict[str, int] = {}
        for rows in log.read(self.home.database, found["size"]):
            for row in rows:
                for posting in json.loads(row.entry).get("entry", {}).get("postings", []):
                    amount = int(posting["amount"])
                    for account, moved in (
                        (posting["source"], -amount),
                        (posting["destination"], amount),
                    ):
                        replayed[account] = replayed.get(account, 0) + moved
        return {account: amount for account, amount in replayed.items() if amount}

    def shown(self) -> dict[str, int]:
        """Return the balances as everybody sees them."""
        rows = self.home.database.select("select account, amount from balance").to_pylist()
        return {row["account"]: int(row["amount"]) for row in rows if row["amount"]}

    def states(self, query: str, *columns: str, **values: Any) -> dict[str, Any]:
        """Return the states of what a named query lists, by id."""
        rows = self.home.database.read(query, values)
        return {row["id"]: tuple(row[name] for name in columns) for row in rows}


class SharedWorkers:
    """Worker processes for one home after the other: to start one takes seconds."""

    def __init__(self, folder: Path) -> None:
        self._home: Home | None = None
        self._executor = LocalExecutor(
            folder / "jobs", resolve=self._resolve, cache_dir=folder / "cache", n_workers=1
        )

    def of(self, home: Home) -> LocalExecutor:
        """Return the executor, which reads a home's files from now on."""
        self._home = home
        return self._executor

    def close(self) -> None:
        """End the worker processes."""
        self._executor.close()

    def _resolve(self, sha256: str) -> Path:
        assert self._home is not None
        return self._home.blobs.path(sha256)
