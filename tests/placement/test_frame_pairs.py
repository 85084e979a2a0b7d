"""Frame pairs as views of one pitch: coordinates there and back, what is cropped, which frames are compared."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.placed_proxies import H, W, X, Y, clip, cut, luma, noisy

from vidkompy.media.proxies import Proxies
from vidkompy.placement.frame_pairs import FramePairs, FramePairsParameters, pair_frames
from vidkompy.placement.letterbox import content_box

PAIRS = [(2, 8), (12, 18), (27, 33)]


def paired(bg: Proxies, scale: float, pairs: list[tuple[int, int]] = PAIRS, reach: int = 1) -> FramePairs:
    """FG with `scale` px per canvas px."""
    fg = clip(noisy(cut(bg.small, scale)))
    return pair_frames(fg, bg, content_box(fg), np.array([1 / scale, 1 / scale, X, Y]), pairs, reach)


@pytest.mark.parametrize(
    ("scale", "fg_size", "bg_factor"), [(1.0, (W, H), 1), (0.5, (W // 2, H // 2), 2), (2.0, (W, H), 1)]
)
def test_both_views_have_one_pitch(bg: Proxies, scale: float, fg_size: tuple[int, int], bg_factor: int) -> None:
    frames = paired(bg, scale)
    assert frames.views.fg_shape == fg_size[::-1]
    assert 1 / frames.view_per_frame[2] == bg_factor
    assert frames.to_view(frames.q)[0] == pytest.approx(1)


@pytest.mark.slow
@given(st.lists(st.floats(-500, 500), min_size=4, max_size=4))
def test_to_frame_is_the_inverse_of_to_view(q: list[float]) -> None:
    frames = paired(clip(luma("tripod")), 0.5)
    np.testing.assert_allclose(frames.to_frame(frames.to_view(np.array(q))), q, atol=1e-9)


def test_bg_is_cropped_to_fgs_surroundings_and_warped_in_its_place(bg: Proxies) -> None:
    frames = paired(bg, 1.0)
    margin = FramePairsParameters().surroundings
    assert frames.views.bg_shape == (H + 2 * margin, W + 2 * margin)
    view = frames.to_view(frames.q)
    assert view[2:].tolist() == [margin, margin]
    warped = frames.views.warped(view, [frames.pairs[1].bg])[frames.pairs[1].bg]
    assert np.abs(warped - frames.views.fg[1])[8:-8, 8:-8].mean() < 2  # grey levels; noise of 2, blurred


def test_a_place_outside_the_canvas_has_views_all_the_same(bg: Proxies) -> None:
    fg = clip(cut(bg.small))
    frames = pair_frames(fg, bg, content_box(fg), np.array([1.0, 1.0, 1000.0, -1000.0]), PAIRS)
    assert min(frames.views.bg_shape) >= 1
    assert not frames.visible(frames.to_view(frames.q)).any()


def test_nearby_frames_are_the_nearest_first_and_inside_the_clip(bg: Proxies) -> None:
    frames = paired(bg, 1.0, [(0, 0), (5, 11), (27, 39)], reach=2)
    assert [[frames.bg_frames[k] for k in nearby] for nearby in frames.nearby] == [
        [0, 0, 1, 0, 2],
        [11, 10, 12, 9, 13],
        [39, 38, 39, 37, 39],
    ]
    assert [(frames.bg_frames[p.before], frames.bg_frames[p.after], p.span) for p in frames.pairs] == [
        (0, 1, 1),
        (10, 12, 2),
        (38, 39, 1),
    ]
