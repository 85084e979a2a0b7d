"""Which BG frames are looked at between keyframes."""

import numpy as np

from vidkompy.tracking.frame_registration import FrameFit
from vidkompy.tracking.free_alignment import band_around
from vidkompy.tracking.keyframes import Keyframe
from vidkompy.tracking.parameters import BandParameters


def keyframe(fg: int, bg: int) -> Keyframe:
    return Keyframe(fg, bg, FrameFit(np.array([1.0, 0.0, 50.0, 50.0]), 0.99, 1.0, 1.0))


def test_a_stray_keyframe_in_a_still_leaves_the_trend_in_the_band() -> None:
    keyframes = [keyframe(k, k + 10 + (15 if k == 44 else 0)) for k in range(4, 100, 8)]
    _, lo, hi = band_around(keyframes, 100, 120, BandParameters())
    frames = np.arange(4, 93)
    assert ((lo[frames] <= frames + 10) & (frames + 10 < hi[frames])).all()
    assert np.median(hi - lo) < 20


def test_a_removed_scene_is_spanned() -> None:
    keyframes = [keyframe(k, k + (60 if k > 50 else 0)) for k in range(4, 100, 8)]
    _, lo, hi = band_around(keyframes, 100, 170, BandParameters())
    assert lo[48] <= 48
    assert hi[48] > 48 + 60
