"""Files whose FG moves on BG, from analysis to a drawing, a table, and an analysis made again."""

import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from support.clips import GOOD, encode
from support.moving_places import KINDS, moving_pair
from support.picture_edits import U8
from support.placed_proxies import luma
from support.program_runs import Vidkompy

from vidkompy import read_sidecar


def in_yuv(frames: U8) -> list[U8]:
    """Grey frames as YUV 4:4:4."""
    return [np.stack([f, np.full_like(f, 128), np.full_like(f, 128)]) for f in frames]


@pytest.mark.slow
def test_a_moving_place_is_found_kept_and_spoken_of(
    vidkompy: Vidkompy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    pair = moving_pair(KINDS["stabilised"], luma("handheld", 80))
    encode(Path("bg.mp4"), in_yuv(pair.bg.small), Fraction(25), GOOD)
    encode(Path("fg.mp4"), in_yuv(pair.fg.small), Fraction(25), GOOD)

    outcome = vidkompy("analyze", "bg.mp4", "fg.mp4", "-o", "x.vidkompy.json")
    assert outcome.code == 0, outcome
    sidecar = read_sidecar("x.vidkompy.json")
    assert (sidecar.frame_map.bg == pair.map).mean() > 0.97
    assert any("it looks stabilised" in reason for reason in sidecar.quality.reasons)
    assert sidecar.track is not None
    assert np.abs(sidecar.track.at[:, 0] + sidecar.track.at[:, 2] / 2 - pair.poses[:, 2]).max() < 1
    assert json.loads(Path("x.vidkompy.json").read_text())["track"][0]["fg"] == 0

    drawn = vidkompy("render", "x.vidkompy.json", "-o", "out.mkv", "--", "-c:v", "ffv1")
    assert drawn.code == 0, drawn
    assert "note: FG stands still, and BG moves below it" in drawn.err
    verdict = vidkompy("verify", "x.vidkompy.json", "out.mkv")
    assert verdict.code == 0, verdict

    again = vidkompy("refine", "x.vidkompy.json", "-o", "again.vidkompy.json", "--pin", f"30={pair.map[30]}")
    assert again.code == 0, again
    refined = read_sidecar("again.vidkompy.json")
    assert refined.track is not None
    assert refined.frame_map.bg[30] == pair.map[30]
