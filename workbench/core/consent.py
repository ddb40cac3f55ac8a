"""What an owner agrees to: the purposes there are, and the words that are signed."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from workbench.core.canonical import sha256_hex

PURPOSES: Final = ("training", "evaluation", "publication")
"""What rows may be used for; the first is what a contribution is for, and always among them."""

USUAL_PURPOSES: Final = PURPOSES[:2]


def consent_body(about: Mapping[str, Any], purposes: Sequence[str]) -> dict[str, Any]:
    """Return the body of a consent: which bytes, for what, and the digest of its words.

    Parameters
    ----------
    about : ``contribution``, ``task``, ``owner``, ``file_sha256``, ``rows_sha256`` and
        ``license``; whatever else is in it is left out.
    purposes : some of ``PURPOSES``.
    """
    names = ("contribution", "task", "owner", "file_sha256", "rows_sha256", "license")
    body: dict[str, Any] = {name: about[name] for name in names}
    body |= {"purposes": list(purposes), "right_to_share": True}
    return body | {"words": sha256_hex(consent_words(body).encode())}


def consent_words(body: Mapping[str, Any]) -> str:
    """Return in plain words what a consent says; the signed body names their SHA-256."""
    return (
        f"For {body['owner']} I contribute the file with the SHA-256 {body['file_sha256']} to the "
        f"task {body['task']}, under the licence {body['license']}. Of it count the rows with the "
        f"SHA-256 {body['rows_sha256']}. They may be used for: {', '.join(body['purposes'])}. "
        "I have the right to share them. I can withdraw them at any time: then their bytes are "
        "deleted here and nothing new is made of them; models that were trained with them "
        "before are marked, what was paid stays paid, and this record stays."
    )
