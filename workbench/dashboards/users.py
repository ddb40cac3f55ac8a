"""An OS user of their own for the dashboards: it reads what is published, and nothing else."""

import os
import pwd
import sys
from pathlib import Path
from typing import Final

from workbench.core.errors import ForbiddenError, NotFoundError

_READ: Final = os.R_OK | os.X_OK


def become(name: str, published: Path) -> None:
    """Become another OS user for good, of whom every kernel is then.

    Parameters
    ----------
    name : of the user; whoever is it already stays.
    published : the folder that it must be able to read.

    Raises
    ------
    NotFoundError
        This machine has no such user.
    ForbiddenError
        Only root may become another; or the user cannot read the folder.
    """
    try:
        user = pwd.getpwnam(name)
    except KeyError:
        raise NotFoundError(
            f"this machine has no user {name[:80]!r}",
            wanted="an OS user of the dashboards' own, who owns nothing",
            next_step=f"useradd --system --no-create-home {name[:32]}",
        ) from None
    if user.pw_uid != os.getuid():
        _leave(user, published)
    if not os.access(sys.executable, os.X_OK):
        raise ForbiddenError(
            f"the user {name} cannot run {sys.executable}, by which kernels are started",
            wanted="a Python that everybody on this machine may run",
            next_step="install the workbench outside every home, such as in /opt/workbench",
        )
    if not os.access(published, _READ):
        raise ForbiddenError(
            f"the user {name} cannot read {published}",
            wanted="a folder outside every home, such as /srv/workbench/published",
            next_step="set WORKBENCH_PUBLISHED for the server and the dashboards, "
            "then workbench publish",
        )


def _leave(user: pwd.struct_passwd, published: Path) -> None:
    if os.getuid() != 0:
        raise ForbiddenError(
            f"only root can start the dashboards as {user.pw_name}",
            wanted="root, or that user itself",
            next_step=f"sudo -u {user.pw_name} workbench dashboards --published {published}",
        )
    # Groups first: without root's rights they could not be left any more.
    os.setgroups([])
    os.setgid(user.pw_gid)
    os.setuid(user.pw_uid)
    os.umask(0o077)
    os.chdir("/")
    os.environ["HOME"] = "/"
