"""Timelines of opentimelineio: read by the library itself they show the sidecar's frames; edited ones come back."""

import tempfile
from dataclasses import replace
from fractions import Fraction
from math import floor
from pathlib import Path
from typing import Any

import numpy as np
import opentimelineio as otio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import constructed_maps, pictureless_pairs
from support.otio_timelines import NTSC, exported_timeline
from support.pictureless_pairs import I64

from vidkompy.exchange.map_import import import_map
from vidkompy.media.file_urls import path_of_url
from vidkompy.model import UNMATCHED

RATES = (Fraction(30), Fraction(25), NTSC, Fraction(24000, 1001), Fraction(60))
ALWAYS = {"placement"}  # what every timeline loses

Timeline = otio.schema.Timeline


def read_frames(timeline: Any, fg_rate: Fraction, bg: int) -> I64:
    """i64 [n]: BG frame under each frame of the timeline by the reader's own times, in doubles; -1 in gaps.

    bg: label of BG's first frame as a count.
    """
    track = timeline.tracks[0]
    frames: list[int] = []
    for item in track:
        where = track.trimmed_range_of_child(item)
        assert where.start_time == otio.opentime.RationalTime(len(frames), float(fg_rate))  # no rounding adds up
        assert where.start_time.value == len(frames)
        n = where.duration.to_frames()
        if isinstance(item, otio.schema.Gap):
            frames += [UNMATCHED] * n
            continue
        scalar = item.effects[0].time_scalar if item.effects else 1.0
        start = item.source_range.start_time
        passed = [otio.opentime.RationalTime(k, float(fg_rate)).rescaled_to(start.rate).value for k in range(n)]
        frames += [floor(start.value - bg + scalar * k) for k in passed]
    assert track.duration() == timeline.tracks[1].duration()
    return np.array(frames, np.int64)


# ---- what the library reads


@given(
    bg_numbers=st.lists(st.integers(-1, 30), min_size=2, max_size=40)
    | st.builds(
        lambda p, q, n: [p * k // q for k in range(n)], st.integers(1, 300), st.integers(100, 300), st.integers(2, 150)
    ),
    rates=st.tuples(st.sampled_from(RATES), st.sampled_from(RATES)),
    timecode=st.sampled_from(["", "01:00:00:00", "10:59:59:12"]),
    is_exact=st.booleans(),
)
@settings(max_examples=40)
def test_the_library_sees_every_frame_and_what_it_saves_comes_back(
    bg_numbers: list[int], rates: tuple[Fraction, Fraction], timecode: str, is_exact: bool
) -> None:
    with tempfile.TemporaryDirectory() as home:
        folder = Path(home)
        sidecar = pictureless_pairs.pair(folder, np.array([*bg_numbers, 1], np.int64), rates, ("", timecode))
        timeline, losses = exported_timeline(folder, sidecar, is_exact)
        start = timeline.tracks[0].find_clips()[0].available_range().start_time.value
        assert read_frames(timeline, rates[0], int(start)).tolist() == [*bg_numbers, 1]
        assert {loss.kind for loss in losses} == ALWAYS | ({"unmatched"} if UNMATCHED in bg_numbers else set())
        otio.adapters.write_to_file(timeline, str(folder / "x.otio"))
        assert import_map(folder / "x.otio", folder / "y.vidkompy.json").changed == 0
        assert (folder / "y.vidkompy.json").read_bytes() == (folder / "x.vidkompy.json").read_bytes()


@pytest.mark.parametrize(
    ("bg_numbers", "rates"),
    [
        (constructed_maps.ratio(800, 25, 30), (Fraction(30), Fraction(25))),
        (constructed_maps.ratio(800, 30, 25), (Fraction(25), Fraction(30))),
        (constructed_maps.ratio(3000, 1001, 1000), (Fraction(30), NTSC)),
        (constructed_maps.ratio(300, 472, 483), (NTSC, NTSC)),
        (constructed_maps.ramp(300), (NTSC, Fraction(30))),
        (
            constructed_maps.reordered(
                constructed_maps.frozen(constructed_maps.drops(constructed_maps.offset(200)), 50, 70), (2, 0, 1)
            ),
            (NTSC, NTSC),
        ),
        (np.arange(99, -1, -1), (NTSC, Fraction(25))),
    ],
    ids=["25to30", "30to25", "ntsc-to-30", "slow", "ramp", "reordered-frozen", "backwards"],
)
def test_conversions_and_jumps_are_exact(bg_numbers: I64, rates: tuple[Fraction, Fraction], tmp_path: Path) -> None:
    timeline, losses = exported_timeline(
        tmp_path, pictureless_pairs.pair(tmp_path, bg_numbers, rates, ("", "09:59:50:00"))
    )
    start = timeline.tracks[0][0].available_range().start_time.value
    assert read_frames(timeline, rates[0], int(start)).tolist() == bg_numbers.tolist()
    assert {loss.kind for loss in losses} == ALWAYS


def test_a_conversion_is_one_clip_at_one_speed(tmp_path: Path) -> None:
    sidecar = pictureless_pairs.pair(tmp_path, constructed_maps.ratio(800, 25, 30), (Fraction(30), Fraction(25)))
    timeline, _ = exported_timeline(tmp_path, sidecar)
    (clip,) = timeline.tracks[0]
    assert not clip.effects  # a second of BG a second: no speed at all
    slow = pictureless_pairs.pair(tmp_path, constructed_maps.ratio(100, 1, 2))
    (clip,) = exported_timeline(tmp_path, slow)[0].tracks[0]
    assert clip.effects[0].time_scalar == 0.5


def test_timecode_gaps_markers_sound_and_placement_are_there(tmp_path: Path) -> None:
    bg_numbers = constructed_maps.with_foreign(constructed_maps.frozen(constructed_maps.offset(60, 3), 5, 9), 20, 7)
    sidecar = pictureless_pairs.pair(tmp_path, bg_numbers, (NTSC, NTSC), ("00:59:59;28", "01:00:00;00"))
    assert sidecar.frame_map.confidence is not None
    sidecar.frame_map.confidence[40:44] = 0.1
    sidecar = replace(sidecar, content=(0, 4, 64, 44), bg=replace(sidecar.bg, audio=("aac",)))
    timeline, losses = exported_timeline(tmp_path, sidecar)
    assert timeline.global_start_time.to_timecode() == "00:59:59;28"
    background, foreground, sound = timeline.tracks
    assert background[0].available_range().start_time.to_timecode() == "01:00:00;00"
    assert [type(item).__name__ for item in background] == ["Clip", "Clip", "Clip", "Gap", "Clip"]
    assert isinstance(background[1].effects[0], otio.schema.FreezeFrame)
    spans = [(m.name, m.marked_range.start_time.value, m.marked_range.duration.value) for m in timeline.tracks.markers]
    assert spans == [("unmatched", 20, 7), ("unsure", 40, 4)]
    assert foreground[0].trimmed_range().duration.value == len(bg_numbers)
    assert dict(foreground[0].metadata["vidkompy"]["placement"])["x"] == 5
    assert (sound.kind, sound[0].media_reference.target_url) == ("Audio", foreground[0].media_reference.target_url)
    assert [loss.kind for loss in losses] == ["content", "unmatched", "sound", "placement"]
    assert losses[-1].message == (
        "where FG lies (32x24 at 5,6) stands in metadata only: other programs show it over the whole frame"
    )


@pytest.mark.parametrize(
    "name", ["a b.mp4", "ü 画.mp4", "50%25.mp4", "a&b'\"<c>.mp4", "C:d.mp4", "#1?.mp4", "new\nline.mp4"]
)
def test_any_name_can_be_linked(name: str, tmp_path: Path) -> None:
    names = (f"fg/{name}", f"bg/{name}")
    timeline, _ = exported_timeline(
        tmp_path, pictureless_pairs.pair(tmp_path, constructed_maps.offset(20, 3), names=names)
    )
    found = [clip.media_reference.target_url for clip in timeline.find_clips()[:2]]
    assert [path_of_url(url) for url in found] == [str(tmp_path / names[1]), str(tmp_path / names[0])]
    assert import_map(tmp_path / "x.otio", tmp_path / "y.vidkompy.json").changed == 0


def test_uneven_clips_come_back_though_frames_share_places(tmp_path: Path) -> None:
    sidecar = pictureless_pairs.pair(tmp_path, constructed_maps.drops(constructed_maps.offset(60), 0.1))
    fg, bg = sidecar.fg.pts.copy(), sidecar.bg.pts.copy()
    fg[20], bg[31] = fg[19] + 100, bg[30] + 100
    sidecar = replace(sidecar, fg=replace(sidecar.fg, pts=fg), bg=replace(sidecar.bg, pts=bg))
    _, losses = exported_timeline(tmp_path, sidecar)
    assert [loss.kind for loss in losses] == ["uneven", "uneven", "placement"]
    assert import_map(tmp_path / "x.otio", tmp_path / "y.vidkompy.json").changed == 0
    assert (tmp_path / "y.vidkompy.json").read_bytes() == (tmp_path / "x.vidkompy.json").read_bytes()
