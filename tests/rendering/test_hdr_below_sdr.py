"""A 10-bit PQ BG below an 8-bit SDR FG that was tone mapped from it: from analysis to the file and its verification."""

import logging
import subprocess
from pathlib import Path

import av
import numpy as np
import pytest
from support import tone_mapped
from support.graded_pairs import F64, INSET, SDR, SIZE, cut
from support.program_runs import FFMPEGS, Vidkompy

from vidkompy.colour_matching.colour_difference import colour_differences
from vidkompy.sidecar.document import read_sidecar

COUNT = 30
LATE = 3  # BG frames before FG's first
REACH = 8  # px around FG
CELL = 4  # px, either way: means over whole chroma samples are compared
_log = logging.getLogger(__name__)


def written(path: Path, rgb: F64, pix_fmt: str, colour: str) -> Path:
    """Lossless but for rounding and chroma, with the colour's names in the file."""
    matrix, primaries, transfer = colour.split(":")
    height, width = rgb.shape[1:3]
    source = ["-f", "rawvideo", "-pix_fmt", "rgb48le", "-s", f"{width}x{height}", "-r", "30", "-i", "-"]
    names = ["-colorspace", matrix, "-color_primaries", primaries, "-color_trc", transfer, "-color_range", "tv"]
    converted = f"scale=out_color_matrix={matrix.removesuffix('nc')}:out_range=tv,format={pix_fmt}"
    command = [str(FFMPEGS[0]), "-v", "error", *source, "-vf", converted, *names, "-c:v", "ffv1", str(path)]
    subprocess.run(command, input=np.round(rgb * 65535).astype("<u2").tobytes(), check=True)
    return path


def shown(path: Path) -> F64:
    """f64 [n, height, width, 3]"""
    with av.open(str(path)) as container:
        frames = [f.to_ndarray(format="rgb48le", src_colorspace="ITU709") for f in container.decode(video=0)]
    return np.asarray(np.stack(frames), np.float64) / 65535


def cells(rgb: F64) -> F64:
    """f64 [n, height / CELL, width / CELL, 3]: means."""
    n, height, width, _ = rgb.shape
    return np.asarray(rgb.reshape(n, height // CELL, CELL, width // CELL, CELL, 3).mean(axis=(2, 4)))


@pytest.mark.parametrize("ffmpeg", FFMPEGS, ids=lambda path: Path(path).name[:8])
def test_bg_is_drawn_in_sdr(vidkompy: Vidkompy, tmp_path: Path, ffmpeg: Path) -> None:
    """Within what the sidecar says at the seam; FG as it was; and the dark steps of BG stay apart."""
    light = tone_mapped.hdr_light("harbour", COUNT, True)[:, : SIZE[1] // CELL * CELL]
    wanted = tone_mapped.sdr(tone_mapped.channels_of_sdr(light, tone_mapped.hable))
    bg = written(tmp_path / "bg.mkv", tone_mapped.pq(light), "yuv420p10le", "bt2020nc:bt2020:smpte2084")
    fg = written(tmp_path / "fg.mkv", cut(wanted)[LATE:], "yuv420p", "bt709:bt709:bt709")
    assert vidkompy("analyze", bg, fg, "-o", "pair.json").code == 0
    colours = read_sidecar("pair.json").colours
    assert colours is not None
    (grade,) = colours.grades
    options = ("--match-colours", "--ffmpeg", ffmpeg, "--", "-c:v", "ffv1")
    outcome = vidkompy("render", "pair.json", "-o", "out.mkv", *options)
    assert outcome.code == 0, outcome.err
    drawn = shown(Path("out.mkv"))
    seam = np.zeros(drawn.shape[1:3], np.bool_)
    seam[INSET.y - REACH : INSET.y + INSET.height + REACH, INSET.x - REACH : INSET.x + INSET.width + REACH] = True
    seam[INSET.y : INSET.y + INSET.height, INSET.x : INSET.x + INSET.width] = False
    at = seam[::CELL, ::CELL]
    of_bg, of_fg = (cells(rgb)[:, at].reshape(-1, 3) for rgb in (drawn, wanted[LATE:]))
    off = np.median(colour_differences(of_bg, of_fg, SDR))
    _log.info("told %.1f -> %.2f, confidence %.2f; drawn %.2f", grade.before, grade.after, grade.confidence, off)
    assert grade.before > 10
    assert grade.after < 1.5
    assert off < 1.5
    outcome = vidkompy("verify", "pair.json", "out.mkv", "--match-colours")
    assert outcome.out.splitlines()[-1] == "result  right", outcome.out
