"""Pages that were published are written again by themselves when the money moves."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.integration.workflows.test_recompute import make_lab, valued
from workbench.ledger.proof import check_proof
from workbench.workflows.publish import publish, publish_due
from workbench.workflows.settle import settle_due

POOL = 1_000_000_007


def test_pages_follow_the_money(tmp_path: Path) -> None:
    lab = make_lab(tmp_path, recipe={"utility": "ridge"}, dispute_seconds=3600)
    root = lab.home.settings.published_dir
    try:
        # Nobody has published yet: nobody is shown anything.
        assert publish_due(lab.home) == []
        assert not any(root.iterdir())
        before = publish(lab.home)
        assert {"clouds/task.html", "clouds/runs.html", "clouds/task.json"} <= set(before)
        assert "clouds/payouts.html" not in before
        assert publish_due(lab.home) == []
        # Published tasks alone: one that was opened since is its sponsor's to show.
        lab.open_task("hidden")

        study = valued(lab)
        lab.fund(POOL, nonce="again")
        epoch = lab.pay(study)
        written = publish_due(lab.home)
        assert "clouds/payouts.html" in written
        assert not any(name.startswith("hidden/") for name in written)
        assert "provisional until" in (root / "clouds/payouts.html").read_text()
        assert _paid(root) == ("hold", epoch.id)
        assert publish_due(lab.home) == []

        settle_due(lab.home, datetime.now(UTC) + timedelta(days=1))
        assert "clouds/payouts.html" in publish_due(lab.home)
        assert 'data-state="final"' in (root / "clouds/payouts.html").read_text()
        assert _paid(root) == ("payout", f"{epoch.id}:settled")
        assert publish_due(lab.home) == []

        runs = json.loads((root / "clouds/runs.json").read_text())["runs"]
        assert {"values"} <= {seal["what"] for run in runs for seal in run["seals"]}
        story = json.loads((root / "clouds/task.json").read_text())
        assert sum(one["n_rows"] for one in story["arrivals"]) > 0
        assert story["closings"][0]["state"] == "final"
        for path in root.rglob("*"):
            assert path.stat().st_mode & 0o777 == (0o755 if path.is_dir() else 0o644)
            assert (
                path.suffix == ".parquet" or path.is_dir() or "rows.jsonl" not in path.read_text()
            )
    finally:
        lab.home.close()


def _paid(root: Path) -> tuple[str, str]:
    proven = check_proof(json.loads((root / "clouds/proof.json").read_text()))
    assert proven.entry is not None
    entry = proven.entry["entry"]
    return entry["kind"], entry["id"]
