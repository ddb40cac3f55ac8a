"""A home of one person becomes a team, and a newcomer finds its way in, from a terminal."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from workbench.client.bench import settings_for
from workbench.client.launch import server_status

ADDRESS = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "passphrase").write_text("six random words\n")
    (tmp_path / "wrong").write_text("five random words\n")
    (tmp_path / "empty").touch()
    return tmp_path


@pytest.fixture(scope="module")
def token(terminal: Any) -> str:
    """Eva's, in a team whose admin is Ana."""
    terminal("init", "--as", "ana", "--owner", "clinic")
    assert terminal.json("access", "grant", "eva", status=1)["title"] == "InvalidMoveError"
    assert "sign=True" in terminal.json("role", "give", "ana", "admin", status=1)["wanted"]
    assert terminal("role", "give", "ana", "admin", "--as", "ana", "--sign").output == (
        "ana is admin\n"
    )
    granted = terminal.json("access", "grant", "eva")
    assert granted["principal"] == "eva"
    return str(granted["token"])


@pytest.fixture
def eva(terminal: Any, token: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The terminal of somebody who has Eva's token and her keys."""
    with monkeypatch.context() as patch:
        patch.setenv("WORKBENCH_TOKEN", token)
        yield terminal


def test_a_newcomer_joins_a_group_that_lets_it_in(eva: Any, terminal: Any) -> None:
    refused = eva.json("init", "--as", "eva", "--owner", "clinic", status=1)
    assert "did not let 'eva' in" in refused["detail"]
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("WORKBENCH_TOKEN")
        terminal("identity", "admit", "eva", "clinic", "--as", "ana", "--sign")
    assert "eva, signs for clinic" in eva("init", "--as", "eva", "--owner", "clinic").output
    assert eva.json("server", "stop", status=1)["detail"] == "eva is viewer here"
    words = ["identity", "address", ADDRESS, "--as", "eva", "--sign"]
    assert eva.json(*words, status=1)["status"] == 403


def test_a_role_opens_what_the_table_says(eva: Any, terminal: Any) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("WORKBENCH_TOKEN")
        terminal("role", "give", "eva", "contributor", "--as", "ana", "--sign")
    assert ADDRESS in eva("identity", "address", ADDRESS, "--as", "eva", "--sign").output
    refused = eva.json("identity", "address", ADDRESS, "--as", "ana", "--sign", status=1)
    assert "signed by another key than that of eva" in refused["detail"]


def test_a_key_is_rotated_and_the_old_one_kept(eva: Any) -> None:
    before = {p["name"]: p["public_key"] for p in eva.json("role", "list")}
    after = eva.json("identity", "rotate", "--as", "eva", "--sign")
    assert after["public_key"] != before["eva"]
    assert {p["name"]: p["public_key"] for p in eva.json("role", "list")} == before | {
        "eva": after["public_key"]
    }
    keys_dir = settings_for().keys_dir
    kept = {"eva.key", f"eva.key.old-{before['eva'][:16]}"}
    assert {path.name for path in keys_dir.glob("eva*")} == kept


def test_a_key_goes_into_a_file_and_out_again(eva: Any, files: Path) -> None:
    sealed, given = str(files / "eva.sealed"), ["--passphrase-file", str(files / "passphrase")]
    eva("identity", "export", "eva", sealed, *given)
    assert eva.json("identity", "export", "eva", sealed, *given, status=1)["status"] == 409
    for wrong, found in (("wrong", "does not open"), ("empty", "passphrase is empty")):
        words = ["identity", "import", sealed, "--passphrase-file", str(files / wrong)]
        assert found in eva.json(*words, status=1)["detail"]
    taken = eva.json("identity", "import", sealed, "--name", "ana", *given, status=1)
    assert taken["title"] == "ConflictError"
    assert eva.json("identity", "import", sealed, "--name", "eva-2", *given)["identity"] == "eva-2"


def test_nobody_is_asked_for_a_passphrase_where_nobody_is(eva: Any, files: Path) -> None:
    refused = eva.json("identity", "export", "eva", str(files / "new"), status=1)
    assert "--passphrase-file" in refused["wanted"]


def test_a_lost_key_is_replaced_by_an_admin(eva: Any, terminal: Any, files: Path) -> None:
    settings = settings_for()
    (settings.keys_dir / "eva.key").unlink()
    asked = str(files / "ask.json")
    eva("identity", "ask", asked, "--as", "eva")
    new = json.loads(Path(asked).read_text())["new"]
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("WORKBENCH_TOKEN")
        words = ["identity", "replace", asked, "--as", "ana", "--sign", "--reason"]
        assert "reason has 0 letters" in terminal.json(*words, "", status=1)["detail"]
        assert terminal.json(*words, "a lost laptop")["public_key"] == new
    assert eva.json("init", "--as", "eva")["principal"]["public_key"] == new
    assert not (settings.keys_dir / "eva.key.next").exists()


def test_a_revoked_token_says_what_to_do(
    eva: Any, terminal: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("WORKBENCH_TOKEN")
        assert "lets anybody in any more" in terminal("access", "revoke", "eva").output
        assert terminal.json("access", "list")[0]["revoked_at"] is not None
    monkeypatch.setattr("workbench.client.launch._TOKEN_SECONDS", 0.0)
    refused = eva.json("task", "list", status=1)
    assert refused["status"] == 401
    assert "workbench access grant" in refused["next_step"]


def test_the_server_does_not_inherit_a_persons_token(
    terminal: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal("server", "stop")
    monkeypatch.setenv("WORKBENCH_TOKEN_FILE", str(settings_for(terminal.home).token_path))
    terminal("server", "start")
    health = server_status(settings_for(terminal.home))
    assert health is not None
    environ = Path(f"/proc/{health.pid}/environ").read_bytes()
    assert b"WORKBENCH_HOME" in environ
    assert b"WORKBENCH_TOKEN" not in environ
    assert "ana" in terminal("role", "list").output
