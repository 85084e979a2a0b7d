"""Ranges of frames in a sidecar give back the arrays that they were made of."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from vidkompy.alignment.parameters import CalibrationParameters
from vidkompy.model import UNMATCHED, FrameMap
from vidkompy.sidecar.frame_ranges import alike_json, confidence_json, with_frame_ranges

LEVELS = np.array(CalibrationParameters().levels, np.float32)


@st.composite
def maps(draw: st.DrawFn) -> FrameMap:
    bg = np.array(draw(st.lists(st.integers(-1, 30), min_size=1, max_size=30)))
    wide = np.array(draw(st.lists(st.integers(1, 4), min_size=len(bg), max_size=len(bg))))
    back = np.array(draw(st.lists(st.integers(0, 3), min_size=len(bg), max_size=len(bg))))
    low = np.where(bg < 0, UNMATCHED, np.maximum(bg - np.minimum(back, wide - 1), 0))
    levels = draw(st.lists(st.sampled_from(LEVELS.tolist()), min_size=len(bg), max_size=len(bg)))
    confidence = np.round(np.array(levels), 4).astype(np.float32)
    return FrameMap(bg, None, None, low, np.where(bg < 0, UNMATCHED, np.maximum(low + wide, bg + 1)), confidence)


@given(maps())
def test_stretches_give_back_what_they_were_made_of(m: FrameMap) -> None:
    again = with_frame_ranges(FrameMap(m.bg), confidence_json(m), alike_json(m))
    for name in ("low", "high", "confidence"):
        np.testing.assert_array_equal(getattr(again, name), getattr(m, name))


def test_a_still_and_a_moving_range_are_one_stretch_each() -> None:
    bg = np.array([5, 5, 5, 6, 7, 8])
    m = FrameMap(bg, None, None, np.array([4, 4, 4, 5, 6, 7]), np.array([7, 7, 7, 8, 9, 10]))
    assert alike_json(m) == [
        {"fg": 0, "count": 3, "low": 4, "high": 7, "step": 0},
        {"fg": 3, "count": 3, "low": 5, "high": 8, "step": 1},
    ]
