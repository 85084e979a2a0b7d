"""The diffs in CONTRIBUTING.md fit the code as it is: their context is there, and their new files can be imported."""

import importlib.util
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def diffs() -> Iterator[tuple[str, list[str]]]:
    """Name of each file that a diff in CONTRIBUTING.md changes or adds, and the diff's lines for it."""
    page = (ROOT / "CONTRIBUTING.md").read_text()
    for block in re.findall(r"```diff\n(.*?)```", page, re.S):
        for part in re.split(r"^--- ", block, flags=re.M)[1:]:
            _, added, *lines = part.splitlines()
            yield added.removeprefix("+++ b/"), [line for line in lines if line]


DIFFS = dict(diffs())


def test_an_engine_an_export_format_and_a_blend_mode_are_shown() -> None:
    assert len(DIFFS) == 5


@pytest.mark.parametrize("name", DIFFS)
def test_a_diff_fits(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = DIFFS[name]
    if (ROOT / name).exists():
        before = [line[1:] for line in lines if line[0] in " -" and line[1:].strip()]
        source = [line for line in (ROOT / name).read_text().splitlines() if line.strip()]
        assert any(source[k : k + len(before)] == before for k in range(len(source)))
    else:
        path = tmp_path / Path(name).name
        path.write_text("\n".join(line[1:] for line in lines))
        spec = importlib.util.spec_from_file_location(path.stem, path)
        assert spec is not None
        assert spec.loader is not None
        monkeypatch.setitem(sys.modules, path.stem, module := importlib.util.module_from_spec(spec))
        spec.loader.exec_module(module)
