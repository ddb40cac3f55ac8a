"""Proposals through Bench and the server, and in a mirror of the home where they happened."""

import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.integration.mirror.conftest import Liar, Opened, Rows, opened
from tests.integration.mirror.test_lies import check
from tests.integration.proposals.conftest import POOL, Place, fill
from workbench.client.bench import Bench
from workbench.client.proposal import ProposedModel
from workbench.core.errors import (
    CorruptBundleError,
    ForbiddenError,
    InvalidInputError,
    NotFoundError,
)
from workbench.core.keys import PrivateKey
from workbench.workflows.merge import settle_bounties

WINDOW = 86_400


@dataclass
class Story:
    """What happened, and where."""

    found: Opened
    place: Place
    benches: dict[str, Bench]
    merged: ProposedModel
    undone: ProposedModel
    refused: ProposedModel
    mirror: Path


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """Ben merges, is merged again and rolled back; ana is refused; all of it by Bench."""
    folder = tmp_path_factory.mktemp("doors")
    with opened(folder) as found:
        place = Place(found.home)
        fill(place, dispute_seconds=WINDOW)
        # People sign with the keys of the lab.
        for name, key in place.keys.items():
            assert key.keep(found.home.settings.keys_dir / f"{name}.key")
        benches = {name: found.bench.as_(name) for name in place.keys}
        yield tell(found, place, benches, folder / "mirror")


def tell(found: Opened, place: Place, benches: dict[str, Bench], mirror: Path) -> Story:
    sponsor, ben, rita = benches["sponsor"], benches["ben"], benches["rita"]
    task = sponsor.task("clouds")
    task.fund("10000", bounties=True, sign=True)
    assert int(task.view.bounties) == POOL
    ben.train("clouds", owners=["ana"])
    better = ben.train("clouds", owners=["ana", "ben"])
    shares = [("author", "ben", "1/2"), ("data", "ana", "1/2")]
    merged = ben.propose(better, claim="has seen ben's rows", shares=shares, sign=True)
    assert merged.state == "evaluated", merged
    rita.review(merged, "approve", reason="better in both classes", sign=True)
    merged = sponsor.merge(merged, sign=True)
    undone = ben.propose(
        {"inverse_regularisation": 30.0}, task="clouds", claim="stronger",
        contributions=place.ids_of("ben"), sign=True,
    )  # fmt: skip
    assert undone.state == "evaluated", undone
    rita.review(undone.id[:12], "comment", reason="why so strong?", sign=True)
    rita.review(undone, "approve", reason="fine", sign=True)
    undone = sponsor.rollback(sponsor.merge(undone.id[:12], sign=True), "forgets", sign=True)
    poor = benches["ana"].train("clouds", owners=["ana"], inverse_regularisation=0.5)
    refused = benches["ana"].propose(poor, claim="mine", sign=True)
    found.bench.home_mirror(mirror).export()
    return Story(found, place, benches, merged, undone, refused, mirror)


def test_what_happened_can_be_read(story: Story) -> None:
    bench = story.benches["rita"]
    task = bench.task("clouds")
    states = dict(zip(task.proposals()["id"], task.proposals()["state"], strict=True))
    assert states == {
        story.merged.id: "merged", story.undone.id: "merged", story.refused.id: "rejected",
    }  # fmt: skip
    champions = task.champions()
    assert champions["model"].tolist() == [story.merged.model, story.undone.model]
    assert champions["state"].tolist() == ["provisional", "void"]
    assert task.champion == story.merged.model
    text = repr(bench.proposal(story.merged.id))
    assert "certified gain" in text
    assert "better in both classes" in text
    assert "1 of 1" in text
    assert "no-better" in repr(story.refused)
    assert re.search(r"rolled back +forgets", repr(story.undone))
    assert "rolled back" not in text


def test_a_diff_says_what_changed(story: Story) -> None:
    diff = story.merged.diff
    assert diff.data["change"].tolist().count("added") == 1
    assert set(diff.slices["value"]) == {"low", "high"}
    won, lost, alike = (diff.view.items_won, diff.view.items_lost, diff.view.items_alike)
    assert won is not None
    assert lost is not None
    assert won + lost + (alike or 0) == 120
    assert won > lost
    norms = diff.groups.set_index("group")["difference_norm"].dropna()
    assert (norms > 0).any()
    changed = story.undone.diff.parameters.set_index("name")
    assert changed.loc["inverse_regularisation", "challenger"] == "30"
    assert "against the champion" in repr(diff)


def test_what_is_wrong_is_said(story: Story) -> None:
    ben, sponsor = story.benches["ben"], story.benches["sponsor"]
    with pytest.raises(InvalidInputError, match="signs with your key"):
        ben.propose({"iterations": 3}, task="clouds", claim="x")
    with pytest.raises(InvalidInputError, match="no task is named"):
        ben.propose({"iterations": 3}, claim="x", sign=True)
    shares = [("author", "ben", "1/2")]
    with pytest.raises(InvalidInputError, match="shares sum to 1/2"):
        ben.propose({"iterations": 3}, task="clouds", claim="x", shares=shares, sign=True)
    with pytest.raises(InvalidInputError, match="stepz"):
        ben.propose({"stepz": 3}, task="clouds", claim="x", sign=True)
    with pytest.raises(InvalidInputError, match="is no file"):
        ben.propose(Path("gone.safetensors"), task="clouds", claim="x", sign=True)
    with pytest.raises(NotFoundError, match="no proposal"):
        ben.proposal("f" * 64)
    with pytest.raises(ForbiddenError, match="only sponsor"):
        ben.merge(story.merged, sign=True)
    contribution = sponsor.contribution(story.place.ids_of("ben")[0])
    with pytest.raises(InvalidInputError, match="cannot be decided on"):
        sponsor.review(contribution, "approve", reason="x", sign=True)


def test_the_home_verifies(story: Story) -> None:
    assert story.found.verified()


def test_a_mirror_shows_the_same(story: Story, tmp_path: Path) -> None:
    with opened(tmp_path) as elsewhere:
        elsewhere.bench.home_mirror(story.mirror).import_()
        there = elsewhere.bench.proposal(story.merged.id)
        assert there.view.verdicts == story.merged.view.verdicts
        assert elsewhere.bench.task("clouds").champion == story.merged.model
        assert elsewhere.bench.champions("clouds")["bounty"].tolist() == (
            story.found.bench.champions("clouds")["bounty"].tolist()
        )
        # What is due in a mirror is its origin's to do.
        late = datetime.max.replace(tzinfo=UTC)
        assert settle_bounties(elsewhere.home, late) == []
        with pytest.raises(ForbiddenError, match="mirrors"):
            elsewhere.bench.propose({"iterations": 9}, task="clouds", claim="x", sign=True)


Lie = Callable[[Rows], None]


def put(name: str, value: str | None) -> Lie:
    def change(rows: Rows) -> None:
        rows[0][name] = value

    return change


@pytest.mark.parametrize(
    ("table", "lie", "said"),
    [
        ("proposal", put("state", "rejected"), "shown as 'rejected'"),
        ("proposal", put("owner", "rita"), "owner of the proposal"),
        ("proposal", put("base", "1" * 64), "base of the proposal"),
        ("proposal", lambda rows: rows.pop(), "is not in its tables"),
        ("champion", put("gain", "999999"), "gain of the champion"),
        ("champion", put("model", "2" * 64), "model of the champion"),
        ("champion", lambda rows: rows.append(rows[0]), "is in its tables twice"),
        ("bounty", put("amount", "1"), "amount of the bounty"),
        ("rollback", put("reason", "nothing"), "reason of the rollback"),
        ("bounty_settlement", put("outcome", "final"), "outcome of the settlement"),
    ],
)
def test_a_table_that_lies_is_refused(
    story: Story, tmp_path: Path, table: str, lie: Lie, said: str
) -> None:
    mirror = Path(shutil.copytree(story.mirror, tmp_path / "mirror"))
    key = PrivateKey.load(story.found.home.settings.home / "server.key")
    liar = Liar.of(mirror, key)
    rows = liar.rows(f"tables/{table}")
    lie(rows)
    liar.write(f"tables/{table}", rows)
    with pytest.raises(CorruptBundleError, match=said):
        check(mirror)
