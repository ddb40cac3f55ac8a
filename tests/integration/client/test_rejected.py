"""Every rejected row comes back with its reason, to its owner, in a file that is safe to open."""

import csv
from pathlib import Path
from typing import Any

import pytest

from workbench.client.bench import Bench
from workbench.client.task import Task
from workbench.core.errors import ConflictError, NotFoundError
from workbench.core.settings import Settings

LICENSE = "CC-BY-SA-4.0"
HIDDEN = [{"text": "calli", "label": "noun"}, {"text": "nehnemi", "label": "verb"}]
N_REPEATED = 250


@pytest.fixture(scope="module")
def words(bench: Bench) -> Task:
    return bench.open_task(
        "mended", title="Noun or verb?", kind="text-classification", test=HIDDEN,
        licenses=[LICENSE], classes=["noun", "verb"], sign=True,
    )  # fmt: skip


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    lines = [["text", "label", "unused"]]
    lines += [["tepetl, tlaltikpak", "noun", "x"], ["=cmd|' /C calc'!A0", "adjective", "x"]]
    lines += [["calli", "noun", "x"], ["write to eva@tlahtolli.mx", "verb", "x"]]
    lines += [["tepetl, tlaltikpak", "noun", "x"] for _ in range(N_REPEATED)]
    path = tmp_path_factory.mktemp("rejected") / "words.csv"
    with path.open("w", newline="") as stream:
        csv.writer(stream).writerows(lines)
    return path


@pytest.fixture(scope="module")
def draft(bench: Bench, words: Task, file: Path) -> Any:
    return bench.as_("ana").task(words.id).contribute(file, license=LICENSE)


def stored(lab: Settings) -> list[Path]:
    return [path for path in lab.blobs_dir.rglob("*") if path.is_file()]


def test_all_of_them_come_with_what_stands_in_them(draft: Any) -> None:
    frame = draft.rejected
    assert list(frame.columns) == ["row", "gate", "code", "outcome", "message", "text", "label"]
    assert list(frame.row) == sorted(frame.row)
    counts = dict(frame.code.value_counts())
    assert counts == {"unknown-label": 1, "e-mail-address": 1, "duplicate-in-file": N_REPEATED}
    [listed] = [one for one in draft.view.findings if one.code == "duplicate-in-file"]
    assert (len(listed.rows), listed.n_rows) == (100, N_REPEATED)
    [row] = frame[frame.code == "unknown-label"].to_dict("records")
    assert (row["row"], row["text"], row["label"]) == (3, "=cmd|' /C calc'!A0", "adjective")
    assert "adjective" in row["message"]
    [held] = frame[frame.outcome == "held"].to_dict("records")
    assert (held["row"], held["text"], held["label"]) == (5, "", "")


def test_no_row_of_the_hidden_test_is_named(draft: Any) -> None:
    assert [one.n_rows for one in draft.view.findings if one.code == "in-hidden-test"] == [1]
    assert not (draft.rejected.text == "calli").any()


def test_the_file_is_new_private_and_computes_nothing(draft: Any, tmp_path: Path) -> None:
    path = draft.write_rejected(tmp_path / "rejected.csv")
    assert path.stat().st_mode & 0o777 == 0o600
    with path.open(newline="") as stream:
        rows = list(csv.reader(stream))
    assert len(rows) == 1 + N_REPEATED + 2
    assert "'=cmd|' /C calc'!A0" in rows[1]
    assert not [cell for row in rows for cell in row if cell.lstrip().startswith(tuple("=+-@"))]
    with pytest.raises(ConflictError, match="exists"):
        draft.write_rejected(path)


def test_they_are_gone_with_the_contribution(bench: Bench, draft: Any, lab: Settings) -> None:
    assert bench.verify(files=True).is_whole
    given = draft.mask(drop=True)
    kept = [path for path in stored(lab) if b"eva@tlahtolli.mx" in path.read_bytes()]
    # The contributed file alone: what a held row says is not kept a second time.
    assert len(kept) == 1
    mine = given.rejected
    assert "e-mail-address" not in set(mine.code)
    given = given.submit(sign=True)
    assert given.rejected.equals(mine)
    bench.as_("ana").withdraw(given.id, sign=True)
    with pytest.raises(NotFoundError, match="it was withdrawn"):
        assert given.rejected is None
    assert bench.verify(files=True).is_whole


def test_who_has_no_rejected_rows_is_told_so(bench: Bench, words: Task) -> None:
    rows = [{"text": "cihuatl", "label": "noun"}, {"text": "tlakatl", "label": "noun"}]
    draft = bench.as_("ben").task(words.id).contribute(rows, license=LICENSE)
    with pytest.raises(NotFoundError, match="no row was rejected by name"):
        assert draft.rejected is None
