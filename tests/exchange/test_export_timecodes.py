"""Timestamps of the BG frames shown, given to mkvmerge: each frame comes out at the time it has under FG."""

import subprocess
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
from support.clips import GOOD, encode, picked, planes
from support.export_readers import reader
from support.program_runs import Vidkompy, frame_hashes, seconds, sidecar_of
from support.truth_cases import Case

from vidkompy.sidecar.document import write_sidecar

# holds, a drop, a jump back, unmatched frames at the head, within and at the end
MAP = [-1, -1, 4, 5, 6, 6, 6, 7, 9, *range(10, 20), -1, -1, -1, 20, 3, 4, 4, 5, 5, 30, 31, 33, 34, 36, 37, 47, -1]


def test_mkvmerge_gives_each_bg_frame_its_time(vidkompy: Vidkompy, pair: Case, tmp_path: Path) -> None:
    count = len(MAP)
    pts = np.cumsum(np.random.default_rng(7).integers(1500, 9000, count))
    pts -= pts[0]
    uneven = tmp_path / "uneven.mp4"
    encode(uneven, list(planes(pair.fg))[:count], Fraction(24), GOOD, pts=pts)
    sidecar = sidecar_of(replace(pair, fg=uneven, truth=replace(pair.truth, map=np.array(MAP))))
    write_sidecar(sidecar, "x.vidkompy.json")
    assert vidkompy("export", "x.vidkompy.json", "--to", "timecodes", "-o", "x.txt").code == 0
    first = [i for i, j in enumerate(MAP) if j >= 0 and (i == 0 or MAP[i - 1] != j)]
    bg_frames = [frame for frame in picked(pair.bg, np.array([MAP[i] for i in first])) if frame is not None]
    encode(tmp_path / "shown.mp4", bg_frames, Fraction(24), GOOD)
    words = ("-q", "-o", "timed.mkv", "--timestamps", "0:x.txt", "shown.mp4")
    subprocess.run([reader("mkvmerge", "mkvtoolnix"), *words], check=True)
    assert frame_hashes(Path("timed.mkv")) == frame_hashes(Path("shown.mp4"))
    wanted = [int(pts[i]) * Fraction(1, 90000) for i in first]
    off = [abs(a - b) for a, b in zip(seconds(Path("timed.mkv")), wanted, strict=True)]
    assert max(off) <= Fraction(1, 2000)  # Matroska's tick is 1 ms
