"""What the gate ``secrets`` finds in texts and code where nobody hid a secret."""

import argparse
from collections import Counter
from pathlib import Path

from workbench.intake.secret_tokens import find_secrets


def main() -> None:
    """Look at every line of every UTF-8 file, and count what is found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--ending", default="", help="only files that end so, such as .py")
    options = parser.parse_args()
    for folder in options.folders:
        n_lines = n_letters = 0
        found: Counter[str] = Counter()
        for path in sorted(folder.rglob(f"*{options.ending}")):
            for line in _lines(path):
                n_lines += 1
                n_letters += len(line)
                found.update(code for code, _ in find_secrets(line))
        print(f"{folder}: {n_lines:,} lines, {n_letters / 1e6:.1f} MB: {dict(found) or 'nothing'}")


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    except (OSError, UnicodeDecodeError):
        return []


if __name__ == "__main__":
    main()
