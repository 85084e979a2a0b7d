"""What pip installs: both packages, and every file that they read beside their code."""

import shutil
import subprocess
import sys
import zipfile
from importlib.metadata import version
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.slow
def test_the_wheel_holds_all_that_the_tree_has(tmp_path: Path) -> None:
    source = tmp_path / "source"
    for package in ("vidkompy", "filtergraphs"):
        shutil.copytree(ROOT / package, source / package, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy2(ROOT / name, source)
    argv = [sys.executable, "-m", "pip", "wheel", "--no-deps", "-q", "-w", str(tmp_path), str(source)]
    subprocess.run(argv, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    assert version("vidkompy") in wheel.name
    held = set(zipfile.ZipFile(wheel).namelist())
    kinds = (".py", ".json", ".jinja", ".js", ".css", ".typed")
    files = (path for package in ("vidkompy", "filtergraphs") for path in (source / package).rglob("*"))
    wanted = {path.relative_to(source).as_posix() for path in files if path.suffix in kinds}
    assert len(wanted) > 300
    assert wanted <= held
    assert not {name for name in held if name.startswith(("tests/", "scripts/"))}
