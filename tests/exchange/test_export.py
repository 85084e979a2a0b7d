"""What export prints, to the letter, and what analyze writes beside the sidecar."""

import json
import shutil
from fractions import Fraction
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
from support.program_runs import Vidkompy, refused, sidecar_of
from support.truth_cases import Case

from vidkompy import Clip, FrameMap, Placement, Sidecar
from vidkompy.exchange.exports import csv
from vidkompy.exchange.format_contract import SUFFIXES, ExportName
from vidkompy.model import Colour
from vidkompy.sidecar.timecodes import timecodes_text


def clip(pts: list[int], time_base: Fraction, start_pts: int = 0) -> Clip:
    stamps = np.array(pts, np.int64)
    kind = ("yuv420p", Colour(), Fraction(1), 0, ())
    return Clip(Path("clip.mp4"), 1, "0" * 64, 64, 48, time_base, stamps, start_pts, Fraction(25), *kind)


@pytest.fixture
def small() -> Sidecar:
    """Six FG frames of uneven length, the first 0.5 s after FG's sound: a foreign one, a held one, a dropped BG one."""
    fg = clip([45000, 48003, 51006, 60000, 63003, 63004], Fraction(1, 90000))
    bg = clip([-2, 510, 1022, 1534, 2046, 2558], Fraction(1, 12800), -2)
    return Sidecar(fg, bg, Placement(0, 0, 64, 48), FrameMap(np.array([-1, 1, 1, 2, 4, 5])))


def test_csv_lists_every_fg_frame(small: Sidecar) -> None:
    assert csv.text(small) == (
        "fg_index,bg_index,fg_pts,bg_pts\n"
        "0,-1,45000,\n"
        "1,1,48003,510\n"
        "2,1,51006,510\n"
        "3,2,60000,1022\n"
        "4,4,63003,2046\n"
        "5,5,63004,2558\n"
    )


def test_timecodes_give_the_time_of_every_fg_frame(small: Sidecar) -> None:
    times = "500.000000\n533.366667\n566.733333\n666.666667\n700.033333\n700.044444\n"
    head = "# timestamp format v2\n# of the frames of 'clip.mp4', and of what is drawn from it\n"
    assert timecodes_text(small) == head + times


def test_export_prints_csv_and_timecodes(vidkompy: Vidkompy, pair: Case, sidecar: Path) -> None:
    truth = sidecar_of(pair)
    for name, text in (("csv", csv.text), ("timecodes", timecodes_text)):
        outcome = vidkompy("export", sidecar.name, "--to", name)
        assert (outcome.code, outcome.out) == (0, text(truth))
    rows = [line.split(",") for line in vidkompy("export", sidecar.name, "--to", "csv").out.splitlines()[1:]]
    assert [int(row[1]) for row in rows] == pair.truth.map.tolist()
    assert [int(row[2]) for row in rows] == [512 * i for i in range(36)]
    assert [int(row[3]) for row in rows] == [512 * j for j in pair.truth.map.tolist()]


def test_export_writes_a_file_on_request(vidkompy: Vidkompy, sidecar: Path) -> None:
    printed = vidkompy("export", sidecar.name, "--to", "csv").out
    outcome = vidkompy("export", sidecar.name, "--to", "csv", "-o", "map.csv")
    assert (outcome.code, outcome.out, Path("map.csv").read_text()) == (0, "", printed)
    assert vidkompy("export", sidecar.name, "--to", "csv", "-o", "-").out == printed
    refused = vidkompy("export", sidecar.name, "--to", "timecodes", "-o", "map.csv")
    assert (refused.code, Path("map.csv").read_text()) == (2, printed)
    assert vidkompy("export", sidecar.name, "--to", "timecodes", "-o", "map.csv", "--overwrite").code == 0
    assert Path("map.csv").read_text().splitlines()[2:4] == ["0.000000", "41.666667"]


def test_what_is_lost_is_reported_as_text_and_as_json(vidkompy: Vidkompy, sidecar: Path) -> None:
    outcome = vidkompy("export", sidecar.name, "--to", "csv")
    assert outcome.err == "loss   the table says when, not where\n"
    report = vidkompy("export", sidecar.name, "--to", "csv", "--json")
    losses = [{"kind": "placement", "said": "the table says when, not where", "frames": 0, "largest": 0, "at": None}]
    assert (report.code, json.loads(report.out)["losses"], report.err) == (0, losses, outcome.err)
    written = vidkompy("export", sidecar.name, "--to", "csv", "--json", "-o", "map.csv")
    assert (json.loads(written.out)["losses"], Path("map.csv").read_text()) == (losses, outcome.out)


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ("--smooth", "vidkompy: csv says nothing of how frames are drawn"),
        ("--exact", "vidkompy: --exact is for formats of editors"),
    ],
)
def test_an_option_that_the_format_does_not_read_is_refused(
    vidkompy: Vidkompy, sidecar: Path, option: str, message: str
) -> None:
    outcome = vidkompy("export", sidecar.name, "--to", "csv", option)
    assert (outcome.code, outcome.out, outcome.err[: len(message)]) == (2, "", message)


def test_analyze_writes_the_timecodes_beside_the_sidecar(vidkompy: Vidkompy, pair: Case) -> None:
    assert vidkompy("analyze", pair.bg.name, pair.fg.name, "-o", "x.vidkompy.json").code == 0
    assert Path("x.timecodes.txt").read_text() == vidkompy("export", "x.vidkompy.json", "--to", "timecodes").out
    times = [round(1000 * i / 24, 6) for i in range(36)]
    assert [float(line) for line in Path("x.timecodes.txt").read_text().splitlines()[2:]] == times


# ---- what every format has in common


FORMATS = [name for name in get_args(ExportName) if name != "cube"]  # the pair is not graded: no table is in it
REFUSING = (
    "avisynth",
    "blender",
    "ffmpeg",
    "graph",
    "mpv",
    "pairs",
    "vapoursynth",
    "vmaf",
)  # made of, or playing, clips
each_format = pytest.mark.parametrize("name", FORMATS)


@each_format
def test_no_export_gets_the_name_of_a_video(vidkompy: Vidkompy, sidecar: Path, name: ExportName) -> None:
    said = refused(vidkompy, "export", sidecar, "--to", name, "-o", "x.MP4", code=2)
    wanted = f"-o 'x.MP4' names a video, which --to {name} does not write; name another output, or use render"
    if name in SUFFIXES:
        wanted = f"--to {name} writes a script, {' or '.join(SUFFIXES[name])}; got '.MP4': name another output with -o"
    assert said == wanted


@pytest.mark.parametrize("name", SUFFIXES)
def test_a_script_has_the_suffix_that_its_program_goes_by(vidkompy: Vidkompy, sidecar: Path, name: ExportName) -> None:
    said = refused(vidkompy, "export", sidecar, "--to", name, "-o", "x.bat", code=2)
    assert said.startswith(f"--to {name} writes a script, {SUFFIXES[name][0]}")
    for suffix in ("", SUFFIXES[name][0].upper()):
        assert vidkompy("export", sidecar, "--to", name, "-o", f"x{suffix}").code == 0


@each_format
def test_clips_that_are_gone_or_changed_are_told_of(
    vidkompy: Vidkompy, pair: Case, sidecar: Path, name: ExportName
) -> None:
    gone = "cannot read 'fg.mp4', named by 'pair.vidkompy.json': no such file or directory; name what became of it: "
    other = "'bg.mp4' is not the file that 'pair.vidkompy.json' was measured on"
    words = ("export", sidecar.name, "--to", name)
    assert not notes(vidkompy(*words, "-o", "right").err)
    shutil.move(pair.fg, "elsewhere.mp4")
    with pair.bg.open("ab") as file:
        file.write(b"more")
    if name in REFUSING:
        assert gone in refused(vidkompy, *words)
        return
    outcome = vidkompy(*words, "-o", "x")
    assert outcome.code == 0
    for note, start in zip(notes(outcome.err), (gone, other), strict=True):
        assert note.startswith(start)
    printed = json.loads(vidkompy(*words, "-o", "y", "--json").out)
    assert printed["notes"] == notes(outcome.err)


def notes(err: str) -> list[str]:
    return [line.removeprefix("note: ") for line in err.splitlines() if line.startswith("note: ")]
