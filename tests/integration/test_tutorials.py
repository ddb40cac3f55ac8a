"""Every tutorial runs top to bottom, as a reader would run it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from workbench.client.bench import Bench

ROOT = Path(__file__).parents[2]
TUTORIALS = sorted((ROOT / "notebooks" / "tutorials").glob("*.ipynb"))


@pytest.mark.parametrize("path", TUTORIALS, ids=lambda path: path.stem)
def test_a_tutorial_runs_to_its_end(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Its server stops soon after the last cell; what it makes goes where this test's files go.
    monkeypatch.setenv("WORKBENCH_IDLE_SECONDS", "5")
    # The kernel draws into the page, as it does for a reader.
    monkeypatch.delenv("MPLBACKEND")
    command = ["-m", "nbconvert", "--execute", "--to", "notebook", "--output-dir", str(tmp_path)]
    done = subprocess.run(
        [sys.executable, *command, str(path)],
        env=os.environ | {"TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    cells = json.loads((tmp_path / path.name).read_text())["cells"]
    outputs = [output for cell in cells for output in cell.get("outputs", [])]
    # Warnings are errors here too: a reader should see none.
    assert [output["text"] for output in outputs if output.get("name") == "stderr"] == []
    assert any("image/png" in output.get("data", {}) for output in outputs)
    homes = sorted(database.parent for database in tmp_path.glob("*/workbench.duckdb"))
    _CHECKS[path.stem](homes)


def _has_values(homes: list[Path]) -> None:
    """There is one home, and in it a study whose values anybody can ask for."""
    [home] = homes
    with Bench.open(home, quiet=True) as bench:
        sealed = bench.sql(
            "select v.value from value as v inner join study as s on v.study = s.id"
            " where s.state = 'sealed'"
        )
    assert sealed["value"].min() < 0 < sealed["value"].max()


def _is_reproduced(homes: list[Path]) -> None:
    """The model is better than its base, and the same again, at home and elsewhere."""
    elsewhere, home = homes
    for folder in homes:
        with Bench.open(folder, quiet=True) as bench:
            [run] = [run for run in bench.runs("numbers") if run.view.reproductions]
            assert [one.outcome for one in run.view.reproductions] == ["identical"]
            assert run.metrics["loss"] < run.metrics["base_loss"]
            assert (run.view.origin is None) == (folder == home)
            if folder == elsewhere:
                assert bench.sql("select model from run")["model"].tolist() == [run.model]


def _is_paid(homes: list[Path]) -> None:
    """One row was masked, a dispute was dismissed, and a stranger's home has the same payouts."""
    assert len(homes) == 2
    paid = []
    for folder in homes:
        with Bench.open(folder, quiet=True) as bench:
            epoch = bench.epoch("chapters:1")
            assert (epoch.state, epoch.adds_up) == ("final", True)
            assert [one.decision for one in epoch.view.disputes] == ["dismiss"]
            assert bench.recompute(epoch).is_same
            paid.append({row.owner: int(row.amount) for row in epoch.payouts})
            balances = dict(
                bench.sql("select account, amount from balance").itertuples(index=False)
            )
            assert {owner: balances.get(f"user:{owner}", 0) for owner in paid[-1]} == paid[-1]
    assert paid[0] == paid[1]
    assert paid[0]["eva"] == 0 < min(paid[0]["ana"], paid[0]["ben"])


def _is_contributed(homes: list[Path]) -> None:
    """A file was masked and signed, a table signed; a look at withdrawing took nothing back."""
    [home] = homes
    with Bench.open(home, identity="ana", quiet=True) as bench:
        found = bench.task("chapters").contributions()
        assert sorted(found["state"]) == ["accepted", "accepted", "draft"]
        masked = bench.contribution(
            found["id"][found["file_name"] == "chapters.masked.jsonl"].item()
        )
        assert masked.receipt().verify().view.envelope["body"]["owner"] == "ana"
        assert masked.n_rows == found["n_rows_submitted"].max() - 2
        assert {own.id for own in bench.inbox().view.contributions} == set(found["id"])


def _is_reviewed(homes: list[Path]) -> None:
    """All runs were done again, one number of one was forged in MLflow, and the mirrors agree."""
    [home] = homes
    with Bench.open(home, quiet=True) as bench:
        runs = bench.runs("wine")
        assert {run.view.kind: bench.verify(run).state for run in runs} == {
            "fine-tune": "seal broken",
            "comparison": "sealed",
            "valuation": "sealed",
        }
        outcomes = [one.outcome for run in runs for one in run.view.reproductions]
        assert outcomes == ["identical", "identical"]
        assert bench.verify(files=True).is_whole
        [older] = home.parent.glob("mirror-*/wine")
        later = bench.home_mirror(older.with_name("later")).check(against=older)
        assert later.comparison is not None
        assert later.comparison.state == "ahead"


def _is_merged(homes: list[Path]) -> None:
    """One proposal was merged and paid to the last unit; all others were refused for a reason."""
    [home] = homes
    with Bench.open(home, quiet=True) as bench:
        [task] = bench.tasks()["id"]
        proposals = bench.proposals(task)
        assert sorted(proposals["state"]) == ["merged", *["rejected"] * (len(proposals) - 1)]
        assert len(proposals) > 1
        assert (proposals["reason"][proposals["state"] == "rejected"] != "").all()
        [champion] = bench.champions(task).to_dict("records")
        assert champion["model"] == bench.task(task).champion
        assert champion["bounty"] == int(champion["gain"]) * 1_000 > 0
        paid = bench.sql("select amount from balance where account like 'user:%'")["amount"]
        assert paid.sum() == champion["bounty"]


def _is_refreshed(homes: list[Path]) -> None:
    """What forgot an old year was refused for that, and what remembers it merged."""
    _is_merged(homes)
    with Bench.open(homes[0], quiet=True) as bench:
        assert bench.proposals("tickets")["reason"].tolist() == ["regression", ""]


_CHECKS = {
    "new_variant": _is_merged,
    "new_structures": _is_merged,
    "stale_champion": _is_refreshed,
    "contribute": _is_contributed,
    "review_a_run": _is_reviewed,
    "first_look": _has_values,
    "what_is_a_contribution_worth": _has_values,
    "fine_tune_compare_reproduce": _is_reproduced,
    "get_paid_and_check_it": _is_paid,
}


def test_every_tutorial_is_checked() -> None:
    assert {path.stem for path in TUTORIALS} == set(_CHECKS)
