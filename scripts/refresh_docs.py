"""Renew what the docs show of the commands: consoles and the picture of the README.

    python scripts/refresh_docs.py

Read the difference before you commit it: the tests only ask that docs and commands agree.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from documents import DOCUMENTS, commands  # noqa: E402

PICTURE = ROOT / "docs" / "images" / "explore.png"


def main() -> None:
    """Run every documented command and write down what it prints now."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for path in DOCUMENTS:
            text = path.read_text("utf-8")
            for command in commands(path):
                shown = f"$ {command.line}\n{command.output and command.output + chr(10)}"
                now = f"$ {command.line}\n{command.run(folder)}\n"
                if shown not in text:
                    sys.exit(f"{command}: its output has blanks at the ends of lines; remove them")
                text = text.replace(shown, now, 1)
            path.write_text(text, "utf-8")
        picture = folder / "demo.png"
        if picture.exists():
            PICTURE.write_bytes(picture.read_bytes())


if __name__ == "__main__":
    main()
