"""The parts that people play in a home."""

from typing import Final, Literal

Role = Literal["contributor", "reviewer", "treasurer", "viewer", "admin"]

ROLES: Final[tuple[Role, ...]] = ("contributor", "reviewer", "treasurer", "viewer", "admin")
