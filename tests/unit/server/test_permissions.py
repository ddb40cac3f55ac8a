"""The table of who may do what names every route, and nothing else."""

from workbench.core.roles import ROLES
from workbench.server import schema
from workbench.server.app import describe
from workbench.server.permissions import _TABLE, PERMISSIONS


def _names() -> list[str]:
    paths = schema.openapi(describe())["paths"]
    return [route["operationId"] for methods in paths.values() for route in methods.values()]


def test_every_route_has_a_place_in_the_table() -> None:
    assert sorted(_names()) == sorted(PERMISSIONS)


def test_no_route_has_two_places() -> None:
    named = [name for _, names in _TABLE for name in names.split()]
    assert len(named) == len(set(named))


def test_the_table_names_roles_and_no_admin() -> None:
    """Admins may do everything: one that is written down would suggest that others may not."""
    assert set().union(*PERMISSIONS.values()) == set(ROLES) - {"admin"}


def test_a_viewer_changes_nothing_but_who_it_is() -> None:
    """SELECT is a POST because a statement is too long for an address."""
    paths = schema.openapi(describe())["paths"]
    changing = {
        route["operationId"]
        for methods in paths.values()
        for method, route in methods.items()
        if method != "get" and "viewer" in PERMISSIONS[route["operationId"]]
    }
    assert changing == {"register", "rotate_key", "select"}
