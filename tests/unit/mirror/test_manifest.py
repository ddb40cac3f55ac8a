"""A manifest says which files a mirror has; no name in it leads out of the mirror's folder."""

import json
from typing import Any

import pytest

from workbench.core.canonical import canonical_bytes
from workbench.core.envelope import Envelope
from workbench.core.errors import CorruptBundleError
from workbench.core.keys import PrivateKey
from workbench.ledger.head import TreeHead
from workbench.mirror.manifest import (
    MAX_FILE_BYTES,
    Manifest,
    MirrorFile,
    blob_name,
    page_name,
    segment_name,
    signed_head,
)

KEY = PrivateKey(bytes(32))
A, B = "a" * 64, "b" * 64
HEAD = TreeHead(KEY.public_hex, 3, A, "2026-11-26T00:00:00.000000+00:00").signed(KEY)
FILES = {
    segment_name("log", 0, A): MirrorFile(A, 10),
    segment_name("tables/task", 5_000, B): MirrorFile(B, 20),
    blob_name(B): MirrorFile(B, 30),
    "pages/clouds/leaderboard.html": MirrorFile(A, 0),
}


def raw(files: Any, **changes: Any) -> bytes:
    body = {"format": 1, "head": json.loads(HEAD), "files": files} | changes
    return canonical_bytes(Envelope.sign("mirror", body, KEY).to_json())


def test_a_manifest_comes_back_as_it_was_signed() -> None:
    made = Manifest.sign(HEAD, FILES, KEY)
    again = Manifest.read(made.content)
    assert again.files == made.files == FILES
    assert list(again.files) == sorted(FILES)
    assert (again.origin, again.head.size, again.n_bytes) == (KEY.public_hex, 3, 60)
    assert again.head_text == HEAD
    assert again.sha256 == made.sha256


def test_the_order_of_the_files_changes_no_byte() -> None:
    backwards = dict(reversed(list(FILES.items())))
    assert Manifest.sign(HEAD, backwards, KEY).content == Manifest.sign(HEAD, FILES, KEY).content


def test_names_tell_their_tables_and_follow_in_order() -> None:
    files = {segment_name("tables/look", n, A): MirrorFile(A, 1) for n in (10_000, 0, 5_000)}
    made = Manifest.sign(HEAD, files | FILES, KEY)
    assert made.tables == ["look", "task"]
    names = made.segments("tables/look")
    assert [int(name.split("/")[2][:12]) for name in names] == [0, 5_000, 10_000]
    assert made.segments("tables/loo") == []


@pytest.mark.parametrize(
    "name",
    [
        "", "x", "mirror.json", "/etc/passwd", "../x", "log/../x", "log", "log/x.jsonl",
        f"log/000000000000-{A[:16]}.jsonl\n", f"log/0-{A[:16]}.jsonl",
        f"log//000000000000-{A[:16]}.jsonl", f"tables/../000000000000-{A[:16]}.jsonl",
        f"tables/Look/000000000000-{A[:16]}.jsonl", f"blobs/{A}", f"blobs/aa/{A}", "pages/",
        "pages/.hidden", "pages/../x", "pages/a//b", "pages/a/b/c/d/e/f", "pages/é", "pages\\x",
        f"log/٠00000000000-{A[:16]}.jsonl",
    ],
)  # fmt: skip
def test_a_name_that_is_none_of_a_mirrors_is_refused(name: str) -> None:
    with pytest.raises(CorruptBundleError, match="names the file"):
        Manifest.read(raw({name: {"bytes": 1, "sha256": A}}))


@pytest.mark.parametrize(
    "value",
    [
        None, [], {}, {"bytes": 1}, {"bytes": "1", "sha256": A}, {"bytes": -1, "sha256": A},
        {"bytes": MAX_FILE_BYTES + 1, "sha256": A}, {"bytes": 1, "sha256": A.upper()},
        {"bytes": 1, "sha256": A[:-1]}, {"bytes": 1, "sha256": A, "more": 1},
        {"bytes": 1.5, "sha256": A},
    ],
)  # fmt: skip
def test_a_file_without_size_and_digest_is_refused(value: Any) -> None:
    with pytest.raises(CorruptBundleError, match="of 'pages/x'"):
        Manifest.read(raw({"pages/x": value}))


def test_a_file_that_is_named_by_another_digest_is_refused() -> None:
    for name in (blob_name(A), segment_name("log", 0, A)):
        with pytest.raises(CorruptBundleError, match="otherwise than its digest"):
            Manifest.read(raw({name: {"bytes": 1, "sha256": B}}))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "not accepted"),
        (b"[" * 100_000, "not accepted"),
        (b"{}", "not accepted"),
        (raw({})[:-1], "not accepted"),
        (raw({}) + b"\n", "canonical JSON"),
        (raw({}, format=2), "the format 2"),
        (raw(["x"]), "no manifest"),
        (raw({}, head={}), "not accepted"),
        (canonical_bytes(Envelope.sign("head", {}, KEY).to_json()), "not as its server signed it"),
    ],
)
def test_what_is_no_manifest_is_refused(content: bytes, said: str) -> None:
    with pytest.raises(CorruptBundleError, match=said) as caught:
        Manifest.read(content)
    assert caught.value.next_step


def test_a_head_of_another_server_is_refused() -> None:
    other = PrivateKey.make()
    head = TreeHead(other.public_hex, 3, A, "2026-11-26T00:00:00.000000+00:00").signed(other)
    with pytest.raises(CorruptBundleError, match="the head was signed by"):
        Manifest.read(raw({}, head=json.loads(head)))
    with pytest.raises(CorruptBundleError, match="not one of"):
        signed_head(head, KEY.public_hex)
    assert signed_head(head, other.public_hex).size == 3


def test_pages_have_names_of_their_own_alone() -> None:
    assert page_name("clouds/index.html") == "pages/clouds/index.html"
    for path in ("", ".x", "../x", "a/../b", "a b"):
        assert page_name(path) is None
