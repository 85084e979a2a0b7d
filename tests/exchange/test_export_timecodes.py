"""Timestamps of FG's frames, given to mkvmerge: each frame of what is drawn comes out at FG's time."""

import subprocess
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
from support.clips import GOOD, encode, planes
from support.export_readers import reader
from support.program_runs import Vidkompy, frame_hashes, run_ffmpeg, seconds, sidecar_of
from support.truth_cases import Case

from vidkompy.sidecar.document import write_sidecar

# holds, a drop, a jump back, unmatched frames at the head, within and at the end
MAP = [-1, -1, 4, 5, 6, 6, 6, 7, 9, *range(10, 20), -1, -1, -1, 20, 3, 4, 4, 5, 5, 30, 31, 33, 34, 36, 37, 47, -1]


def test_mkvmerge_gives_each_drawn_frame_its_time(vidkompy: Vidkompy, pair: Case, tmp_path: Path) -> None:
    """What is drawn is laid at an even rate first, as if its times had been lost."""
    count = len(MAP)
    pts = np.cumsum(np.random.default_rng(7).integers(1500, 9000, count))
    pts -= pts[0]
    uneven = tmp_path / "uneven.mp4"
    encode(uneven, list(planes(pair.fg))[:count], Fraction(24), GOOD, pts=pts)
    sidecar = sidecar_of(replace(pair, fg=uneven, truth=replace(pair.truth, map=np.array(MAP))))
    write_sidecar(sidecar, "x.vidkompy.json")
    assert vidkompy("export", "x.vidkompy.json", "--to", "timecodes", "-o", "x.txt").code == 0
    assert vidkompy("render", "x.vidkompy.json", "-o", "drawn.mkv", "--audio", "none", "--", "-c:v", "ffv1").code == 0
    run_ffmpeg("-i", "drawn.mkv", "-vf", "setpts=N/25/TB", "-fps_mode", "passthrough", "-c:v", "ffv1", "even.mkv")
    words = ("-q", "-o", "timed.mkv", "--timestamps", "0:x.txt", "even.mkv")
    subprocess.run([reader("mkvmerge", "mkvtoolnix"), *words], check=True)
    assert frame_hashes(Path("timed.mkv")) == frame_hashes(Path("drawn.mkv"))
    off = [abs(a - b) for a, b in zip(seconds(Path("timed.mkv")), seconds(uneven), strict=True)]
    assert max(off) <= Fraction(1, 2000)  # Matroska's tick is 1 ms
