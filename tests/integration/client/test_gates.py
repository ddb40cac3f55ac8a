"""Gates as a contributor meets them: what is held, what is near, what is masked."""

import json
from pathlib import Path
from typing import Any

import pytest

from workbench.client.bench import Bench
from workbench.client.task import Task
from workbench.core.errors import InvalidInputError, InvalidMoveError
from workbench.core.settings import Settings

LICENSE = "CC-BY-4.0"
SECRETS = ["itzel@correo.mx", "4111111111111111", "DE89370400440532013000", "+52 55 1234 5678"]
LONG = "In tlacatl ohtli quitoca, auh in cihuatl calli quichpana mochipa ipan tonalli"
HIDDEN = [
    {"text": f"{word} {LONG[::-1]} {word}", "label": label, "source": "ana@correo.mx"}
    for word, label in (("cuicatl", "song"), ("tlahtolli", "word"))
]


@pytest.fixture(scope="module")
def songs(bench: Bench) -> Task:
    return bench.open_task(
        "songs", title="Song or word?", kind="text-classification", test=HIDDEN,
        licenses=[LICENSE], classes=["song", "word"], sign=True,
    )  # fmt: skip


def rows_of(*texts: str) -> list[dict[str, str]]:
    return [{"text": text, "label": "song", "source": "cuaderno"} for text in texts]


def held(draft: Any) -> dict[str, list[int]]:
    found = draft.findings
    return {row.code: row.rows for row in found[found["outcome"] == "held"].itertuples()}


def everywhere(home: Path) -> bytes:
    """Return all that a home wrote down, besides the files that were given to it."""
    files = [p for p in home.rglob("*") if p.is_file() and "blobs" not in p.parts]
    return b"".join(path.read_bytes() for path in files)


def test_personal_data_is_held_until_it_is_masked(bench: Bench, songs: Task, lab: Settings) -> None:
    texts = [f"Xinechtlacuili {secret} niman" for secret in SECRETS]
    rows = rows_of("nican ce cuicatl", *texts)
    person = bench.as_("itzel").task(songs.id)
    draft = person.contribute(rows, license=LICENSE)
    assert (draft.state, draft.n_rows) == ("draft", 1)
    assert held(draft) == {
        "e-mail-address": [2], "payment-card": [3], "bank-account": [4], "phone-number": [5],
    }  # fmt: skip
    assert f"workbench contribution mask {draft.id}" in repr(draft)
    with pytest.raises(InvalidMoveError, match="e-mail addresses: i…x") as caught:
        draft.submit(sign=True)
    assert "mask" in caught.value.next_step
    assert draft.refresh().state == "draft"

    masked = draft.mask()
    assert masked.id != draft.id
    assert (masked.n_rows, held(masked)) == (5, {})
    assert masked.view.file_sha256 != draft.view.file_sha256
    assert draft.mask().id == masked.id
    assert masked.submit(sign=True).state == "accepted"
    # The rows that count are those that were masked; nothing else kept what was not.
    kept = next(lab.home.rglob(f"*{masked.view.rows_sha256[2:]}*")).read_text()
    assert "Xinechtlacuili ⟨e-mail⟩ niman" in kept
    assert "i…x".encode() in everywhere(lab.home)
    assert not any(secret.encode() in everywhere(lab.home) for secret in SECRETS)


def test_secrets_are_held_until_they_are_masked(bench: Bench, songs: Task, lab: Settings) -> None:
    token, password = "gh" + "p_" + "aB3" * 12, "tepetlxochitl"
    rows = rows_of(f"xicpia {token} huel", f"https://itzel:{password}" + "@cuicatl.mx/x", "zan ye")
    draft = bench.as_("tecolotl").task(songs.id).contribute(rows, license=LICENSE)
    assert held(draft) == {"access-token": [1], "password-in-address": [2]}
    assert "GitHub g…3" in repr(draft)
    masked = draft.mask()
    assert masked.submit(sign=True).n_rows == 3
    written = everywhere(lab.home)
    assert token.encode() not in written
    assert password.encode() not in written


def test_rows_can_be_left_out_instead(bench: Bench, songs: Task) -> None:
    rows = rows_of("occe cuicatl yancuic", "xicnotza +49 30 901820123")
    draft = bench.as_("citlali").task(songs.id).contribute(rows, license=LICENSE)
    assert draft.mask(drop=True).submit(sign=True).n_rows == 1
    draft = bench.as_("citlali").task(songs.id).contribute(rows[1:], license=LICENSE)
    with pytest.raises(InvalidInputError, match="every row holds"):
        draft.mask(drop=True)


def test_only_a_draft_with_something_to_mask_is_masked(bench: Bench, songs: Task) -> None:
    person = bench.as_("xochitl").task(songs.id)
    draft = person.contribute(rows_of("xochitl in noyollo"), license=LICENSE)
    with pytest.raises(InvalidInputError, match="no row holds"):
        draft.mask()
    draft.submit(sign=True)
    with pytest.raises(InvalidMoveError, match="accepted already"):
        draft.mask()


def test_near_copies_are_dropped_and_belong_to_whoever_came_first(
    bench: Bench, songs: Task
) -> None:
    first = bench.as_("tonalli").task(songs.id)
    rows = rows_of(LONG, LONG.replace("ohtli", "ohtlí"), LONG + "!")
    given = first.contribute(rows, license=LICENSE, sign=True)
    assert (given.state, given.n_rows) == ("accepted", 1)
    copied = [LONG.replace("calli", "kalli"), "in yancuic tlahtolli amo aca oquitoh"]
    draft = bench.as_("copier").task(songs.id).contribute(rows_of(*copied), license=LICENSE)
    assert draft.n_rows == 1
    (message,) = draft.findings["message"]
    assert message.endswith("by tonalli")
    # An owner may bring other versions of their own rows.
    own = first.contribute(rows_of(copied[0]), license=LICENSE)
    assert (own.n_rows, list(own.findings["code"])) == (1, [])


def test_near_copies_of_the_hidden_test_quarantine(bench: Bench, songs: Task) -> None:
    rows = rows_of(HIDDEN[0]["text"] + ".", *(f"{n} nicmati {n * n}" for n in range(50)))
    given = bench.as_("leaker").task(songs.id).contribute(rows, license=LICENSE, sign=True)
    assert given.state == "quarantined"
    assert {"near-hidden-test", "hidden-test-leak"} <= set(given.findings["code"])
    assert json.dumps(given.findings["rows"].tolist()) == "[[], []]"
