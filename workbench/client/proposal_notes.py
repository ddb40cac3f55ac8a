"""What opens a person's proposals: kept beside the keys from before they are committed to."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench.core.canonical import content_id
from workbench.core.commitment import make_salt
from workbench.core.errors import CorruptHomeError
from workbench.core.folders import private_folder
from workbench.core.new_file import put_whole


@dataclass(frozen=True)
class ProposalNotes:
    """The salts in a folder that only the person can read.

    Attributes
    ----------
    folder : made when the first one is kept.
    """

    folder: Path

    def salt_of(self, body: Mapping[str, Any]) -> str:
        """Return the salt of a proposal: the same one every time, for it is on disk first.

        Parameters
        ----------
        body : of the proposal.

        Raises
        ------
        CorruptHomeError
            The note is not as it was written.
        """
        path = self.folder / f"{content_id(dict(body))}.json"
        if not path.is_file():
            private_folder(self.folder)
            put_whole(
                path, json.dumps({"salt": make_salt(), "proposal": body}).encode(), mode=0o600
            )
        try:
            return str(json.loads(path.read_text())["salt"])
        except (ValueError, KeyError, TypeError) as error:
            raise CorruptHomeError(
                f"the note {path} of a proposal cannot be read",
                wanted="the file as it was written",
                next_step="delete it, and propose with another claim",
            ) from error
