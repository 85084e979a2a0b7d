"""Tracks as keyframes: few where little happens, exact to a hundredth of a pixel, and back."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from vidkompy.errors import MalformedError
from vidkompy.model import F64, Clip, Colour, Track
from vidkompy.sidecar.track_record import TOLERANCE_PX, track_from_json, track_json

N = 200


def clip(frames: int) -> Clip:
    times = np.arange(frames, dtype=np.int64), 0, Fraction(30), "gray", Colour(), Fraction(1), 0, ()
    return Clip(Path("fg.mp4"), 0, "", 64, 48, Fraction(1, 30), *times)


def track(x: F64) -> Track:
    return Track(np.column_stack([x, 0 * x, 0 * x + 64, 0 * x + 48, 0 * x]))


STANDING = track(np.full(N, 12.5))
JUMPING = track(np.where(np.arange(N) < 80, 20.0, 150.0))
ZOOMING = Track(
    np.column_stack(
        [np.arange(N) * 0.21, np.arange(N) * 0.1, 64 - np.arange(N) * 0.42, 48 - np.arange(N) * 0.2, np.zeros(N)]
    )
)
SHAKING = track(9 * np.sin(1.7 * np.arange(N)))


@pytest.mark.parametrize(("given", "most"), [(STANDING, 2), (JUMPING, 4), (ZOOMING, 2), (SHAKING, N)])
def test_a_track_comes_back(given: Track, most: int) -> None:
    keyframes = track_json(given)
    assert len(keyframes) <= most
    back = track_from_json(keyframes, clip(N), Path("x.json"))
    assert np.abs(back.at - given.at).max() < 2 * TOLERANCE_PX
    assert track_json(back) == keyframes


@pytest.mark.parametrize(
    ("frames", "message"),
    [
        ([0, 5, 5, 199], r"keyframe at FG frame 5 behind that at 5 @ \$\.track\[2\]\.fg"),
        ([1, 199], r"the first keyframe is at FG frame 1, wanted 0 @ \$\.track\[0\]\.fg"),
        ([0, 198], r"the last keyframe is at FG frame 198, wanted 199, FG's last @ \$\.track\[1\]\.fg"),
    ],
)
def test_frames_that_do_not_cover_fg_are_refused(frames: list[int], message: str) -> None:
    keyframes = [{"fg": i, "x": 0.0, "y": 0.0, "width": 64.0, "height": 48.0, "angle": 0.0} for i in frames]
    with pytest.raises(MalformedError, match=message):
        track_from_json(keyframes, clip(N), Path("x.json"))
