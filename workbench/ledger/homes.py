"""For which home a record of a log was signed: for this one, or for another, by its own words."""

from typing import Final

from workbench.core.envelope import Envelope

BUNDLED: Final = frozenset(
    {"principal", "task", "contribution", "consent", "counted", "seal", "valuation"}
)
"""Kinds of records that come in with a run of another home, whoever signs them there."""


class Homes:
    """Tells, record by record from a log's first on, which ones are for its home.

    A record is if it names the home, or is of the home's own server. Records of before they
    named one are, too; from the first that does, each has to.

    Parameters
    ----------
    origin : public key of the server whose log it is.

    Attributes
    ----------
    elsewhere : content ids of those that came in bundles, and count for nothing here.
    """

    def __init__(self, origin: str) -> None:
        self.elsewhere: set[str] = set()
        self._origin = origin
        self._has_begun = False

    def step(self, envelope: Envelope) -> tuple[str, str] | None:
        """Take the next record, or say what is found and wanted where it may not stand."""
        if envelope.is_for(self._origin):
            self._has_begun |= envelope.author != self._origin
            return None
        if envelope.home is None and not self._has_begun:
            return None
        if envelope.kind in BUNDLED:
            self.elsewhere.add(envelope.content_id)
            return None
        return signed_elsewhere(envelope, self._origin)


def signed_elsewhere(envelope: Envelope, origin: str) -> tuple[str, str]:
    """Return what is found and wanted where a record counts that was signed for another home."""
    meant = "no home" if envelope.home is None else f"the home {envelope.home[:16]}…"
    return f"it was signed for {meant}", f"a {envelope.kind} for this home, {origin[:16]}…"
