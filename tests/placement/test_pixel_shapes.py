"""FGs whose pixels have another shape than BG's: stated by the files, stated wrongly, or not at all."""

from dataclasses import replace
from fractions import Fraction

import cv2
import numpy as np
import pytest
from support.picture_edits import U8
from support.placed_proxies import clip, luma, noisy

from vidkompy.media.proxies import Proxies
from vidkompy.model import Placement
from vidkompy.placement.candidates import find_candidates, group_by_scale
from vidkompy.placement.full_frame import FullFrameParameters, full_frame_candidates
from vidkompy.placement.letterbox import content_box
from vidkompy.placement.pixel_shapes import PixelShapeParameters, stated_stretches, usual_stretches
from vidkompy.placement.search import find_placement
from vidkompy.placement.search_parameters import PlacementParameters, ScaleRange
from vidkompy.placement.transforms import stretch_of

CANVAS = 480, 270
WHOLE, PART = (0, 0, *CANVAS), (72, 33, 300, 180)  # of BG: x, y, width, height
PAL_WIDE, PAL, NTSC = Fraction(64, 45), Fraction(16, 15), Fraction(8, 9)


@pytest.fixture(scope="module")
def frames() -> U8:
    return luma("handheld", size=CANVAS)


def shown_as(clip_: Proxies, sar: Fraction) -> Proxies:
    return replace(clip_, clip=replace(clip_.clip, sar=sar))


def fg_of(frames: U8, part: tuple[int, int, int, int], size: tuple[int, int], sar: Fraction) -> Proxies:
    x, y, width, height = part
    resized = [cv2.resize(f[y : y + height, x : x + width], size, interpolation=cv2.INTER_AREA) for f in frames[6:34]]
    return shown_as(clip(noisy(np.stack(resized))), sar)


def error(found: Placement, part: tuple[int, int, int, int]) -> float:
    x, y, width, height = part
    ends = found.x - x, found.y - y, found.x + found.width - x - width, found.y + found.height - y - height
    return max(abs(e) for e in ends)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("part", "size", "sar"),
    [
        (WHOLE, (360, 288), PAL_WIDE),  # a DVD of all of a square-pixel BG
        (WHOLE, (360, 288), Fraction(1)),  # the same, unstated
        (WHOLE, (300, 240), PAL),  # stated wrongly
        (PART, (211, 180), PAL_WIDE),
        (PART, (211, 180), Fraction(1)),
        (PART, (300, 127), Fraction(1)),  # the other way: higher than wide
        (PART, (281, 180), PAL_WIDE),  # 16:15 in truth
        (PART, (300, 180), PAL_WIDE),  # square in truth
        (PART, (240, 180), Fraction(1)),  # a shape of no standard: 5 to 4
    ],
)
def test_an_fg_of_another_pixel_shape_is_found_surely(
    part: tuple[int, int, int, int], size: tuple[int, int], sar: Fraction, frames: U8
) -> None:
    fg, begun = fg_of(frames, part, size, sar), list[int]()
    found, _ = find_placement(fg, clip(frames), content_box(fg), report=lambda done, _: begun.append(done))
    assert error(found, part) < 0.2  # canvas px; noise of 2 grey levels
    assert found.confidence is not None
    assert found.confidence > 0.95
    assert len(begun) <= 4  # sound, the full frame, a few samples; the last report says that all is done


@pytest.mark.slow
def test_a_square_fg_is_found_on_a_bg_of_wide_pixels(frames: U8) -> None:
    bg = np.stack([cv2.resize(f, (337, 270), interpolation=cv2.INTER_AREA) for f in frames])
    x, y, width, height = PART
    fg = shown_as(clip(noisy(frames[6:34, y : y + height, x : x + width])), Fraction(1))
    found, _ = find_placement(fg, shown_as(clip(bg), PAL_WIDE), content_box(fg))
    ratio = 337 / 480
    assert abs(found.x - x * ratio) < 0.2
    assert abs(found.width - width * ratio) < 0.3
    assert abs(found.y - y) < 0.2
    assert abs(found.height - height) < 0.3


def test_stated_shapes_come_first_and_unbelievable_ones_never(frames: U8) -> None:
    square = clip(frames[:2])
    fg = shown_as(square, PAL_WIDE)
    assert stated_stretches(fg.clip, square.clip) == [45 / 64, 1]
    assert stated_stretches(square.clip, fg.clip) == [64 / 45, 1]
    assert stated_stretches(fg.clip, fg.clip) == [1]
    assert stated_stretches(shown_as(square, Fraction(9)).clip, square.clip) == [1]


def test_usual_shapes_leave_out_those_stated() -> None:
    parameters = PixelShapeParameters(usual=(64 / 45, 4 / 3))
    assert usual_stretches([1.0], parameters) == [45 / 64, 64 / 45, 3 / 4, 4 / 3]
    assert usual_stretches([1.33, 1.0], parameters) == [45 / 64, 64 / 45, 3 / 4]


def test_the_full_frame_is_a_candidate_only_where_it_is_drawn_out_and_alike(frames: U8) -> None:
    bg, drawn_out = clip(frames), fg_of(frames, WHOLE, (360, 288), Fraction(1))
    (found,) = full_frame_candidates(drawn_out, bg, content_box(drawn_out))
    assert np.allclose(found, [480 / 360, 270 / 288, 0, 0])
    with_bars = clip(np.pad(drawn_out.small, [(0, 0), (36, 36), (0, 0)]))
    (of_box,) = full_frame_candidates(with_bars, bg, (0, 36, 360, 324))
    assert np.allclose(of_box, [480 / 360, 270 / 288, 0, -36 * 270 / 288])
    reduced = fg_of(frames, WHOLE, (240, 135), Fraction(1))
    assert full_frame_candidates(reduced, bg, content_box(reduced)) == []
    other = fg_of(luma("tripod", size=CANVAS), WHOLE, (360, 288), Fraction(1))
    assert full_frame_candidates(other, bg, content_box(other)) == []
    assert len(full_frame_candidates(other, bg, content_box(other), FullFrameParameters(least_score=-1.0))) == 1


def test_candidates_of_each_stretch_are_a_group_of_their_own(frames: U8) -> None:
    bg, fg = clip(frames), fg_of(frames, PART, (211, 180), PAL_WIDE)
    found = find_candidates("spread_samples", fg, bg, content_box(fg), (0.2, 5.0), ())
    groups = group_by_scale(found)
    assert all(np.ptp([stretch_of(q) for q in group]) < 1e-9 for group in groups)
    assert np.allclose(groups[0][0][:2], [300 / 211, 1], rtol=0.02)


@pytest.mark.parametrize("size", [(300, 128), (300, 152), (300, 213), (225, 180)])
def test_another_shape_comes_first_where_many_keypoints_match_in_the_stated_one(size: tuple[int, int]) -> None:
    """Along a pan, half and more of the matches agree on a wrong place, too."""
    pan = luma("pan", size=CANVAS)
    fg = fg_of(pan, PART, size, Fraction(1))
    first = find_candidates("spread_samples", fg, clip(pan), content_box(fg), (0.2, 5.0), ())[0]
    assert np.allclose(first[:2], [300 / size[0], 180 / size[1]], rtol=0.03)


def test_at_a_known_scale_pixels_are_square(frames: U8) -> None:
    fg, fixed = fg_of(frames, PART, (211, 180), PAL_WIDE), ScaleRange(1, 1)
    for source in ("full_frame", "spread_samples"):
        scales = (fixed.low, fixed.high)
        found = find_candidates(source, fg, clip(frames), content_box(fg), scales, ())
        assert all(stretch_of(q) == 1 for q in found)
    assert PlacementParameters().candidates.sure_share > 0
