"""A commitment: who has a file, said before anybody sees it.

The digest hides the file behind a salt, and names owner and task, so that a copied commitment
is worth nothing. A file's bytes decide its rows: whoever opens the commitment has shown that
each row was in it.
"""

import hashlib
import secrets
from typing import Final

_DOMAIN: Final = b"workbench/commitment/1\n"


def make_salt() -> str:
    """Return 32 random bytes as hexadecimal digits: nobody can try files against the digest."""
    return secrets.token_hex(32)


def commitment_digest(salt: str, task: str, owner: str, file_sha256: str) -> str:
    """Return the SHA-256 that commits an owner to a file for a task.

    Parameters
    ----------
    salt : 64 hexadecimal digits, secret until the file is submitted.
    task, owner : to whom, and whose; neither may hold a line break, so no two readings exist.
    file_sha256 : of the file, 64 hexadecimal digits.
    """
    text = f"{salt}\n{task}\n{owner}\n{file_sha256}\n"
    return hashlib.sha256(_DOMAIN + text.encode()).hexdigest()
