"""FG beyond the canvas: what lies there is compared with nothing, so an altered part of FG may hide there."""

from __future__ import annotations

from vidkompy.model import F64, Box, Placement
from vidkompy.parameters import tuned
from vidkompy.placement.transforms import corner_shift
from vidkompy.records import Record


class CanvasOverhangParameters(Record):
    cost: float = tuned(
        0.15,
        unit="ranking cost of an FG that lies beyond the canvas altogether; less in proportion",
        raising="places inside are preferred at a worse fit",
        source="scrolled pages below a banner fit 0.011 to 0.019 better with 0.17 to 0.31 of FG beyond the canvas",
    )
    least_beyond: float = tuned(
        0.1,
        unit="share of FG's content beyond the canvas",
        raising="fewer places are doubted",
        source="scrolled pages below a banner: 0.13 to 0.31 at wrong places",
    )
    elsewhere_px: float = tuned(
        4.0, unit="canvas px between corners", raising="fewer places are doubted", source="chosen by eye"
    )


def share_beyond(transform: F64, box: Box, canvas: tuple[int, int]) -> float:
    """Share of FG's content, `box` in frame px, that lies beyond a canvas of this width and height."""
    left, top, right, bottom = box
    scale_x, scale_y, x, y = transform.tolist()
    content = Placement(scale_x * left + x, scale_y * top + y, scale_x * (right - left), scale_y * (bottom - top))
    return content.share_beyond(canvas)


def may_hide_there(
    transform: F64, likeliest: F64, box: Box, canvas: tuple[int, int], parameters: CanvasOverhangParameters
) -> bool:
    """Whether FG hangs over the canvas, while the transform that most keypoints speak for lies elsewhere, inside."""
    here, there = (share_beyond(q, box, canvas) for q in (transform, likeliest))
    if here < parameters.least_beyond or there >= parameters.least_beyond:
        return False
    return corner_shift(transform, likeliest, box) > parameters.elsewhere_px
