"""The part of BG that, scaled to whole pixels, has FG's pixels nearest to where a placement puts them.

A placement lies between pixels; ffmpeg cuts and scales at whole ones. So BG is first cut to a part around FG, then
scaled as FG is, and then FG's window is cut from that. With the part BG px [a, b) scaled to n px, an edge of FG at BG's
e falls on (e - a) * n / (b - a), which should be a whole number for both edges. Of the many parts around FG some come
very near to that; the search below tries them all, on each axis alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from vidkompy.parameters import tuned

CUT_STEP = 4  # px of BG: whole chroma samples of any format, of which 4:1:1 has the widest


@dataclass(frozen=True)
class IntegerCropParameters:
    margin: int = tuned(
        8, unit="px of BG around FG that stay", raising="scaling at FG's edges looks at more", source="chosen by eye"
    )
    most_cuts: int = tuned(
        100, unit="places tried on either side", raising="FG's pixels are met better, slower", source="chosen by eye"
    )


class AxisCrop(NamedTuple):
    """Along one axis.

    start, stop     px of BG that are kept
    scaled_length   px that they become
    fg_start        px of those at which FG begins
    error           px of FG by which its worse end lies elsewhere
    """

    start: int
    stop: int
    scaled_length: int
    fg_start: int
    error: float


def nearest_crop(
    start: float,
    length: float,
    fg_length: int,
    bg_length: int,
    chroma_step: int,
    parameters: IntegerCropParameters = IntegerCropParameters(),
) -> AxisCrop:
    """The largest of the parts that come nearest.

    start, length   px   of FG on BG
    fg_length       px   of FG itself
    bg_length       px   of BG
    chroma_step     px   that the scaled length is a multiple of

    FG's 64 px on 32 px of BG from 8.5 on: twice BG's size puts its first edge on px 17.

    >>> nearest_crop(8.5, 32, 64, 96, 2)
    AxisCrop(start=0, stop=96, scaled_length=192, fg_start=17, error=0.0)
    """
    end, margin = start + length, parameters.margin
    starts = np.arange(0, max(start - margin, 0) + 1, CUT_STEP)[: parameters.most_cuts]
    stops = np.array([bg_length, *range(bg_length - bg_length % CUT_STEP, 0, -CUT_STEP)])
    stops = stops[(stops == bg_length) | (stops >= end + margin)][: parameters.most_cuts]
    kept = (stops[None, :] - starts[:, None]).astype(np.float64)
    chroma_samples = np.maximum(np.rint(kept * fg_length / length / chroma_step), 1)
    scaled = chroma_samples * chroma_step
    first, last = ((edge - starts[:, None]) * scaled / kept for edge in (start, end))
    fg_start = np.rint(first)
    error = np.maximum(np.abs(first - fg_start), np.abs(last - fg_start - fg_length)).round(6)
    i, j = np.unravel_index(int(error.argmin()), error.shape)  # of equal ones the first, which is the largest part
    return AxisCrop(int(starts[i]), int(stops[j]), int(scaled[i, j]), int(fg_start[i, j]), float(error[i, j]))
