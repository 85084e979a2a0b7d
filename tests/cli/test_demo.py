"""The built-in example: it makes a pair, composes it to its own truth, and says where everything is."""

import shutil
from pathlib import Path

import av
import numpy as np
import pytest
from support.folder_state import on_disk
from support.program_runs import Outcome, Vidkompy, as_process, packets, seconds

from vidkompy import read_sidecar
from vidkompy.cli import demo
from vidkompy.cli.commands import Demo
from vidkompy.cli.trial_commands import run_demo

NAMES = {
    "background": "background.mp4",
    "foreground": "foreground.mp4",
    "sidecar": "composite.vidkompy.json",
    "composite": "composite.mp4",
}


@pytest.fixture(scope="module")
def demo_run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Outcome]:
    """A folder, and what the program said when it put the demo into its folder `d`."""
    home = tmp_path_factory.mktemp("demo")
    return home, as_process("demo", "-o", "d", folder=home)


@pytest.fixture
def again(demo_run: tuple[Path, Outcome], vidkompy: Vidkompy) -> Vidkompy:
    """The program in a folder where the demo has been."""
    shutil.copytree(demo_run[0] / "d", "d")
    return vidkompy


@pytest.mark.slow
def test_it_ends_well_and_names_its_files(demo_run: tuple[Path, Outcome]) -> None:
    home, outcome = demo_run
    assert outcome.code == 0, outcome.err
    lines = outcome.out.splitlines()
    assert "result  right" in lines
    assert lines[-4:] == [f"{what:11} {Path('d', name)}" for what, name in NAMES.items()]
    assert sorted(on_disk(home / "d")) == sorted([*NAMES.values(), "composite.timecodes.txt"])


def test_what_it_finds_is_its_own_truth(demo_run: tuple[Path, Outcome]) -> None:
    found = read_sidecar(demo_run[0] / "d" / NAMES["sidecar"])
    assert found.frame_map.bg.tolist() == demo.true_map().tolist()
    where = found.placement
    assert (where.x, where.y, where.width, where.height) == demo.FG_RECT
    assert (found.bg.path.name, found.fg.path.name) == (NAMES["background"], NAMES["foreground"])


def test_the_composite_is_the_canvas_in_the_time_and_sound_of_fg(demo_run: tuple[Path, Outcome]) -> None:
    folder = demo_run[0] / "d"
    fg, composite = folder / NAMES["foreground"], folder / NAMES["composite"]
    assert seconds(composite) == seconds(fg)
    assert packets(composite, "audio") == packets(fg, "audio") != []
    with av.open(composite) as out:
        assert (out.streams.video[0].width, out.streams.video[0].height) == demo.CANVAS_SIZE
        loudest = max(np.abs(block.to_ndarray()).max() for block in out.decode(audio=0))
    assert 0.1 < loudest < 0.4  # the tone has 0.2


def test_a_second_run_overwrites_nothing_by_default(again: Vidkompy) -> None:
    before = on_disk(Path.cwd())
    outcome = again("demo", "-o", "d")
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.startswith("vidkompy: output 'd/")
    assert "exists; add --overwrite to replace it" in outcome.err
    assert on_disk(Path.cwd()) == before


@pytest.mark.parametrize("name", NAMES.values())
def test_a_single_file_of_that_name_is_kept(vidkompy: Vidkompy, name: str) -> None:
    Path("d").mkdir()
    Path("d", name).write_text("precious")
    before = on_disk(Path.cwd())
    assert vidkompy("demo", "-o", "d").code == 2
    assert on_disk(Path.cwd()) == before


@pytest.mark.slow
@pytest.mark.usefixtures("again")
def test_overwrite_makes_it_anew() -> None:
    for name in NAMES.values():
        Path("d", name).write_text("old")
    found = run_demo(Demo(Path("d"), overwrite=True), frames=110)  # fewer, for less time
    assert found.exit_code == 0
    assert "result  right" in found.lines


def test_a_folder_that_cannot_be_made_is_named(vidkompy: Vidkompy) -> None:
    Path("file").write_text("not a folder")
    outcome = vidkompy("demo", "-o", "file/d")
    assert outcome.code in (1, 2)
    assert outcome.out == ""
    assert "'file/d'" in outcome.err
