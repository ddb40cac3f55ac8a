"""The commands that need no server: what they print, and their exit status."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.integration.mirror.conftest import Open, Written
from workbench.cli.main import app
from workbench.mirror.manifest import NAME


def run(*words: str | Path) -> tuple[int, str]:
    result = CliRunner().invoke(app, [str(word) for word in words])
    return result.exit_code, result.output


def test_a_mirror_is_checked_without_a_home(mirror: Path, tmp_path: Path) -> None:
    home = tmp_path / "no-home"
    status, said = run("mirror", "check", mirror, "--home", home)
    assert status == 0
    assert "records with their authors' signatures" in said
    assert not home.exists()
    status, said = run("mirror", "check", mirror, "--json", "--home", home)
    assert status == 0
    assert json.loads(said)["head"]["size"] == 24


def test_a_damaged_mirror_is_status_1_with_the_file(mirror: Path) -> None:
    victim = next(mirror.glob("log/*"))
    victim.write_bytes(victim.read_bytes()[:-1])
    status, said = run("mirror", "check", mirror)
    assert status == 1
    assert victim.name in said
    assert "next:" in said
    (mirror / NAME).unlink()
    status, said = run("mirror", "check", mirror)
    assert (status, "holds no bundle" in said) == (1, True)


def test_histories_that_part_are_status_1(
    written: Written, open_home: Open, mirror: Path, tmp_path: Path
) -> None:
    there = tmp_path / "there"
    origin = open_home(written.copy(tmp_path / "other"))
    origin.lab.fund(10, nonce="other")
    origin.bench.home_mirror(there).export()
    assert run("mirror", "check", there, "--against", mirror)[0] == 0
    fork = open_home(written.copy(tmp_path / "fork"))
    fork.lab.fund(11, nonce="fork")
    fork.bench.home_mirror(tmp_path / "forked").export()
    status, said = run("mirror", "check", there, "--against", tmp_path / "forked")
    assert status == 1
    assert "two histories of one server" in said
    assert "they part at entry 24" in said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("serve", "nowhere"), "holds no mirror"),
        (("export", "somewhere", "--hidden-test"), "--hidden-test beside a whole home"),
        (("check", "nowhere", "--against", "nowhere"), "holds no mirror"),
        (("check", "odd://x"), "cannot be opened"),
    ],
)
def test_what_cannot_be_done_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    status, shown = run("mirror", *words)
    assert status == 1
    assert said in shown
    assert list(tmp_path.iterdir()) == []
