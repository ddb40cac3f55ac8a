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
    arrival = pages.Arrival(at=NOW, owner="Otomí", n_rows=1, license="CC0-1.0")
    merges = [
        pages.Merging(
            number=1, at=NOW, owner="Otomí", proposal="1" * 64, base="d" * 64, model="e" * 64,
            gain="218300", bounty="5000000", bounties={"Otomí": "4000000", "Ana": "1000000"},
            state="final", claim="knows Puebla", final_at=None, rolled_back_at=None,
            rolled_back_because=None,
        ),
        pages.Merging(
            number=2, at=NOW, owner="Ana", proposal="2" * 64, base="e" * 64, model="f" * 64,
            gain="1000", bounty="1", bounties={"Ana": "1"}, state="void", claim="", final_at=None,
            rolled_back_at=NOW,
            rolled_back_because="<b>it forgot Puebla</b>",
        ),
    ]  # fmt: skip
    story = pages.TaskStory(
        id="speak", title="Speak Nahuatl", kind="causal-lm", rows="text", sponsor="sponsor",
        created_at=NOW, metric="loss", base=None, licenses=["CC0-1.0"], classes=[],
        pool="0", pay_on="value", semivalue="shapley", owner_cap=None, minimum_gain_units="0",
        dispute_seconds=0, arrivals=[arrival],
        reigns=[pages.Reign(at=NOW, model="d" * 64, run="a" * 64, utility=-3.3)],
        merges=merges, closings=[pages.make_closing(epoch)], best_owner=None, best_per_row=None,
        as_of=NOW,
    )  # fmt: skip
    runs = [
        pages.PublishedRun(
            id=f"{n}b" * 32, kind=kind, created_at=NOW, model=None, metrics=metrics, seals=[],
            again=[], withdrawn=[], origin=None, command=f"workbench reproduce {n}b",
        )
        for n, (kind, metrics) in enumerate(
            [("fine-tune", {"loss": 3.1}), ("fine-tune", {"loss": 3.4}), ("valuation", {"n": 64.0})]
        )
    ]  # fmt: skip
    for name, document in {
        "task.json": story,
        "runs.json": pages.PublishedRuns(task="speak", title="Speak", as_of=NOW, runs=runs),
    }.items():
        (folder / name).write_text(document.model_dump_json())
    entries = [
        pages.index_entry("speak", **about, epoch=epoch),
        pages.index_entry("tumour", title="Tumour", metric="accuracy"),
    ]
    (folder.parent / "index.json").write_text(json.dumps(pages.index_document(entries, NOW)))
    monkeypatch.setenv("WORKBENCH_PUBLISHED", str(folder.parent))
    return Published(folder.parent)
