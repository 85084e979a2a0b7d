"""Which BG frames are compared with which FG frames: all in short clips, a band found coarse to fine in long ones.

Source: Salvador & Chan 2007, FastDTW, doi:10.3233/IDA-2007-11508. Differs: every so many frames are taken as they are,
not averaged, and the band spans the whole gap where the coarse path jumps, so removed scenes stay inside.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from vidkompy.alignment.crops import Features
from vidkompy.alignment.engine_contract import SearchOptions
from vidkompy.model import F32, I64
from vidkompy.numerics.correlation import unit_rows
from vidkompy.numerics.viterbi import Band, cheapest_path, costs_of, free_steps, leap_cost

CELLS = 8_000_000  # frame pairs compared without a band; with half of it scenes of 2-hour clips are missed
COARSER = 4  # stride of a level over that of the next finer one
PAD = 3  # coarse frames either side of the coarse path that stay in the band
FAITHFUL = 2e-3  # distance below which `linear_costs` sees no difference: what rounding to 8 bits makes
BLOCK, WIDE = 64, 2048  # FG and BG frames compared at once

Similarity = Callable[[slice, slice], F32]  # of FG frames with BG frames: f32 [n_fg, n_bg]


def zncc_band(fg: Features, bg: Features, search: SearchOptions) -> Band:
    """ZNCC of FG frames with the BG frames that may belong to them, as a band."""

    def zncc(rows: slice, columns: slice) -> F32:
        return unit_rows(fg.luma[rows][:, fg.mask]) @ unit_rows(bg.luma[columns][:, bg.mask]).T

    return similarity_band(len(fg), len(bg), zncc, search)


def similarity_band(n_fg: int, n_bg: int, likeness: Similarity, search: SearchOptions) -> Band:
    """The same for any likeness of frames, higher is better. Pinned FG frames keep the BG frame they are pinned to."""
    return _band_at_stride(n_fg, n_bg, likeness, search, 1)


def quadratic_costs(score: Band, floor: float) -> Band:
    """Costs of a band of scores; up to `floor` a pair is as good as none, and a row of only such pairs is loose."""
    least = np.float32(floor)
    best = np.maximum.reduceat(score.cost, score.start[:-1])
    ssd = np.maximum(score.cost, least)
    ssd *= -2
    ssd += 2
    return Band(score.lo, score.start, costs_of(ssd, 2 - 2 * np.maximum(best, least)), best <= floor)


def linear_costs(distance: Band, limit: float, sharpness: float) -> Band:
    """Costs proportional to a distance, as for noise with long tails; pairs at `limit` or beyond are all alike.

    sharpness   cost of a pair as bad as the median best one
    """
    best = np.minimum.reduceat(distance.cost, distance.start[:-1])
    scale = sharpness / max(float(np.median(best)), FAITHFUL)
    costs = np.minimum(distance.cost, np.float32(limit)) * np.float32(scale)
    return Band(distance.lo, distance.start, costs, best >= limit)


def _band_at_stride(n_fg: int, n_bg: int, likeness: Similarity, search: SearchOptions, stride: int) -> Band:
    rows, columns = -(-n_fg // stride), -(-n_bg // stride)
    if rows * columns <= CELLS:
        band = Band.full(likeness(slice(0, n_fg, stride), slice(0, n_bg, stride)))
    else:
        coarse = quadratic_costs(_band_at_stride(n_fg, n_bg, likeness, search, stride * COARSER), 0.0)
        path, _ = cheapest_path(coarse, free_steps(), leap=leap_cost(search.reorder))
        lo, hi = _projected_window(path * COARSER, rows, columns)
        band = _fill_band(likeness, stride, lo, hi)
    if not search.pins:
        return band
    loss = stride > 1  # a pin between two frames of a coarse level lies near both
    return band.only((i // stride, j // stride - loss, j // stride + 1 + loss) for i, j in search.pins)


def _projected_window(path: I64, rows: int, columns: int) -> tuple[I64, I64]:
    """[lo, hi) of BG frames for each of `rows` FG frames, from the path of every COARSER-th of them."""
    before = np.arange(rows) // COARSER
    after = np.minimum(before + 1, len(path) - 1)
    low, high = np.minimum(path[before], path[after]), np.maximum(path[before], path[after])
    pad = PAD * COARSER
    return np.clip(low - pad, 0, columns - 1), np.clip(high + pad + 1, 1, columns)


def _fill_band(likeness: Similarity, stride: int, lo: I64, hi: I64) -> Band:
    start = np.concatenate([[0], np.cumsum(hi - lo)])
    out: F32 = np.empty(int(start[-1]), np.float32)
    for first in range(0, len(lo), BLOCK):
        stop = min(first + BLOCK, len(lo))
        rows = slice(first * stride, (stop - 1) * stride + 1, stride)
        lowest, highest = int(lo[first:stop].min()), int(hi[first:stop].max())
        for base in range(lowest, highest, WIDE):
            end = min(base + WIDE, highest)
            block = likeness(rows, slice(base * stride, (end - 1) * stride + 1, stride))
            for i in range(first, stop):
                a, b = max(int(lo[i]), base), min(int(hi[i]), end)
                if a < b:
                    out[start[i] + a - lo[i] : start[i] + b - lo[i]] = block[i - first, a - base : b - base]
    return Band(lo, start, out)
