"""What a model's README says of its licence, also where it was made to mislead."""

from pathlib import Path

import pytest

from workbench.client.model_readme import readme_licenses


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("---\nlicense: apache-2.0\n---\n# Model\n", ["apache-2.0"]),
        ("\ufeff---\r\nlicense: mit\r\n---\r\n", ["mit"]),
        ("---\nlicense: [mit, cc-by-4.0]\n---", ["mit", "cc-by-4.0"]),
        ("---\nlicense: other\nlicense_name: gemma\n---\n", ["gemma"]),
        ("---\nlicense: other\n---\n", ["other"]),
        ("---\ntags: [x]\n---\n", []),
        ("# Model\nlicense: mit\n", []),
        ("# Model\n---\nlicense: mit\n---\n", []),
        ("---\nlicense: {a: b}\n---\n", []),
        ("---\nlicense: [mit, 7]\n---\n", []),
        ("---\nlicense: !!python/object/apply:os.system ['true']\n---\n", []),
        ("---\nlicense: [unclosed\n---\n", []),
        ("---\n- mit\n---\n", []),
        ("---\n" + "[" * 5000 + "\n---\n", []),
        (f"---\nlicense: {'x' * 300}\n---\n", []),
        ("---\npadding: " + "x" * 100_000 + "\nlicense: mit\n---\n", []),
        ("---\nlicense: 2026-02-30\n---\n", []),
    ],
    ids=range(17),
)
def test_only_its_front_matter_names_a_licence(
    tmp_path: Path, text: str, wanted: list[str]
) -> None:
    (tmp_path / "README.md").write_text(text, newline="")
    assert readme_licenses(tmp_path) == wanted


def test_what_has_no_readme_names_none(tmp_path: Path) -> None:
    assert readme_licenses(tmp_path) == []
    (tmp_path / "README.md").mkdir()
    assert readme_licenses(tmp_path) == []
