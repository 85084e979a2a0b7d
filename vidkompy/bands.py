"""Which BG frames are compared with which FG frames: all in short clips, a band found coarse to fine in long ones.

Source: Salvador & Chan 2007, FastDTW, doi:10.3233/IDA-2007-11508. Differs: every so many frames are taken as they are,
not averaged, and the band spans the whole gap where the coarse path jumps, so removed scenes stay inside.
"""

from __future__ import annotations

import numpy as np

from vidkompy.features import Features, unit_rows
from vidkompy.model import F32, I64
from vidkompy.paths import Band, cheapest, costs_of, free_steps

CELLS = 4_000_000  # frame pairs compared without a band
COARSER = 4  # stride of a level over that of the next finer one
PAD = 3  # coarse frames either side of the coarse path that stay in the band
BLOCK = 64  # FG frames compared at once


def scores(fg: Features, bg: Features) -> Band:
    """ZNCC of FG frames with the BG frames that may belong to them, as a band."""
    return _scores(fg, bg, 1)


def to_costs(score: Band, floor: float) -> Band:
    """Costs of a band of scores; up to `floor` a pair is as good as none, and a row of only such pairs is loose."""
    best = np.array([score.row(i).max() for i in range(len(score.lo))], np.float32)
    ssd = 2 - 2 * np.maximum(score.cost, np.float32(floor))
    costs = costs_of(ssd, 2 - 2 * np.maximum(best, np.float32(floor)))
    return Band(score.lo, score.start, costs, best <= floor)


def _scores(fg: Features, bg: Features, stride: int) -> Band:
    f, b = fg.luma[::stride], bg.luma[::stride]
    if len(f) * len(b) <= CELLS:
        return Band.full(unit_rows(f[:, fg.mask]) @ unit_rows(b[:, bg.mask]).T)
    coarse = to_costs(_scores(fg, bg, stride * COARSER), 0.0)
    path, _ = cheapest(coarse, free_steps())
    lo, hi = _around(path * COARSER, len(f), len(b))
    return _compare(fg, bg, stride, lo, hi)


def _around(path: I64, rows: int, columns: int) -> tuple[I64, I64]:
    """[lo, hi) of BG frames for each of `rows` FG frames, from the path of every COARSER-th of them."""
    before = np.arange(rows) // COARSER
    after = np.minimum(before + 1, len(path) - 1)
    pad = PAD * COARSER
    return np.clip(path[before] - pad, 0, columns - 1), np.clip(path[after] + pad + 1, 1, columns)


def _compare(fg: Features, bg: Features, stride: int, lo: I64, hi: I64) -> Band:
    f, b = fg.luma[::stride], bg.luma[::stride]
    start = np.concatenate([[0], np.cumsum(hi - lo)])
    out: F32 = np.empty(int(start[-1]), np.float32)
    for first in range(0, len(f), BLOCK):
        rows = range(first, min(first + BLOCK, len(f)))
        base, end = int(lo[first]), int(hi[rows[-1]])
        block = unit_rows(f[first : rows[-1] + 1][:, fg.mask]) @ unit_rows(b[base:end][:, bg.mask]).T
        for i in rows:
            out[start[i] : start[i + 1]] = block[i - first, lo[i] - base : hi[i] - base]
    return Band(lo, start, out)
