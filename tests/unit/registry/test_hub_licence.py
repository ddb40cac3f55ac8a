"""Licences as hubs and GGUF files name them, in SPDX's words."""

import pytest

from workbench.registry.hub_licence import hub_license
from workbench.registry.licence import parse_license


@pytest.mark.parametrize(
    ("names", "wanted"),
    [
        (["apache-2.0"], "Apache-2.0"),
        (["gpl-3.0"], "GPL-3.0-only"),
        ([" MIT "], "MIT"),
        (["gemma"], "LicenseRef-gemma"),
        (["bigscience-openrail-m"], "LicenseRef-bigscience-openrail-m"),
        (["Tongyi Qianwen / v2"], "LicenseRef-Tongyi-Qianwen-v2"),
        (["mit", "mit"], "MIT"),
        (["mit or apache-2.0", "cc-by-4.0"], "(MIT OR Apache-2.0) AND CC-BY-4.0"),
        (["unknown"], "NOASSERTION"),
        (["mit", "other"], "NOASSERTION"),
        (["\u043c\u0456\u0442"], "NOASSERTION"),
        (["x" * 500], "LicenseRef-" + "x" * 80),
        ([f"licence-{'y' * 60}-{k}" for k in range(8)], "NOASSERTION"),
        ([""], "NOASSERTION"),
        ([], "NOASSERTION"),
    ],
)
def test_what_a_hub_names_is_said_in_spdx(names: list[str], wanted: str) -> None:
    assert hub_license(names) == wanted
    if wanted != "NOASSERTION":
        assert parse_license(wanted) == wanted
