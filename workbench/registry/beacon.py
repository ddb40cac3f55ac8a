"""Seeds and samples that nobody picks: drawn from what nobody could know in time.

A beacon is the digest of a signed tree head of the log. Its signature is the server's, so nobody
else can compute a head in advance and try proposals against it. The head has to be later than
the reveal, not only than the commitment: who commits to a hundred proposals would otherwise see
their seeds and reveal the luckiest.
"""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from workbench.core.errors import InvalidInputError
from workbench.core.seeds import derive_seed

_DOMAIN: Final = b"workbench/evaluation-sample/1\n"
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Beacon:
    """From what one proposal's evaluation is drawn.

    Attributes
    ----------
    proposal : content id of its record.
    head : digest of the first tree head that was signed after the proposal was revealed.
    """

    proposal: str
    head: str

    @classmethod
    def after(cls, proposal: str, revealed_seq: int, head: str, head_size: int) -> "Beacon":
        """Return the beacon of a proposal.

        Parameters
        ----------
        proposal : content id of its record.
        revealed_seq : place of that record in the log, from 0.
        head : SHA-256 of the signed head's canonical bytes, 64 hex digits.
        head_size : entries that the head covers.

        Raises
        ------
        InvalidInputError
            The head does not cover the record, so that somebody could have known it before.
        """
        for digest in (proposal, head):
            if _DIGEST.fullmatch(digest) is None:
                raise InvalidInputError(f"{digest!r:.80} is no digest", wanted="64 hex digits")
        if head_size <= revealed_seq:
            raise InvalidInputError(
                f"the head covers {head_size} entries, the proposal is entry {revealed_seq}",
                wanted="a head that was signed after the proposal was revealed",
                next_step="wait for the next head",
            )
        return cls(proposal, head)

    def seeds(self, n_seeds: int) -> list[int]:
        """Return the seeds with which champion and challenger are both trained."""
        return [self.seed("train", k) for k in range(n_seeds)]

    def seed(self, purpose: str, number: int = 0) -> int:
        """Return one seed in [0, 2**63); another for each purpose."""
        return derive_seed("evaluation", self.proposal, self.head, purpose, number)

    def sample(self, items: Iterable[str], n_items: int) -> list[str]:
        """Return the hidden items that are tested, by their digests.

        The smallest hashes of beacon and digest are taken: the same items whatever their order.

        Raises
        ------
        InvalidInputError
            There are fewer items, or one of them twice.
        """
        found = list(items)
        if not 0 < n_items <= len(set(found)) or len(set(found)) < len(found):
            raise InvalidInputError(
                f"{n_items} items are wanted of {len(found)}, {len(set(found))} of them different",
                wanted="at least 1, and no more than there are, each once",
            )
        return sorted(sorted(found, key=lambda item: (self._hash(item), item))[:n_items])

    def _hash(self, item: str) -> bytes:
        text = f"{self.proposal}\n{self.head}\n{item}"
        return hashlib.sha256(_DOMAIN + text.encode()).digest()
