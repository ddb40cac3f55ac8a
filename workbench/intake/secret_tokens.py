"""Secrets in texts: keys to other people's doors, and what stands in their place once masked.

The patterns are those of detect-secrets, with a few of our own. Nothing is asked of any network:
whether a key still opens its door is nobody's business here. Left out are

* what looks at entropy or at a variable's name: ordinary texts and code hold too much of it;
* internet addresses, which are personal data and found there;
* Artifactory's passwords: ``APARTAMENTO`` reads like one.

A contributor chooses the texts, so that no pattern may take more than a bounded way from where
it starts: those of JWT, npm and OpenAI are written again, with bounds.

References
----------
detect-secrets 1.5, ``detect_secrets.plugins``.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from detect_secrets.plugins.artifactory import ArtifactoryDetector
from detect_secrets.plugins.aws import AWSKeyDetector
from detect_secrets.plugins.azure_storage_key import AzureStorageKeyDetector
from detect_secrets.plugins.basic_auth import BasicAuthDetector
from detect_secrets.plugins.discord import DiscordBotTokenDetector
from detect_secrets.plugins.github_token import GitHubTokenDetector
from detect_secrets.plugins.gitlab_token import GitLabTokenDetector
from detect_secrets.plugins.jwt import JwtTokenDetector
from detect_secrets.plugins.mailchimp import MailchimpDetector
from detect_secrets.plugins.private_key import PrivateKeyDetector
from detect_secrets.plugins.pypi_token import PypiTokenDetector
from detect_secrets.plugins.sendgrid import SendGridDetector
from detect_secrets.plugins.slack import SlackDetector
from detect_secrets.plugins.square_oauth import SquareOAuthDetector
from detect_secrets.plugins.stripe import StripeDetector
from detect_secrets.plugins.telegram_token import TelegramBotTokenDetector
from detect_secrets.plugins.twilio import TwilioKeyDetector


@dataclass(frozen=True)
class SecretKind:
    """One kind of secret.

    Attributes
    ----------
    code : of its findings.
    name : what people call it.
    patterns : each finds the whole of it.
    mask : what stands in its place.
    is_one : tells what only looks like it.
    """

    code: str
    name: str
    patterns: tuple[re.Pattern[str], ...]
    mask: str = "⟨access token⟩"
    is_one: Callable[[str], bool] = lambda _: True


_MAX_JWT_PART: Final = 4096


def _is_jwt(text: str) -> bool:
    head, payload, *_ = text.split(".")
    # A payload that was cut cannot be read, and nobody writes so long a name after a dot.
    readable = head if len(payload) == _MAX_JWT_PART else f"{head}.{payload}"
    try:
        return JwtTokenDetector.is_formally_valid(readable)
    except RecursionError:
        # Brackets within brackets, made to break the reader.
        return False


def _patterns(*texts: str) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(text, re.ASCII) for text in texts)


_PLUGINS: Final = (
    (AWSKeyDetector, "AWS"),
    (AzureStorageKeyDetector, "Azure"),
    (DiscordBotTokenDetector, "Discord"),
    (GitHubTokenDetector, "GitHub"),
    (GitLabTokenDetector, "GitLab"),
    (MailchimpDetector, "Mailchimp"),
    (PypiTokenDetector, "PyPI"),
    (SendGridDetector, "SendGrid"),
    (SlackDetector, "Slack"),
    (SquareOAuthDetector, "Square"),
    (StripeDetector, "Stripe"),
    (TelegramBotTokenDetector, "Telegram"),
    (TwilioKeyDetector, "Twilio"),
)
KEY_HEADER: Final = re.compile(
    "|".join(
        [pattern.pattern for pattern in PrivateKeyDetector.denylist]
        + ["BEGIN ENCRYPTED PRIVATE KEY", r"PuTTY-User-Key-File-\d"]
    )
)
_KEY_END: Final = re.compile(r"END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?(?:-{1,5})?")

TOKEN_KINDS: Final = (
    SecretKind(
        "password-in-address",
        "address",
        tuple(BasicAuthDetector.denylist),
        mask="://⟨password⟩@",
    ),
    *(SecretKind("access-token", name, tuple(plugin.denylist)) for plugin, name in _PLUGINS),
    SecretKind("access-token", "Artifactory", (ArtifactoryDetector.denylist[0],)),
    SecretKind(
        "access-token",
        "JWT",
        _patterns(r"(?<![A-Za-z0-9])eyJ[\w=-]{1,4096}\.[\w=-]{1,4096}(?:\.[\w+/=-]{0,4096})?"),
        is_one=_is_jwt,
    ),
    SecretKind(
        "access-token",
        "npm",
        _patterns(r"npm_[A-Za-z0-9]{36}", r":_authToken=(?u:\s){0,99}[A-Fa-f0-9-]{36}"),
    ),
    SecretKind(
        "access-token", "OpenAI", _patterns(r"sk-[\w-]{20,200}?T3BlbkFJ[A-Za-z0-9]{20}[\w-]{0,99}")
    ),
    SecretKind("access-token", "GitHub", _patterns(r"github_pat_\w{22,255}")),
    SecretKind("access-token", "Google", _patterns(r"AIza[\w-]{35}")),
    SecretKind("access-token", "Hugging Face", _patterns(r"(?<![A-Za-z0-9_])hf_[A-Za-z0-9]{34}")),
)

# What every secret holds: a text without any of these is left at once. A test draws secrets
# from each pattern and looks for one here.
_ANCHORS: Final = (
    "://", "AccountKey=", "AKC", "A3T", "ABIA", "ACCA", "AKIA", "ASIA", "SG\\.", "sq0csp-",
    "k_live_", "gh[pousr]_", "github_pat_", "gl[a-z]{2,5}-", "GR1348941", "-us[0-9]", "pypi-Ag",
    "eyJ", "npm_", ":_authToken=", "T3BlbkFJ", "AIza", "hf_", "PRIVATE KEY", "PuTTY-User-Key",
    r"(?i:aws)", "(?i:xox)", r"(?i:hooks\.slack)", r"\d:[0-9A-Za-z_-]{35}", "AC[a-z0-9]{32}",
    "SK[a-z0-9]{32}", r"\.[a-zA-Z\d_-]{6}\.[a-zA-Z\d_-]{27}",
)  # fmt: skip
ANCHOR: Final = re.compile("|".join(_ANCHORS))


def find_secrets(text: str) -> list[tuple[str, str]]:
    """Return the code of each secret found and whose it is, with its first and last character.

    Examples
    --------
    >>> find_secrets("git clone https://itzel:" + "tepetl@github.com/x")
    [('password-in-address', 'address :…@')]
    """
    return _mask_once(text)[1]


def mask_secrets(text: str) -> str:
    """Return a text without secrets: a mask stands where each was.

    Examples
    --------
    >>> mask_secrets("git clone https://itzel:" + "tepetl@github.com/x")
    'git clone https://⟨password⟩@github.com/x'
    """
    masked, found = _mask_once(text)
    while found:
        # What stood beside a mask may read as something of its own now.
        masked, found = _mask_once(masked)
    return masked


def _mask_once(text: str) -> tuple[str, list[tuple[str, str]]]:
    found: list[tuple[str, str]] = []
    if not ANCHOR.search(text):
        return text, found
    text = _replace(text, _private_keys(text), "private-key", "", "⟨private key⟩", found)
    for kind in TOKEN_KINDS:
        for pattern in kind.patterns:
            places = (place.span() for place in pattern.finditer(text) if kind.is_one(place[0]))
            text = _replace(text, places, kind.code, f"{kind.name} ", kind.mask, found)
    return text, found


def _replace(
    text: str,
    places: Iterator[tuple[int, int]],
    code: str,
    name: str,
    mask: str,
    found: list[tuple[str, str]],
) -> str:
    parts, at = [], 0
    for start, end in places:
        found.append((code, f"{name}{text[start]}…{text[end - 1]}"))
        parts += [text[at:start], mask]
        at = end
    return "".join([*parts, text[at:]])


def _private_keys(text: str) -> Iterator[tuple[int, int]]:
    """Yield each key from its header to its end; to the end of the text where it has none."""
    at = 0
    while header := KEY_HEADER.search(text, at):
        end = _KEY_END.search(text, header.end())
        at = len(text) if end is None else end.end()
        start = header.start()
        while start and text[start - 1] == "-":
            start -= 1
        yield start, at
