"""Pipes and series of pictures as inputs: the answer is what to type instead, and that works."""

import subprocess
from pathlib import Path

import pytest
from support.program_runs import FFMPEGS, Vidkompy, refused, run_ffmpeg
from support.truth_cases import Case

from vidkompy.media.probe import probe

PLACED = ("--at", "61,37")


@pytest.mark.parametrize("command", ["analyze", "compose", "locate"])
def test_standard_input_is_answered_with_what_to_type_instead(vidkompy: Vidkompy, pair: Case, command: str) -> None:
    message = refused(vidkompy, command, pair.bg.name, "-")
    assert message.startswith("'-' is standard input, which can be read once only, ")
    words = message.partition("name that: ")[2].replace("CLIP.mkv", "saved.mp4")
    with pair.fg.open("rb") as piped:
        subprocess.run(["sh", "-c", words], stdin=piped, cwd=pair.fg.parent, check=True)
    assert vidkompy("analyze", pair.bg.name, "saved.mp4", "-o", "x.json", *PLACED).code == 0


@pytest.mark.parametrize("program", FFMPEGS)
@pytest.mark.parametrize(
    ("pattern", "first"), [("frames_%05d.png", 1), ("frames_%05d.png", 86), ("%d.png", 0), ("frames_*.png", 3)]
)
def test_a_series_of_pictures_is_answered_with_the_command_that_makes_a_film(
    vidkompy: Vidkompy, pair: Case, pattern: str, first: int, program: str
) -> None:
    folder = pair.fg.parent / "a folder"
    folder.mkdir()
    run_ffmpeg("-i", pair.fg, "-start_number", first, folder / pattern.replace("*", "%05d"))
    message = refused(vidkompy, "analyze", pair.bg.name, Path("a folder") / pattern)
    assert message.startswith(f"'a folder/{pattern}' names a series of pictures, ")
    command = message.partition("taken at: ")[2]
    words = command.replace("ffmpeg ", f"'{program}' -v error -y ", 1).replace(command.split()[-1], "made.mkv")
    subprocess.run(["sh", "-c", words], cwd=pair.fg.parent, check=True)
    assert probe(pair.fg.with_name("made.mkv")).frames == probe(pair.fg).frames
    assert vidkompy("analyze", pair.bg.name, "made.mkv", "-o", "x.json", *PLACED).code == 0


def test_a_series_that_is_not_there_is_no_series(vidkompy: Vidkompy, pair: Case) -> None:
    assert refused(vidkompy, "analyze", pair.bg.name, "gone_%05d.png") == (
        "cannot read 'gone_%05d.png' as video: no files have such names; wanted a file that ffmpeg can decode"
    )


def test_a_file_with_such_a_name_is_a_file(vidkompy: Vidkompy, pair: Case) -> None:
    for name in ("100%d.mp4", "-"):
        pair.fg.with_name(name).write_bytes(pair.fg.read_bytes())
        assert vidkompy("analyze", pair.bg.name, name, "-o", "x.json", "--overwrite", *PLACED).code == 0
