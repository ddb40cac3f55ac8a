"""Pages that were published follow the champion: merges, what they pay, and rollbacks."""

import json
from collections.abc import Callable

from tests.integration.proposals.conftest import Place
from tests.integration.proposals.test_merging import proposed
from workbench.workflows.merge import settle_bounties
from workbench.workflows.publish import publish, publish_due


def test_pages_follow_the_champion(open_place: Callable[..., Place]) -> None:
    place = open_place(dispute_seconds=86_400)
    place.fund_bounties()
    root = place.home.settings.published_dir
    path = root / "clouds" / "task.json"
    assert "clouds/task.json" in publish(place.home)
    assert json.loads(path.read_text())["merges"] == []
    found = proposed(place, "ana", "ben")
    place.say("rita", found, "approve")
    assert publish_due(place.home) == []

    merged = place.merge(found).merge
    assert merged is not None
    assert merged.final_at is not None
    assert "clouds/task.json" in publish_due(place.home)
    assert publish_due(place.home) == []
    [told] = json.loads(path.read_text())["merges"]
    assert (told["owner"], told["model"], told["state"]) == (
        found.owner,
        found.model,
        "provisional",
    )
    assert told["bounties"] == merged.bounties
    assert sum(map(int, told["bounties"].values())) == int(told["bounty"])

    settle_bounties(place.home, merged.final_at)
    assert "clouds/task.json" in publish_due(place.home)
    assert json.loads(path.read_text())["merges"][0]["state"] == "final"

    place.roll_back(found, "it forgets")
    assert "clouds/task.json" in publish_due(place.home)
    [told] = json.loads(path.read_text())["merges"]
    assert told["rolled_back_because"] == "it forgets"
    assert publish_due(place.home) == []
