"""Roles: who may sign what beyond their own data."""

from workbench.core.envelope import Envelope
from workbench.core.roles import Role
from workbench.core.wire import PrincipalView
from workbench.workflows.home import Home
from workbench.workflows.join import signer


def signing_as(home: Home, envelope: Envelope, role: Role) -> PrincipalView:
    """Return who signed a record, if the signer has a role.

    In a home of one person nobody was ever given a role, and everybody plays each of them.

    Raises
    ------
    ForbiddenError
        The key is not registered, or its principal has another role.
    """
    del role
    return signer(home, envelope)
