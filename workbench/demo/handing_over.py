"""What the demo leaves for somebody else: claims for a contract, and a mirror of the home."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from workbench.client.bench import Bench
from workbench.client.epoch import Epoch
from workbench.core.credits import format_credits
from workbench.core.settings import Settings
from workbench.demo.owners import can_claim
from workbench.demo.screen import Screen


@dataclass(frozen=True)
class HandedOver:
    """Where it lies.

    Attributes
    ----------
    mirror : folder of the mirror.
    claims : task → file of its claims; without tasks whose owners have nothing to claim.
    """

    mirror: Path
    claims: Mapping[str, Path] = field(default_factory=dict)


def hand_over(
    bench: Bench, screen: Screen, settings: Settings, epochs: Mapping[str, Epoch]
) -> HandedOver:
    """Write both anew, into the home: whoever starts that over starts them over as well.

    Parameters
    ----------
    bench : on the home.
    screen : where it is told.
    settings : of the home.
    epochs : task → its payouts.
    """
    folder = settings.home / "demo"
    folder.mkdir(exist_ok=True)
    claims = _export_claims(bench, screen, folder, epochs) if can_claim() else {}
    mirror = bench.home_mirror(folder / "mirror").export()
    moved = mirror.moved
    head = mirror.check().manifest.head
    screen.say(
        f"mirror of {head.size:,} log entries in {len(mirror.manifest.files):,} files, "
        f"{moved.n_files if moved else 0:,} of them new"
    )
    screen.say(f"checked offline: every byte, signature and amount holds; root {head.root[:16]}…")
    return HandedOver(folder / "mirror", claims)


def _export_claims(
    bench: Bench, screen: Screen, folder: Path, epochs: Mapping[str, Epoch]
) -> dict[str, Path]:
    written = {}
    for task, epoch in epochs.items():
        claims = bench.claims(epoch)
        if claims.view.root is None:
            screen.say(f"{task}: nobody has anything to claim")
            continue
        place = folder / f"claims-{task}.json"
        place.unlink(missing_ok=True)
        written[task] = claims.save(place)
        screen.say(
            f"{task}: {format_credits(int(claims.view.claimable))} credits to claim by the root "
            f"{claims.root[:18]}… of {claims.view.log_size:,} log entries"
        )
    return written
