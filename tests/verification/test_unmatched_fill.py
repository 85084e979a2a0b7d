"""A right drawing of an FG that lies below itself is called right, wherever on the canvas the FG is scaled to."""

from pathlib import Path

import numpy as np
import pytest
from support.clips import planes
from support.picture_edits import Box
from support.program_runs import FFMPEGS, Vidkompy, run_ffmpeg, sidecar_of
from support.truth_cases import Case, Truth

from vidkompy.model import Placement
from vidkompy.sidecar.document import write_sidecar

UNMATCHED = slice(3, 6)
LOSSLESS = ("-c:v", "ffv1")
each_ffmpeg = pytest.mark.parametrize("ffmpeg", FFMPEGS)


def films(bg_size: str, fg_size: str) -> tuple[Path, Path]:
    """Much detail, in odd sizes: a picture that lies a px off is another one."""
    for name, size in (("bg.mkv", bg_size), ("fg.mkv", fg_size)):
        drawn = f"mandelbrot=size={size}:rate=25:start_scale=0.5"
        run_ffmpeg("-f", "lavfi", "-i", drawn, "-frames:v", 10, *LOSSLESS, "-pix_fmt", "yuv444p", name)
    return Path("bg.mkv"), Path("fg.mkv")


def write_pair(bg: Path, fg: Path, place: Placement) -> None:
    frame_map = np.arange(10)
    frame_map[UNMATCHED] = -1
    box = Box(0, 0, 1, 1)
    truth = Truth(frame_map, place.x, place.y, place.width, place.height, box, box)
    write_sidecar(sidecar_of(Case("fill", bg, fg, truth)), "pair.vidkompy.json")


@each_ffmpeg
@pytest.mark.parametrize("blend", ["difference", "normal"])
@pytest.mark.parametrize(
    ("bg_size", "fg_size", "place"),
    [
        ("103x131", "111x71", Placement(23, -17, 163.95, 104.86)),
        ("85x145", "91x71", Placement(53.95, 6.87, 190.2, 148.4)),
        ("153x87", "61x93", Placement(-8.4, 11.5, 40.3, 61.4)),
    ],
    ids=["cut by the canvas", "a narrow part shows", "smaller"],
)
def test_a_right_fill_is_right(
    vidkompy: Vidkompy, blend: str, bg_size: str, fg_size: str, place: Placement, ffmpeg: str
) -> None:
    bg, fg = films(bg_size, fg_size)
    write_pair(bg, fg, place)
    options = ("--blend", blend, "--unmatched", "foreground")
    drawn = ("render", "pair.vidkompy.json", "-o", "out.mkv", *options, "--ffmpeg", ffmpeg, "--", *LOSSLESS)
    assert vidkompy(*drawn).code == 0
    outcome = vidkompy("verify", "pair.vidkompy.json", "out.mkv", *options)
    assert (outcome.code, outcome.out.splitlines()[-1]) == (0, "result  right"), outcome.out


@each_ffmpeg
def test_the_fill_has_the_shape_of_fg_where_the_canvas_cuts_it(vidkompy: Vidkompy, ffmpeg: str) -> None:
    """FG is a disc of 60 px in a square of 80, drawn twice as large: it stays round however little of FG shows."""
    run_ffmpeg("-f", "lavfi", "-i", "color=gray:size=160x120:rate=25", "-frames:v", 10, *LOSSLESS, "bg.mkv")
    disc = "geq=lum='if(lt(hypot(X-40,Y-40),30),235,16)':cb=128:cr=128"
    drawn = ("-f", "lavfi", "-i", "color=black:size=80x80:rate=25", "-vf", disc, "-frames:v", 10, *LOSSLESS)
    run_ffmpeg(*drawn, "fg.mkv")
    write_pair(Path("bg.mkv"), Path("fg.mkv"), Placement(131.5, 20.5, 100.3, 100.3))
    options = ("-o", "out.mkv", "--unmatched", "foreground", "--ffmpeg", ffmpeg)
    assert vidkompy("render", "pair.vidkompy.json", *options, "--", *LOSSLESS).code == 0
    luma = list(planes(Path("out.mkv")))[4][0] > 120
    assert abs(int(luma[8].sum()) - 60) <= 2  # px, 52 above the disc's middle: FG itself lies further down
    assert luma[4:-4, 80].all()  # the disc is as high as the canvas
