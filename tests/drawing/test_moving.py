"""A track drawn, from the sidecar to the file: what is drawn where, what is said, and what `verify` finds."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from support.clips import planes
from support.program_runs import FFMPEGS, Vidkompy, refused
from support.wave_films import standing_track, wave_pair

from vidkompy.drawing.options import DrawingOptions
from vidkompy.drawing.plan import plan_layout
from vidkompy.model import F64, Track
from vidkompy.sidecar.document import write_sidecar

FFV1 = ("--", "-c:v", "ffv1")
SIZE, COUNT = (96, 56), 24
each_ffmpeg = pytest.mark.parametrize("ffmpeg", FFMPEGS)


def jumping(count: int = COUNT) -> F64:
    """As pan and scan: left, then right, then along."""
    track = standing_track(count, 12, 20, SIZE)
    track[8:, 0] = 80
    track[16:, 0] = 20 + 4 * np.arange(count - 16)
    return track


@each_ffmpeg
def test_an_fg_that_jumps_is_drawn_where_it_lies(vidkompy: Vidkompy, ffmpeg: str, tmp_path: Path) -> None:
    pair = wave_pair(tmp_path, jumping(), SIZE)
    write_sidecar(pair.sidecar, tmp_path / "x.vidkompy.json")
    drawn = vidkompy("render", "x.vidkompy.json", "-o", "out.mkv", "--ffmpeg", ffmpeg, *FFV1)
    assert (drawn.code, "FG's place moves" in drawn.err) == (0, False), drawn
    for i, (frame, below) in enumerate(zip(planes(tmp_path / "out.mkv"), planes(tmp_path / "bg.mkv"), strict=False)):
        np.testing.assert_array_equal(frame, below, err_msg=f"frame {i}")  # FG is cut from BG
    verdict = vidkompy("verify", "x.vidkompy.json", "out.mkv")
    assert (verdict.code, verdict.out.count(f"{COUNT} of {COUNT} bit-exact")) == (0, 2), verdict


def test_with_steady_one_place_is_drawn_all_the_time(vidkompy: Vidkompy, tmp_path: Path) -> None:
    pair = wave_pair(tmp_path, jumping(), SIZE)
    write_sidecar(pair.sidecar, tmp_path / "x.vidkompy.json")
    drawn = vidkompy("render", "x.vidkompy.json", "-o", "out.mkv", "--steady", *FFV1)
    assert "note: FG's place moves, and is drawn at x=34 y=20 all the time: 24 of 24 frames lie elsewhere" in drawn.err
    (x, y), (width, height) = (34, 20), SIZE
    for frame, fg in zip(planes(tmp_path / "out.mkv"), planes(tmp_path / "fg.mkv"), strict=True):
        np.testing.assert_array_equal(frame[0, y : y + height, x : x + width], fg[0])
    assert vidkompy("verify", "x.vidkompy.json", "out.mkv", "--steady").code == 0
    assert vidkompy("verify", "x.vidkompy.json", "out.mkv").code == 1


@pytest.mark.parametrize("fault", ["a frame elsewhere", "a frame of another time", "all one px off"])
def test_a_moving_fg_that_lies_elsewhere_is_found_wrong(vidkompy: Vidkompy, fault: str, tmp_path: Path) -> None:
    track = jumping()
    pair = wave_pair(tmp_path, track, SIZE)
    sidecar = pair.sidecar
    if fault == "a frame of another time":
        sidecar = replace(sidecar, frame_map=replace(sidecar.frame_map, bg=np.minimum(sidecar.frame_map.bg + 1, 24)))
    else:
        wrong = track.copy()
        wrong[slice(10, 11) if fault == "a frame elsewhere" else slice(None), 0] += 1
        sidecar = replace(sidecar, track=Track(wrong))
    write_sidecar(sidecar, tmp_path / "wrong.vidkompy.json")
    write_sidecar(pair.sidecar, tmp_path / "x.vidkompy.json")
    assert vidkompy("render", "wrong.vidkompy.json", "-o", "out.mkv", *FFV1).code == 0
    verdict = vidkompy("verify", "x.vidkompy.json", "out.mkv", "--json")
    assert verdict.code == 1, verdict


def test_frames_beyond_the_canvas_are_spoken_of(vidkompy: Vidkompy, tmp_path: Path) -> None:
    track = jumping()
    track[:3, 0], track[3:5, 0] = -200, -40
    pair = wave_pair(tmp_path, track, SIZE)
    write_sidecar(pair.sidecar, tmp_path / "x.vidkompy.json")
    drawn = vidkompy("render", "x.vidkompy.json", "-o", "out.mkv", *FFV1)
    assert "note: FG lies outside of the canvas in 3 of 24 frames: they show BG alone" in drawn.err
    assert "note: FG reaches beyond the canvas in 2 of 24 frames: it is cut off there" in drawn.err
    assert vidkompy("verify", "x.vidkompy.json", "out.mkv").code == 0


def test_a_track_outside_the_canvas_is_refused(vidkompy: Vidkompy, tmp_path: Path) -> None:
    pair = wave_pair(tmp_path, jumping(), SIZE)
    off = jumping()
    off[:, 0] += 300
    write_sidecar(replace(pair.sidecar, track=Track(off)), tmp_path / "x.vidkompy.json")
    assert refused(vidkompy, "render", "x.vidkompy.json") == (
        "the track puts FG outside the canvas in every frame: between 312,20 and 476,76 on 192x108; "
        "correct track in the sidecar"
    )


def test_parts_move_as_the_whole_does(vidkompy: Vidkompy, tmp_path: Path) -> None:
    track = jumping(60)
    track[40, 1] = 21  # an odd place in one part: all of them have full chroma
    pair = wave_pair(tmp_path, track, SIZE)
    write_sidecar(pair.sidecar, tmp_path / "x.vidkompy.json")
    for name, chunks in (("whole.mkv", "1"), ("parts.mkv", "3")):
        drawn = vidkompy("render", "x.vidkompy.json", "-o", name, "--chunks", chunks, *FFV1)
        assert drawn.code == 0, drawn
    whole, parts = ([*planes(tmp_path / name)] for name in ("whole.mkv", "parts.mkv"))
    np.testing.assert_array_equal(whole, parts)


def test_bars_of_a_moving_fg_are_cut_off(tmp_path: Path) -> None:
    pair = wave_pair(tmp_path, jumping(), SIZE)
    sidecar = replace(pair.sidecar, content=(0, 6, 96, 50))
    layout = plan_layout(sidecar, DrawingOptions())
    assert layout.fg_crop is not None
    assert (layout.fg_crop[1] - layout.y, layout.fg_crop[3] - layout.y) == (6, 50)
    assert plan_layout(sidecar, DrawingOptions(keep_bars=True)).fg_crop is None
