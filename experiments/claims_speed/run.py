"""How much work the tree of 100,000 claims is, beside OpenZeppelin's own library."""

import argparse
import json
import random
import shutil
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from workbench.client.claims import proof_of
from workbench.core.evm import keccak_256
from workbench.ledger.claims import ClaimTree, NamedAddress, Payout, by_address, claims_of

CHAIN = Path(__file__).parents[2] / "extensions" / "chain"
N_EPOCHS = 10


def make_books(n_owners: int, rng: random.Random) -> tuple[list[Payout], list[NamedAddress]]:
    """Return what ten epochs paid so many owners, and the address of each."""
    names = [f"owner-{n}" for n in range(n_owners)]
    addresses = [
        NamedAddress(n, name, f"0x{rng.randbytes(20).hex()}") for n, name in enumerate(names)
    ]
    payouts = [
        Payout(n_owners + epoch, name, rng.randrange(10**9))
        for epoch in range(N_EPOCHS)
        for name in names
    ]
    return payouts, addresses


def javascript(amounts: Mapping[str, int]) -> dict[str, Any] | None:
    """Return OpenZeppelin's tree of these amounts and its CPU seconds; None without Node."""
    node = shutil.which("node")
    if node is None or not (CHAIN / "node_modules").is_dir():
        return None
    values = [[address, str(amount)] for address, amount in sorted(amounts.items())]
    done = subprocess.run(  # noqa: S603 - our own script and numbers
        [node, str(CHAIN / "trees.js")],
        input=json.dumps({"values": values, "proofs": False}) + "\n",
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def measure(n_owners: int) -> dict[str, float]:
    """Return CPU seconds for so many owners; the trees must be equal."""
    payouts, addresses = make_books(n_owners, random.Random(5))  # noqa: S311 - made-up owners
    answers: dict[str, float] = {"owners": n_owners}
    begun = time.process_time()
    amounts = by_address(claims_of(payouts, addresses))
    answers[f"CPU seconds to sum {N_EPOCHS} epochs"] = _since(begun)
    keccak = keccak_256()
    begun = time.process_time()
    tree = ClaimTree.of(amounts, keccak)
    answers["CPU seconds to build the tree"] = ours = _since(begun)
    begun = time.process_time()
    dump = tree.dump()
    answers["CPU seconds to write its dump"] = _since(begun)
    answers["hashes in a proof"] = len(proof_of(dump, next(iter(amounts))))
    answers["MB of the dump"] = round(len(json.dumps(dump)) / 1e6, 1)
    theirs = javascript(amounts)
    if theirs is not None:
        if theirs["dump"] != dump:
            raise RuntimeError("the trees differ")
        answers["CPU seconds to build it in JavaScript"] = round(theirs["seconds"], 3)
        answers["JavaScript's time over ours"] = round(theirs["seconds"] / ours, 2)
    return answers


def _since(begun: float) -> float:
    return round(time.process_time() - begun, 4)


def main() -> None:
    """Measure, and print lines or ``--json``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--smoke", action="store_true", help="only try, with few owners")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    answers = measure(300 if options.smoke else 100_000)
    if options.json:
        print(json.dumps(answers))
    else:
        for name, answer in answers.items():
            print(f"{name}: {answer}")


if __name__ == "__main__":
    main()
