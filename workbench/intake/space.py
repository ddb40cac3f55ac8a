"""A full disk, said in words."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from workbench.core.errors import DiskFullError

# No space, no quota, or more than a file of this process may hold.
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


@contextmanager
def needs_space(purpose: str) -> Iterator[None]:
    """Raise DiskFullError instead of the system's error when a write finds no room.

    Parameters
    ----------
    purpose
        What the space is needed for, e.g. ``"unpack the file"``.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in _FULL:
            raise
        raise DiskFullError(
            f"no space is left to {purpose}",
            wanted="free space on the disk of the workbench's home",
            next_step="free some space and try again",
        ) from error
