"""A pair of clips whose truth is known, and the program to run on it."""

import os
import shutil
import signal
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import settings
from support import constructed_maps
from support.picture_edits import Box
from support.program_runs import Outcome, Vidkompy, environment, sidecar_of
from support.truth_cases import Case, Recipe, Sound, build, write_bg

from vidkompy.cli.main import main
from vidkompy.sidecar.document import write_sidecar

settings.register_profile("patient", deadline=None)  # how long an example takes says what else the machine does
settings.load_profile("patient")
signal.signal(signal.SIGINT, signal.default_int_handler)  # what a shell runs behind `&`, and so its children, ignore it


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Case:
    """48 BG frames at 30 fps; FG with sound starts 3 later, at 24 fps, 192x110 px from (61, 37)."""
    folder = tmp_path_factory.mktemp("made")
    bg = write_bg(folder / "source.mp4", "tripod", 48, size=(320, 180), has_sound=True)
    recipe = Recipe(Box(61, 37, 192, 110), constructed_maps.ratio(48, 5, 4, start=3), rate=Fraction(24), sound=Sound())
    return build(recipe, bg, folder / "pair")


@pytest.fixture
def pair(made: Case, tmp_path: Path) -> Case:
    """The pair in the test's own folder: bg.mp4 and fg.mp4."""
    bg, fg = (Path(shutil.copy2(path, tmp_path)) for path in (made.bg, made.fg))
    return replace(made, bg=bg, fg=fg)


@pytest.fixture
def sidecar(pair: Case) -> Path:
    """The truth of `pair` as a sidecar beside it: pair.vidkompy.json."""
    path = pair.fg.with_name("pair.vidkompy.json")
    write_sidecar(sidecar_of(pair), path)
    return path


@pytest.fixture
def vidkompy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Vidkompy:
    """Runs a command line in the test's folder, inside this process."""
    for name in os.environ.keys() - environment().keys():
        monkeypatch.delenv(name)
    for name, value in environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)

    def run(*words: str | Path) -> Outcome:
        capsys.readouterr()
        with pytest.raises(SystemExit) as end:
            main([str(word) for word in words])
        captured = capsys.readouterr()
        assert isinstance(end.value.code, int)
        return Outcome(end.value.code, captured.out, captured.err)

    return run
