"""Altered parts of FG that would lie beyond the canvas do not lead its place astray."""

import numpy as np
import pytest
from support.catalogue import BANNER
from support.picture_edits import U8, patched
from support.placed_proxies import clip, luma

from vidkompy.model import Box
from vidkompy.placement.canvas_overhang import CanvasOverhangParameters, may_hide_there
from vidkompy.placement.letterbox import content_box
from vidkompy.placement.search import find_placement

CANVAS = (480, 270)
X, Y, W, H = 77, 41, 288, 162
BOX: Box = (0.0, 0.0, 100.0, 80.0)


def with_banner(frames: U8) -> U8:
    """Letters on a plate over the lower 36 lines."""
    shown = frames[38:228, Y : Y + H, X : X + W]
    return np.stack([patched(np.repeat(frame[None], 3, axis=0), BANNER)[0] for frame in shown])


@pytest.mark.parametrize("seed", [303, 309])
def test_a_page_that_scrolls_is_not_found_further_down_where_its_banner_would_hide(seed: int) -> None:
    page = luma("screen", 240, CANVAS, seed)
    fg = clip(with_banner(page))
    found, _ = find_placement(fg, clip(page), content_box(fg), min_confidence=0)
    assert (found.x, found.y, found.width, found.height) == (X, Y, W, H)


@pytest.mark.parametrize(
    ("here", "likeliest", "may_hide"),
    [
        ((20, 210), (20, 100), True),  # 10 of 80 lines below the canvas
        ((20, 196), (20, 100), False),  # 6 of them
        ((20, 210), (20, 212), False),  # that place is the likeliest
        ((20, 210), (20, 230), False),  # the likeliest hangs over, too
    ],
)
def test_only_a_place_beyond_the_canvas_that_keypoints_do_not_speak_for_is_suspicious(
    here: tuple[float, float], likeliest: tuple[float, float], may_hide: bool
) -> None:
    best, rival = np.array([1.0, 1.0, *here]), np.array([1.0, 1.0, *likeliest])
    assert may_hide_there(best, rival, BOX, (400, 280), CanvasOverhangParameters()) is may_hide
