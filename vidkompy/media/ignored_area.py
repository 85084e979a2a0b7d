"""The part of FG that is not BG's, as a person knows it: logos, subtitles, a replaced mouth. Boxes, in FG px.

What lies in one of the boxes is looked at nowhere: not for the place, not for the time, not when a render is verified.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, floor

import numpy as np

from vidkompy.limits import MAX_IGNORED_BOXES, MIN_COMPARED_SHARE
from vidkompy.model import Box, Mask, PixelBox


def compared_cells(ignored: Sequence[PixelBox], area: Box, shape: tuple[int, int], margin: float = 0.0) -> Mask:
    """bool [shape]: cells of a grid laid on `area`, FG px, that no ignored box touches.

    shape    rows and columns
    margin   cells by which the boxes are grown

    >>> compared_cells([(5, 0, 7, 2)], (0, 0, 12, 4), (2, 6)).astype(int).tolist()
    [[1, 1, 0, 0, 1, 1], [1, 1, 1, 1, 1, 1]]
    """
    left, top, right, bottom = area
    rows, columns = shape
    per_x, per_y = columns / (right - left), rows / (bottom - top)
    compared = np.ones(shape, np.bool_)
    for x0, y0, x1, y1 in ignored:
        across = _touched((x0 - left) * per_x - margin, (x1 - left) * per_x + margin, columns)
        down = _touched((y0 - top) * per_y - margin, (y1 - top) * per_y + margin, rows)
        compared[down, across] = False
    return compared


def _touched(start: float, stop: float, count: int) -> slice:
    """Cells of 0 .. count - 1 that a stretch overlaps; what rounding adds to its ends touches nothing."""
    first, end = floor(start + 1e-9), ceil(stop - 1e-9)
    return slice(min(max(first, 0), count), min(max(end, 0), count))


def compared_share(ignored: Sequence[PixelBox], width: int, height: int) -> float:
    """Share of FG's frame that no box covers, 0..1.

    >>> compared_share([(0, 0, 50, 10), (0, 0, 10, 50)], 100, 50)
    0.82
    """
    if not ignored:
        return 1.0
    xs = np.unique([0, width, *(x for box in ignored for x in (box[0], box[2]))])
    ys = np.unique([0, height, *(y for box in ignored for y in (box[1], box[3]))])
    compared = np.ones((len(ys) - 1, len(xs) - 1), np.bool_)
    for x0, y0, x1, y1 in ignored:
        across, down = np.searchsorted(xs, (x0, x1)), np.searchsorted(ys, (y0, y1))
        compared[down[0] : down[1], across[0] : across[1]] = False
    return float(np.diff(ys) @ compared @ np.diff(xs)) / (width * height)


def problem_of_box(box: PixelBox, width: int, height: int) -> str | None:
    """What is wrong with an ignored box of an FG of this size, in words."""
    x0, y0, x1, y1 = box
    if x1 <= x0 or y1 <= y0:
        return "is empty; wanted a width and height above 0"
    if x0 < 0 or y0 < 0 or x1 > width or y1 > height:
        return f"reaches beyond FG, which is {width}x{height}; wanted a box inside it, in FG px"
    return None


def problem_of_area(ignored: Sequence[PixelBox], width: int, height: int) -> str | None:
    """What is wrong with ignored boxes that lie inside an FG of this size, taken together, in words."""
    if len(ignored) > MAX_IGNORED_BOXES:
        return f"there are {len(ignored)} ignored boxes; wanted at most {MAX_IGNORED_BOXES}"
    share = compared_share(ignored, width, height)
    if share < MIN_COMPARED_SHARE:
        return f"only {share:.1%} of FG is left to look at; wanted at least {MIN_COMPARED_SHARE:.0%}: ignore less"
    return None
