"""The picture in docs/design.md is that of the source."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_picture_of_the_packages_is_drawn_from_the_source() -> None:
    drawn = subprocess.run(
        [sys.executable, ROOT / "scripts" / "draw_packages"], capture_output=True, text=True, check=True
    ).stdout
    page = (ROOT / "docs" / "design.md").read_text()
    assert f"<!-- drawn by scripts/draw_packages -->\n```mermaid\n{drawn}```\n<!-- end -->" in page
