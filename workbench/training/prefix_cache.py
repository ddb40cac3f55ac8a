"""Hidden states below the last blocks, computed once and kept by content.

Rows of one contribution are grouped in an order that depends on their tokens alone, and each
group is computed in one batch and kept in one file. A contribution never changes, so a
hidden state has the same bits whoever computes it, beside whatever else, in however many
processes: neighbours in a batch can change the last bits of a matrix product.
"""

import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from workbench.core.canonical import content_id
from workbench.core.errors import DiskFullError, InvalidInputError
from workbench.training.architecture import Architecture
from workbench.training.fingerprint import numerics
from workbench.training.learner import group_by_tokens
from workbench.training.packing import pack
from workbench.training.rows import TokenRow

# About 0.4 s of one core and 300 kB in bfloat16 for SmolLM2: what a kill can lose.
_GROUP_TOKENS: Final = 256
# Raised when the same rows would be computed to other last bits.
_LAYOUT: Final = 2


@dataclass(frozen=True)
class Group:
    """Rows whose hidden states are computed together and kept in one file.

    Attributes
    ----------
    rows : distinct, each without its last token.
    key : content id of everything that decides the hidden states' bits.
    """

    rows: tuple[TokenRow, ...]
    key: str

    @property
    def n_tokens(self) -> int:
        """The tokens to compute."""
        return sum(len(row) for row in self.rows)


@dataclass(frozen=True)
class PrefixCache:
    """The hidden states of one base model in one folder.

    Attributes
    ----------
    folder : shared with other processes; safe to delete.
    model_digest : names the base model.
    last_blocks : how many blocks are left to compute.
    dtype : of computation and storage.
    """

    folder: Path
    model_digest: str
    last_blocks: int
    dtype: torch.dtype

    def groups(self, rows: Sequence[TokenRow]) -> list[Group]:
        """Return the groups of one contribution's rows; their order does not matter."""
        distinct = sorted({row[:-1] for row in rows}, key=lambda row: (len(row), row))
        lengths = [len(row) for row in distinct]
        batches = group_by_tokens(range(len(distinct)), lengths, _GROUP_TOKENS)
        return [self._group(tuple(distinct[index] for index in batch)) for batch in batches]

    def _group(self, rows: tuple[TokenRow, ...]) -> Group:
        decides = {
            "layout": _LAYOUT,
            "model": self.model_digest,
            "last_blocks": self.last_blocks,
            "numerics": numerics(self.dtype),
            "rows": [list(row) for row in rows],
        }
        return Group(rows, content_id(decides))

    def path(self, group: Group) -> Path:
        """Return where a group's hidden states are kept."""
        return self.folder / "prefix" / group.key[:2] / f"{group.key[2:]}.safetensors"

    def read(self, group: Group) -> Tensor | None:
        """Return a group's hidden states (n_tokens, d), or None if they are not there.

        A file damaged by a power cut is as good as none.
        """
        try:
            hidden = load_file(self.path(group)).get("hidden")
        except (FileNotFoundError, SafetensorError):
            return None
        if hidden is None or hidden.dtype != self.dtype or len(hidden) != group.n_tokens:
            return None
        return hidden

    def write(self, group: Group, hidden: Tensor) -> None:
        """Keep a group's hidden states; whoever reads sees all of them or none."""
        path = self.path(group)
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, partial = tempfile.mkstemp(dir=path.parent, suffix=".partial")
        os.close(handle)
        try:
            save_file({"hidden": hidden.contiguous()}, partial)
            Path(partial).replace(path)
        except SafetensorError as error:
            # Nothing but writing can fail here, and a cache fails to write when the disk is full.
            raise DiskFullError(
                f"the cache of hidden states cannot be written: {error}",
                wanted=f"{hidden.nbytes:,} bytes",
                next_step="free some space; the cache folder is safe to delete",
            ) from error
        finally:
            Path(partial).unlink(missing_ok=True)

    def compute(self, parts: Architecture, group: Group) -> Tensor:
        """Compute a group's hidden states (n_tokens, d).

        Raises
        ------
        InvalidInputError
            They are not finite: the base model overflows in this dtype.
        """
        packing = pack([len(row) for row in group.rows])
        tokens = packing.filled([torch.tensor(row) for row in group.rows])[None]
        with torch.no_grad():
            hidden = parts.embed(tokens, packing.positions)
            hidden = parts.run(parts.below(self.last_blocks), hidden, packing)
        hidden = hidden[0, : packing.n_tokens]
        if not hidden.isfinite().all():
            raise InvalidInputError(
                "the base model's hidden states are not finite",
                wanted="a base model that computes in the recipe's dtype",
                next_step="set dtype to float32 in the task's recipe",
            )
        return hidden

    def fill(self, parts: Architecture, group: Group) -> bool:
        """Compute and keep a group unless it is there; return whether it was computed."""
        if self.read(group) is not None:
            return False
        self.write(group, self.compute(parts, group))
        return True

    def hidden(self, parts: Architecture, groups: Sequence[Group]) -> dict[TokenRow, Tensor]:
        """Return each row's hidden states (len(row), d), computing what is missing."""
        found: dict[TokenRow, Tensor] = {}
        for group in groups:
            states = self.read(group)
            if states is None:
                states = self.compute(parts, group)
                self.write(group, states)
            lengths = [len(row) for row in group.rows]
            found |= dict(zip(group.rows, states.split(lengths), strict=True))
        return found
