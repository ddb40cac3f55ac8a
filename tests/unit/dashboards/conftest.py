"""A published folder."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from workbench import pages
from workbench.core.wire import EpochView, PayoutRow
from workbench.dashboards import Published

NOW = datetime(2026, 11, 22, 11, 0, tzinfo=UTC)


@pytest.fixture
def published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Published:
    """One task with an epoch, one without, and the variable that says where."""
    payout = PayoutRow(
        owner="Otomí",
        n_rows=10,
        value=0.1,
        standard_error=0.01,
        rank=1,
        share=1.0,
        amount="5000000",
    )
    epoch = EpochView(
        id="e" * 64,
        task="speak",
        number=1,
        study="5" * 64,
        pool="5000000",
        paid="5000000",
        returned="0",
        payouts=[payout],
        created_at=NOW,
    )
    about = {"title": "Speak Nahuatl", "metric": "loss"}
    folder = tmp_path / "published" / "speak"
    folder.mkdir(parents=True)
    line = {"model": "base", "metric": "loss", "score": 3.9, "low": 3.8, "high": 4.0}
    compared = {
        "scores": [line],
        "metrics": [{"metric": "loss", "unit": "nats", "better": "lower"}],
        "confidence": 0.95,
        "n_rows": 10,
    }
    models = pages.models_document("c" * 64, compared, created_at=NOW, champion="base")
    document = pages.leaderboard_document(epoch, **about, as_of=NOW, models=models)
    (folder / "leaderboard.json").write_text(json.dumps(document))
    pq.write_table(pa.Table.from_pylist([payout.model_dump()]), folder / "leaderboard.parquet")
    entries = [
        pages.index_entry("speak", **about, epoch=epoch),
        pages.index_entry("tumour", title="Tumour", metric="accuracy"),
    ]
    (folder.parent / "index.json").write_text(json.dumps(pages.index_document(entries, NOW)))
    monkeypatch.setenv("WORKBENCH_PUBLISHED", str(folder.parent))
    return Published(folder.parent)
