"""What is tampered with, cut off or told otherwise than it was signed is refused, and where."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.integration.mirror.conftest import Liar, Opened, Rows, tree
from workbench.client.connection import Api
from workbench.client.home_mirror import HomeMirror
from workbench.core.canonical import canonical_bytes
from workbench.core.envelope import Envelope
from workbench.core.errors import CorruptBundleError, NotFoundError, WorkbenchError
from workbench.core.keys import PrivateKey
from workbench.ledger.head import TreeHead
from workbench.ledger.log import START
from workbench.mirror.manifest import NAME, MirrorFile

Lie = Callable[[Liar], None]


class NoServer:
    """A check asks nobody."""

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"a check asked a server: {name}")


def check(folder: Path) -> HomeMirror:
    return HomeMirror(Api(NoServer()), str(folder)).check()


def test_a_whole_mirror_needs_nobody_to_be_checked(mirror: Path) -> None:
    found = check(mirror)
    assert found.contents is not None
    assert sum(found.contents.balances.values()) == 0
    assert "✓" in repr(found)


@pytest.mark.parametrize("damage", ["changed", "cut off", "longer", "missing"])
def test_every_damaged_file_is_named(mirror: Path, damage: str) -> None:
    names = [name for name in tree(mirror) if name != NAME]
    assert len(names) > 15
    for name in names:
        path = mirror / name
        content = path.read_bytes()
        path.unlink()
        if damage == "changed":
            path.write_bytes(content[:-2] + bytes([content[-2] ^ 1]) + content[-1:])
        elif damage == "cut off":
            path.write_bytes(content[:-1])
        elif damage == "longer":
            path.write_bytes(content + b"\n")
        with pytest.raises((CorruptBundleError, NotFoundError)) as caught:
            check(mirror)
        assert name in str(caught.value)
        assert caught.value.next_step
        path.write_bytes(content)
    check(mirror)


def test_every_changed_byte_of_the_manifest_is_seen(mirror: Path) -> None:
    path = mirror / NAME
    content = path.read_bytes()
    for place in range(0, len(content), 37):
        path.write_bytes(content[:place] + bytes([content[place] ^ 2]) + content[place + 1 :])
        with pytest.raises(CorruptBundleError, match="not accepted"):
            check(mirror)
    for other in (content[:-1], content + b"\n", b"", b"{}", b"[]", b"\xff", b"[" * 100_000):
        path.write_bytes(other)
        with pytest.raises(CorruptBundleError, match="not accepted"):
            check(mirror)


def _shorter(liar: Liar) -> None:
    liar.write("log", liar.rows("log")[:-1])


def _swapped(liar: Liar) -> None:
    rows = liar.rows("log")
    liar.write("log", [rows[1], rows[0], *rows[2:]])


def _unlinked(liar: Liar) -> None:
    rows = liar.rows("log")
    rows[3]["entry"]["prev"] = START
    liar.write("log", rows)


def _unsigned(liar: Liar) -> None:
    rows = liar.rows("log")
    rows[0]["record"]["body"]["name"] = "mallory"
    liar.write("log", rows)


def _other_record(liar: Liar) -> None:
    rows = liar.rows("log")
    key = PrivateKey.make()
    rows[0]["record"] = Envelope.sign("principal", {"name": "m", "owner": "m"}, key).to_json()
    liar.write("log", rows)


def _no_record(liar: Liar) -> None:
    rows = liar.rows("log")
    del rows[0]["record"]
    liar.write("log", rows)


def _other_head(liar: Liar) -> None:
    head = liar.manifest.head
    other = TreeHead(head.origin, head.size, "0" * 64, head.time)
    liar.sign(dict(liar.manifest.files), other.signed(liar.key))


def _head_of_another(liar: Liar) -> None:
    liar.key = PrivateKey.make()
    liar.sign(dict(liar.manifest.files))


def _out_of_the_folder(liar: Liar) -> None:
    liar.sign(dict(liar.manifest.files) | {"../head.json": MirrorFile("0" * 64, 1)})


def _page_out_of_the_folder(liar: Liar) -> None:
    liar.sign(dict(liar.manifest.files) | {"pages/../../x": MirrorFile("0" * 64, 1)})


def _huge(liar: Liar) -> None:
    liar.sign(dict(liar.manifest.files) | {"pages/x": MirrorFile("0" * 64, 2**40)})


def _negative(liar: Liar) -> None:
    liar.sign(dict(liar.manifest.files) | {"pages/x": MirrorFile("0" * 64, -1)})


def _blob_of_another_name(liar: Liar) -> None:
    liar.sign(dict(liar.manifest.files) | {f"blobs/00/{'0' * 62}": MirrorFile("1" * 64, 1)})


def _overdrawn(liar: Liar) -> None:
    """Sign a log, chained anew, in which somebody is paid twice what there is."""
    from workbench.ledger.log import Walk
    from workbench.mirror.contents import _log_row

    rows, walk = liar.rows("log"), Walk()
    for row in rows:
        entry = row["entry"]
        if entry["kind"] == "entry" and entry["entry"]["kind"] == "payout":
            for posting in entry["entry"]["postings"]:
                posting["amount"] = str(2 * int(posting["amount"]))
        entry["prev"] = walk.head
        assert walk.step(_log_row(entry)) is None
    head = liar.manifest.head
    other = TreeHead(head.origin, walk.tree.size, walk.tree.root.hex(), head.time)
    liar.write("log", rows, head=other.signed(liar.key))


def in_table(table: str, change: Callable[[Rows], Any]) -> Lie:
    def lie(liar: Liar) -> None:
        rows = liar.rows(f"tables/{table}")
        change(rows)
        liar.write(f"tables/{table}", rows)

    return lie


def first(name: str, value: Any) -> Callable[[Rows], None]:
    def change(rows: Rows) -> None:
        rows[0][name] = value

    return change


def _no_rows(liar: Liar) -> None:
    [row] = [one for one in liar.rows("tables/contribution") if one["owner"] == "ana"]
    liar.drop_blob(row["rows_sha256"])


LIES: list[tuple[Lie, str]] = [
    (_shorter, "its log has 23 entries. Wanted: the 24 that were signed"),
    (_swapped, "entry 0 of the log: entry 1 follows here"),
    (_unlinked, "entry 3 of the log: it follows 0000"),
    (_unsigned, "the record of entry 0 does not verify"),
    (_other_record, "the record of entry 0 is "),
    (_no_record, "is no entry of the log .KeyError"),
    (_other_head, "its log has the root"),
    (_head_of_another, "the head was signed by"),
    (_out_of_the_folder, "names the file '../head.json'"),
    (_page_out_of_the_folder, "names the file 'pages/"),
    (_huge, "of 'pages/x'. Wanted: a size and a digest"),
    (_negative, "of 'pages/x'. Wanted: a size and a digest"),
    (_blob_of_another_name, "otherwise than its digest"),
    (_overdrawn, "leaves pool:clouds at -"),
    (_no_rows, "rows .* of the contribution .* are missing"),
    (in_table("principal", first("owner", "mallory")), "the owner of the principal"),
    (in_table("task", first("sponsor", "mallory")), "the sponsor of the task 'clouds'"),
    (in_table("task", first("spec", "{}")), "the rules of the task 'clouds'"),
    (in_table("task", first("record", "0" * 64)), "which is not in the log"),
    (in_table("contribution", first("owner", "mallory")), "the owner of the contribution"),
    (in_table("contribution", first("rows_sha256", "0" * 64)), "the rows_sha256 of the contrib"),
    (in_table("evaluation", first("utility", 0.25)), "the digest of the utilities of the study"),
    (in_table("evaluation", lambda rows: rows.pop()), "a row of its studies is none"),
    (in_table("study_coalition", lambda rows: rows.pop()), "digest of the utilities"),
    (in_table("sealed_value", first("units", "1")), "the values of the study"),
    (in_table("sealed_value", first("owner", "mallory")), "the values of the study"),
    (in_table("game", first("spec", "{}")), "the game of the study"),
    (in_table("payout", first("amount", "1")), "the amount of the payout .ana in"),
    (in_table("payout", first("units", "1")), "the units of the payout .ana in"),
    (in_table("player", first("n_rows", "-3")), "the n_rows of the study"),
    (in_table("epoch", first("pool", "1")), "the pool of the epoch"),
    (in_table("epoch", lambda rows: rows[0].clear()), "a row of its money is none"),
    (in_table("payout", first("amount", {"a": 1})), "is {.a.: 1}. Wanted:"),
]
# Of what no record says anything, only the tables know.
UNFIT: list[tuple[Lie, str]] = [
    (in_table("look", first("value", "much")), "row 0 of look has 'much' for its value"),
    (in_table("look", first("player", 2**40)), "a row of look is none"),
    (in_table("look", first("extra", 1)), "row 0 of look has other columns: 'extra'"),
    (in_table("player", lambda rows: rows.append(rows[0])), "its rows contradict each other"),
    (in_table("run", first("created_at", "yesterday")), "row 0 of run has 'yesterday'"),
    (lambda liar: liar.write("tables/job", [{"id": "1"}]), "it has a table 'job'"),
]


@pytest.mark.parametrize(("lie", "said"), LIES)
def test_what_the_server_itself_tells_otherwise_is_named(
    liar: Liar, mirror: Path, lie: Lie, said: str
) -> None:
    lie(liar) if lie not in _REFUSED_AT_ONCE else _try(lie, liar)
    with pytest.raises(CorruptBundleError, match=said) as caught:
        check(mirror)
    assert caught.value.next_step


_REFUSED_AT_ONCE: set[Lie] = {
    _head_of_another, _out_of_the_folder, _page_out_of_the_folder, _huge, _negative,
    _blob_of_another_name,
}  # fmt: skip


def _try(lie: Lie, liar: Liar) -> None:
    """Write a manifest that no reader takes, as somebody with other code would."""
    files, key, head = {}, liar.key, liar.manifest.envelope.body["head"]

    class Taken(Exception):  # noqa: N818 - a signal
        pass

    def sign(names: dict[str, MirrorFile], _head: bytes | None = None) -> None:
        files.update(names)
        raise Taken

    liar.sign = sign  # type: ignore[method-assign]
    with pytest.raises(Taken):
        lie(liar)
    body = {
        "format": 1,
        "head": head,
        "files": {n: {"bytes": f.n_bytes, "sha256": f.sha256} for n, f in files.items()},
    }
    assert key is not None
    manifest = Envelope.sign("mirror", body, liar.key).to_json()
    (liar.folder / NAME).write_bytes(canonical_bytes(manifest))


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """An empty home, which stays empty."""
    from tests.integration.mirror.conftest import opened

    with opened(tmp_path_factory.mktemp("reader")) as found:
        yield found


@pytest.mark.parametrize(
    ("lie", "said"), [*UNFIT, *(one for one in LIES if one[0] not in _REFUSED_AT_ONCE)]
)
def test_nothing_of_it_is_taken_in(
    liar: Liar, mirror: Path, reader: Opened, lie: Lie, said: str
) -> None:
    lie(liar)
    with pytest.raises(CorruptBundleError, match=said):
        reader.bench.home_mirror(mirror).import_()
    for view in ("log", "record", "entry", "task", "study", "payout", "mirrored_head"):
        assert reader.count(view) == 0
    assert reader.blobs() == set()
    assert not reader.home.heads.is_mirror


def test_a_missing_file_is_named_and_may_be_brought_later(mirror: Path, elsewhere: Opened) -> None:
    victim = sorted(mirror.glob("blobs/*/*"))[0]
    content = victim.read_bytes()
    victim.unlink()
    name = victim.relative_to(mirror).as_posix()
    with pytest.raises(NotFoundError, match=name):
        elsewhere.bench.home_mirror(mirror).import_()
    assert elsewhere.count("log") == 0
    victim.write_bytes(content)
    elsewhere.bench.home_mirror(mirror).import_()
    elsewhere.verified()


def test_a_refused_update_leaves_the_mirror_as_it_was(
    liar: Liar, mirror: Path, elsewhere: Opened
) -> None:
    elsewhere.bench.home_mirror(mirror).import_()
    before, blobs = elsewhere.verified(), elsewhere.blobs()
    in_table("payout", first("amount", "1"))(liar)
    with pytest.raises(CorruptBundleError, match="the amount of the payout"):
        elsewhere.bench.home_mirror(mirror).import_()
    assert elsewhere.verified() == before
    assert elsewhere.blobs() == blobs


def test_lines_that_are_no_rows_are_named(liar: Liar, mirror: Path) -> None:
    [name] = liar.names("tables/look")
    for text in (b"{", b"[]\n", b"1\n", b"[" * 100_000):
        files = {n: f for n, f in liar.manifest.files.items() if not n.startswith("tables/look")}
        from workbench.core.canonical import sha256_hex
        from workbench.mirror.manifest import segment_name

        name = segment_name("tables/look", 0, sha256_hex(text))
        (mirror / name).write_bytes(text)
        liar.sign(files | {name: MirrorFile(sha256_hex(text), len(text))})
        with pytest.raises(WorkbenchError, match="line 1 of tables/look"):
            check(mirror)
    assert json.loads((mirror / NAME).read_bytes())
