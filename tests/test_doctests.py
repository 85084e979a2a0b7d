"""Examples in docstrings and docs are true."""

import doctest
import importlib
import os
from pathlib import Path

import pytest
from support.doc_examples import blocks

from vidkompy.cli.demo import write_pair

ROOT = Path(__file__).parents[1]
WITH_EXAMPLES = [
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    for folder in ("vidkompy", "filtergraphs")
    for path in sorted(ROOT.glob(f"{folder}/**/*.py"))
    if ">>> " in path.read_text()
]


@pytest.mark.parametrize("name", WITH_EXAMPLES)
def test_examples_of_a_module(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a folder with the demo's bg.mp4 and fg.mp4."""
    monkeypatch.chdir(tmp_path)
    if name == "vidkompy":
        write_pair(tmp_path / "bg.mp4", tmp_path / "fg.mp4", overwrite=False, frames=110)
    monkeypatch.setitem(os.environ, "VIDKOMPY_CACHE", os.devnull)
    outcome = doctest.testmod(importlib.import_module(name))
    assert outcome.attempted
    assert not outcome.failed


def test_examples_of_the_python_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(os.environ, "VIDKOMPY_CACHE", os.devnull)
    write_pair(tmp_path / "bg.mp4", tmp_path / "fg.mp4", overwrite=False, frames=110)
    examples = "\n".join(block.text for block in blocks("docs/python.md") if ">>> " in block.text)
    outcome = doctest.DocTestRunner().run(doctest.DocTestParser().get_doctest(examples, {}, "python.md", None, 0))
    assert outcome.attempted
    assert not outcome.failed
