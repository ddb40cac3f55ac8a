"""Secrets: what is found, what is left alone, what stands in its place.

All are invented, and written in parts, so that scanners of repositories find none in here.
"""

import base64
import json

import pytest

from workbench.intake.secret_tokens import find_secrets, mask_secrets
from workbench.intake.sensitive import mask

A20, A40 = "x7Fq" * 5, "x7Fq" * 10


def jwt(header: object = None, payload: object = None) -> str:
    parts = (header or {"alg": "HS256"}, payload or {"sub": "itzel"})
    texts = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode() for part in parts]
    return ".".join([text.rstrip("=") for text in texts] + ["c2ln"])


FOUND = [
    ("AKI" + "A" + "Z7" * 8, "AWS"),
    ("aws_secret_key = '" + A40 + "'", "AWS"),
    ("AccountKey" + "=" + "aB3/" * 21 + "aB==", "Azure"),
    ("M" + "a1" * 12 + ".a1-b2C." + "a1Z" * 9, "Discord"),
    ("gh" + "p_" + "aB3" * 12, "GitHub"),
    ("github" + "_pat_" + "aB3" * 20, "GitHub"),
    ("glp" + "at-" + A20, "GitLab"),
    ("0123456789abcdef" * 2 + "-us" + "12", "Mailchimp"),
    ("pypi-" + "AgEIcHlwaS5vcmc" + "aB3" * 30, "PyPI"),
    ("SG" + "." + "aB" * 11 + "." + "c" * 43, "SendGrid"),
    ("xox" + "b-123456-7890-" + "abcdef", "Slack"),
    ("https://hooks.slack" + ".com/services/T0AB/B0CD/" + "xyz", "Slack"),
    ("sq0" + "csp-" + "a" * 43, "Square"),
    ("sk_" + "live_" + "aB3d" * 6, "Stripe"),
    ("123456789" + ":" + "aB3-_" * 7, "Telegram"),
    ("A" + "C" + "0123456789abcdef" * 2, "Twilio"),
    ("AK" + "C" + "aB3" * 20, "Artifactory"),
    (jwt(), "JWT"),
    (jwt(payload={"x": "y" * 6_000}), "JWT"),
    ("npm" + "_" + "aB3" * 12, "npm"),
    ("sk-" + "proj-" + A40 + "T3Blb" + "kFJ" + A40, "OpenAI"),
    ("AIz" + "a" + "b3-_X" * 7, "Google"),
    ("hf" + "_" + "aB" * 17, "Hugging Face"),
]
LEFT_ALONE = [
    "APARTAMENTO 12",
    "AKCENT",
    "AKIAZ7",
    "https://example.com:8080/path@v2",
    "git@github.com:owner/name.git",
    "eyJhIjoxfQ",
    "eyJ" + "hbGciOi" + ".not-json-at-all",
    "ghp_short",
    "3b2f0c9e-us",
    "12345678:30:00",
    "sk-learn",
    "axios.get.then",
    "hf_hub_download",
    "public key",
    "glagent-",
    "d41d8cd98f00b204e9800998ecf8427e",
    "in tlahtolli: moxochitlahtoltzin://",
]
KEY = "-----BEGIN {} KEY-----\nMIIEow\nIBAAK\n-----END {} KEY-----"


@pytest.mark.parametrize(("secret", "name"), FOUND)
def test_a_secret_is_found_named_and_masked_whole(secret: str, name: str) -> None:
    text = f"Nican ca: {secret} , ximotlacuili"
    codes, examples = zip(*find_secrets(text), strict=True)
    assert set(codes) == {"access-token"}
    assert examples[0].startswith(f"{name} ")
    masked = mask_secrets(text)
    assert secret[8:24] not in masked
    assert masked.endswith("ximotlacuili")
    assert find_secrets(masked) == []


@pytest.mark.parametrize("text", LEFT_ALONE)
def test_what_only_looks_like_it_is_left_alone(text: str) -> None:
    said = f"see {text} there"
    assert find_secrets(said) == []
    assert mask_secrets(said) == said


@pytest.mark.parametrize("kind", ["RSA PRIVATE", "PRIVATE", "ENCRYPTED PRIVATE", "EC PRIVATE"])
def test_a_private_key_is_masked_from_its_header_to_its_end(kind: str) -> None:
    text = f"ye {KEY.format(kind, kind)} niman"
    assert [code for code, _ in find_secrets(text)] == ["private-key"]
    assert mask_secrets(text) == "ye ⟨private key⟩ niman"
    cut = text[:60]
    assert mask_secrets(cut) == "ye ⟨private key⟩"


def test_a_password_in_an_address_is_no_e_mail_address_once_masked() -> None:
    text = "postgres://itzel:" + "tepetl" + "@correo.mx/songs"
    assert [code for code, _ in find_secrets(text)] == ["password-in-address"]
    assert mask(text) == "postgres://⟨password⟩@correo.mx/songs"


def test_a_token_made_of_brackets_breaks_nothing() -> None:
    deep = base64.urlsafe_b64encode(b'{"' + b"[" * 2_000).decode().rstrip("=")
    assert find_secrets(f"eyJ{deep[3:]}.{deep}") == []


@pytest.mark.parametrize(
    "piece",
    ["eyJ", "eyJ.", "=eyJ", "sk-", "sk-T3BlbkFJ", "//:_authToken=", "://", "://a:", "aws",
     "awskey'", "xoxb-", "xoxb-1-", "glagent-", "hf_", "AKC", "A3T", "1:", "1" * 10 + ":", "AC",
     "a-us1", "BEGIN PRIVATE KEY", "pypi-AgEIcHlwaS5vcmc", ".aaaaaa.", "M.", "github_pat_"],
)  # fmt: skip
def test_a_long_text_made_to_be_slow_takes_no_time(piece: str) -> None:
    assert isinstance(mask_secrets(piece * (20_000 // len(piece))), str)
