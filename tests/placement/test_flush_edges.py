"""Places that nearly touch the canvas' edges, on clips in memory whose true place is known by construction."""

import cv2
import numpy as np
import pytest
from support.picture_edits import U8
from support.placed_proxies import clip, luma, noisy

from vidkompy.media.proxies import Proxies
from vidkompy.model import F64
from vidkompy.parameters import with_number
from vidkompy.placement.flush_edges import FlushEdgesParameters, snap_to_canvas
from vidkompy.placement.frame_pairs import pair_frames
from vidkompy.placement.letterbox import content_box
from vidkompy.placement.search import find_placement
from vidkompy.placement.search_parameters import PlacementParameters
from vidkompy.placement.transforms import corner_shift

CANVAS = 320, 180
PAIRS = [(i, i + 6) for i in range(2, 28, 5)]


def fg_at(frames: U8, left: float, top: float, width: float, height: float, size: tuple[int, int]) -> Proxies:
    """FG of `size` that shows that part of BG's frames 6..33."""
    to_fg = np.array([[size[0] / width, 0, 0], [0, size[1] / height, 0]])
    to_fg[:, 2] = (-left * to_fg[0, 0] + to_fg[0, 0] / 2 - 0.5, -top * to_fg[1, 1] + to_fg[1, 1] / 2 - 0.5)
    part = [
        cv2.warpAffine(f, to_fg, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE) for f in frames[6:34]
    ]
    return clip(noisy(np.stack(part).astype(np.uint8)))


def snapped(fg: Proxies, bg: Proxies, q: F64, parameters: FlushEdgesParameters = FlushEdgesParameters()) -> F64:
    frames = pair_frames(fg, bg, content_box(fg), q, PAIRS)
    return snap_to_canvas(frames, q, (fg.clip.width, fg.clip.height), CANVAS, parameters=parameters)


@pytest.mark.parametrize(
    ("true", "size"),
    [
        ((0, 0, 320, 180), (240, 136)),  # all of the canvas
        ((0, 24, 320, 128), (256, 102)),  # cropped at top and bottom
        ((0, 0, 320, 140), (240, 120)),  # cropped at the bottom, drawn out
        ((80, 45, 240, 135), (200, 112)),  # the lower right corner
    ],
)
def test_edges_within_the_error_of_the_fit_are_the_canvas_edges(
    true: tuple[float, float, float, float], size: tuple[int, int], handheld: U8, bg: Proxies
) -> None:
    left, top, width, height = true
    fg = fg_at(handheld, *true, size)
    fitted = np.array([(width - 0.3) / size[0], (height + 0.1) / size[1], left + 0.2, top - 0.04])
    flush = snapped(fg, bg, fitted)
    assert corner_shift(flush, fitted, (0, 0, *size)) > 0
    edges = np.array([*flush[2:], *(flush[2:] + flush[:2] * size)])
    true_edges, canvas = np.array([left, top, left + width, top + height]), np.array([0, 0, *CANVAS])
    is_flush = true_edges == canvas
    assert np.allclose(edges[is_flush], canvas[is_flush], atol=1e-9)


def test_an_edge_that_is_meant_to_lie_off_the_canvas_edge_stays(handheld: U8, bg: Proxies) -> None:
    """Half a pixel inside, where the picture tells."""
    fg = fg_at(handheld, 0.5, 0.5, 319, 179, (640, 358))
    q = np.array([319 / 640, 179 / 358, 0.5, 0.5])
    assert np.array_equal(snapped(fg, bg, q), q)
    assert not np.array_equal(snapped(fg, bg, q, FlushEdgesParameters(most_cost=100)), q)


def test_edges_further_off_stay(handheld: U8, bg: Proxies) -> None:
    fg, q = fg_at(handheld, 1, 1, 200, 120, (200, 120)), np.array([1.0, 1.0, 1.0, 1.0])
    assert np.array_equal(snapped(fg, bg, q), q)
    q_near = np.array([1.0, 1.0, 0.9, 1.0])
    assert snapped(fg, bg, q_near, FlushEdgesParameters(within_px=0.95, most_cost=100))[2] == 0


def test_one_scale_of_both_axes_stays_one(handheld: U8, bg: Proxies) -> None:
    fg, scale = fg_at(handheld, 0, 24, 320, 120, (256, 96)), 319.8 / 256
    scale_x, scale_y, left, top = snapped(fg, bg, np.array([scale, scale, 0.1, 24.1]))
    assert (scale_x, scale_y, left) == (1.25, 1.25, 0)
    assert top + 48 * scale_y == pytest.approx(24.1 + 48 * scale)  # its middle has not moved


@pytest.mark.slow
@pytest.mark.parametrize("size", [(240, 136), (256, 144), (512, 200)])
def test_a_copy_of_the_whole_frame_covers_the_canvas_exactly(size: tuple[int, int]) -> None:
    frames = luma("tripod", size=CANVAS)
    resized = np.stack([cv2.resize(f, size, interpolation=cv2.INTER_AREA) for f in frames[6:34]])
    fg = clip(noisy(resized, 6))
    found, _ = find_placement(fg, clip(frames), content_box(fg))
    assert (found.x, found.y, found.width, found.height) == (0, 0, *CANVAS)
    assert found.confidence is not None
    assert found.confidence > 0.9


@pytest.mark.slow
def test_a_rough_copy_of_the_whole_frame_is_sure() -> None:
    """Small, blurred and noisy: the picture alone tells single pixels badly."""
    frames = luma("tripod", size=CANVAS)
    small = [cv2.resize(f, (160, 90), interpolation=cv2.INTER_AREA) for f in frames[6:34]]
    rough = clip(noisy(np.stack([cv2.GaussianBlur(f, (0, 0), 0.8) for f in small]), 9))
    believed = []
    for certainty in (0.0, 0.99):
        parameters = with_number(PlacementParameters(), "registration.flush_edges.confidence", certainty)
        bg, box = clip(frames), content_box(rough)
        found, _ = find_placement(rough, bg, box, min_confidence=0, parameters=parameters)
        assert (found.x, found.y, found.width, found.height) == (0, 0, *CANVAS)
        believed.append(found.confidence or 0)
    assert believed[0] < believed[1]
    assert believed[1] > 0.95
