"""Passphrases in a real terminal: a pseudo-terminal, and the command as its own process."""

import os
import pty
import select
import subprocess
import sys
import termios
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from workbench.client.key_files import import_key
from workbench.core.keys import PrivateKey

PASSPHRASE = "six random words"
INTERRUPT, END_OF_INPUT = "\x03", "\x04"
ASKED, REPEATED = "passphrase: ", "Repeat for confirmation: "
_SECONDS = 60.0
# What a shell does for a command: the terminal becomes its own, so that Ctrl-C reaches it.
_IN_TERMINAL = (
    "import fcntl, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); "
    "from workbench.cli.main import main; main()"
)


@dataclass
class Screen:
    """A terminal in which one command runs at a time."""

    folder: Path
    master: int
    slave: int
    seen: list[str] = field(default_factory=list)

    @property
    def keys(self) -> Path:
        return self.folder / "keys"

    @property
    def echoes(self) -> bool:
        """Whether what is typed can be read on the screen."""
        return bool(termios.tcgetattr(self.slave)[3] & termios.ECHO)

    def files(self) -> dict[str, bytes]:
        """Return all that lies in the person's folders."""
        return {
            str(path.relative_to(self.folder)): path.read_bytes()
            for path in sorted(self.folder.rglob("*"))
            if path.is_file()
        }

    def run(self, *words: str, typed: Sequence[tuple[str, str]]) -> tuple[int, str]:
        """Run ``workbench identity``; return its exit status and what is on the screen.

        Parameters
        ----------
        typed : what is waited for, and what is typed then.
        """
        names = {"WORKBENCH_KEYS": "keys", "WORKBENCH_HOME": "home", "HOME": "."}
        environment = os.environ | {name: str(self.folder / one) for name, one in names.items()}
        command = [sys.executable, "-c", _IN_TERMINAL, "identity", *words]
        with subprocess.Popen(
            command, stdin=self.slave, stdout=self.slave, stderr=self.slave,
            start_new_session=True, env=environment, cwd=Path(__file__).parents[3],
        ) as process:  # fmt: skip
            shown = self._talk(process, list(typed))
        return process.returncode, shown.replace("\r\n", "\n")

    def _talk(self, process: subprocess.Popen[bytes], typed: list[tuple[str, str]]) -> str:
        shown, answered, deadline = "", 0, time.monotonic() + _SECONDS
        while True:
            is_over = process.poll() is not None
            while select.select([self.master], [], [], 0 if is_over else 0.05)[0]:
                shown += os.read(self.master, 4096).decode()
            if is_over:
                assert not typed, shown
                return shown
            if typed and typed[0][0] in shown[answered:]:
                assert not self.echoes
                self.seen += [_about(process.pid)]
                answered = len(shown)
                os.write(self.master, typed.pop(0)[1].encode())
            if time.monotonic() > deadline:
                process.kill()
                raise AssertionError(f"it waits for more: {shown!r}")


def _about(pid: int) -> str:
    """Return what anybody of the machine's users, or of this one's programs, sees of a process."""
    found = ""
    with suppress(FileNotFoundError):
        found = Path(f"/proc/{pid}/cmdline").read_text() + Path(f"/proc/{pid}/environ").read_text()
    return found


@pytest.fixture
def screen(tmp_path: Path) -> Iterator[Screen]:
    """A terminal of somebody who has the key of ``eva``."""
    PrivateKey.load_or_make(tmp_path / "keys" / "eva.key")
    master, slave = pty.openpty()
    yield Screen(tmp_path, master, slave)
    os.close(master)
    os.close(slave)


def test_a_passphrase_is_asked_for_twice_and_stands_nowhere(screen: Screen) -> None:
    file = screen.folder / "eva.sealed"
    line = PASSPHRASE + "\n"
    typed = [
        (ASKED, line), (REPEATED, "five random words\n"), (ASKED, line), (REPEATED, line),
    ]  # fmt: skip
    status, shown = screen.run("export", "eva", str(file), typed=typed)
    assert status == 0
    assert "do not match" in shown
    assert shown.endswith(
        f"{file} holds the key of eva; keep it and its passphrase in two places\n"
    )
    assert file.stat().st_mode & 0o777 == 0o600
    assert "random words" not in shown
    assert not [one for one in screen.seen if PASSPHRASE in one]
    assert all(PASSPHRASE.encode() not in content for content in screen.files().values())
    assert sorted(screen.files()) == ["eva.sealed", "keys/eva.key"]
    assert screen.echoes
    import_key(screen.folder / "elsewhere", file, PASSPHRASE)
    assert (screen.folder / "elsewhere" / "eva.key").read_bytes() == (
        screen.keys / "eva.key"
    ).read_bytes()


def test_a_wrong_passphrase_opens_nothing_and_the_right_one_does(screen: Screen) -> None:
    file = screen.folder / "eva.sealed"
    line = PASSPHRASE + "\n"
    screen.run("export", "eva", str(file), typed=[(ASKED, line), (REPEATED, line)])
    before = screen.files()
    words = ("import", str(file), "--name", "eva-2")
    status, shown = screen.run(*words, typed=[(ASKED, "five random words\n")])
    assert status == 1
    assert "✗ the passphrase does not open the key of eva, or the file was changed" in shown
    assert "random words" not in shown
    assert screen.files() == before
    status, shown = screen.run(*words, typed=[(ASKED, line)])
    assert (status, shown) == (0, f"{ASKED}\nthe key of eva-2 is here: sign with --as eva-2\n")
    assert screen.files() == before | {"keys/eva-2.key": before["keys/eva.key"]}


@pytest.mark.parametrize(
    "typed",
    [
        [(ASKED, INTERRUPT)],
        [(ASKED, END_OF_INPUT)],
        [(ASKED, "six ran" + INTERRUPT)],
        [(ASKED, PASSPHRASE + "\n"), (REPEATED, INTERRUPT)],
    ],
    ids=["at once", "end of input", "half way", "at the repetition"],
)
def test_whoever_interrupts_leaves_nothing_behind(
    screen: Screen, typed: list[tuple[str, str]]
) -> None:
    before = screen.files()
    file = str(screen.folder / "eva.sealed")
    status, shown = screen.run("export", "eva", file, typed=typed)
    assert status == 130
    assert shown.endswith("Interrupted. No key was written, and none was changed.\n")
    assert "six ran" not in shown
    assert screen.files() == before
    assert screen.echoes


def test_an_empty_passphrase_is_refused(screen: Screen) -> None:
    before = screen.files()
    file = str(screen.folder / "eva.sealed")
    status, shown = screen.run("export", "eva", file, typed=[(ASKED, "\n"), (REPEATED, "\n")])
    assert status == 1
    assert "✗ the passphrase is empty" in shown
    assert screen.files() == before
