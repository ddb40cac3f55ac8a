"""A full disk is said in words; other errors stay what they are."""

import errno

import pytest

from workbench.core.errors import DiskFullError
from workbench.intake.space import needs_space


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_a_full_disk_names_what_the_space_was_for(number: int) -> None:
    with pytest.raises(DiskFullError, match="store the rows"), needs_space("store the rows"):
        raise OSError(number, "full")


def test_another_error_passes_unchanged() -> None:
    with pytest.raises(PermissionError), needs_space("store the rows"):
        raise PermissionError(errno.EACCES, "no")
