"""Boxes and sizes at other resolutions: a content box in frame px -> the same box in view px, and a view's size.

>>> scaled_box((10.0, 20.0, 110.0, 70.0), 0.5, 2.0)
(5.0, 40.0, 55.0, 140.0)
>>> whole_px(reduced_box((10.0, 21.0, 110.0, 70.0), 4))
(2, 5, 28, 18)
>>> view_size(1920, 8, 0.05)
(96, 4)
"""

from __future__ import annotations

from vidkompy.model import Box

SMALLEST_VIEW_PX = 4  # a view without height or width cannot be resized to, blurred or correlated


def scaled_box(box: Box, per_x: float, per_y: float) -> Box:
    """per_x, per_y: view px per px of the box."""
    return box[0] * per_x, box[1] * per_y, box[2] * per_x, box[3] * per_y


def reduced_box(box: Box, factor: float) -> Box:
    """factor: px of the box per view px. Divides, because multiplying with the inverse rounds differently."""
    return box[0] / factor, box[1] / factor, box[2] / factor, box[3] / factor


def whole_px(box: Box) -> tuple[int, int, int, int]:
    """The nearest box on whole px; halves go to the even side."""
    return round(box[0]), round(box[1]), round(box[2]), round(box[3])


def view_side(length: float, smallest: int = SMALLEST_VIEW_PX) -> int:
    """Whole px of a view whose side should be `length` px."""
    return max(smallest, round(length))


def view_size(width: float, height: float, scale: float, smallest: int = SMALLEST_VIEW_PX) -> tuple[int, int]:
    """(width, height) in view px; scale: view px per px."""
    return view_side(width * scale, smallest), view_side(height * scale, smallest)
