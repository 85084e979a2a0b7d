"""The part of BG that, scaled to whole pixels, has FG's pixels nearest to where a placement puts them.

A placement lies between pixels; ffmpeg cuts and scales at whole ones. Some of the many parts of BG around FG, scaled as
it is, have a pixel very near to FG's first and another very near to its last.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

STEP = 4  # px: whole chroma samples of any format
MARGIN = 8  # px of BG around FG that scaling looks at
MOST = 100  # places tried on either side


class Span(NamedTuple):
    """Along one axis.

    first, stop   px of BG
    scaled        px that they become
    at            of those, where FG begins
    off           px of FG by which its worse end lies elsewhere
    """

    first: int
    stop: int
    scaled: int
    at: int
    off: float


def nearest(start: float, length: float, pixels: int, size: int, grid: int) -> Span:
    """The largest of the parts that come nearest.

    start, length   px      of FG on BG
    pixels          px      of FG itself
    size            px      of BG
    grid            px      that `scaled` is a multiple of
    """
    ends = start + length
    firsts = np.arange(0, max(start - MARGIN, 0) + 1, STEP)[:MOST]
    stops = np.array([size, *range(size - size % STEP, 0, -STEP)])
    stops = stops[(stops == size) | (stops >= ends + MARGIN)][:MOST]
    extent = (stops[None, :] - firsts[:, None]).astype(np.float64)
    scaled = np.maximum(np.rint(extent * pixels / length / grid), 1) * grid
    left, right = ((edge - firsts[:, None]) * scaled / extent for edge in (start, ends))
    at = np.rint(left)
    off = np.maximum(np.abs(left - at), np.abs(right - at - pixels)).round(6)
    i, j = np.unravel_index(int(off.argmin()), off.shape)
    return Span(int(firsts[i]), int(stops[j]), int(scaled[i, j]), int(at[i, j]), float(off[i, j]))
