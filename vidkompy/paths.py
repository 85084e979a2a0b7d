"""Bands of costs, and the cheapest non-decreasing path through them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vidkompy.kernels import INFINITE, min_marginals, viterbi
from vidkompy.model import F32, I64

Flags = NDArray[np.bool_]

STEPS = 13  # steps of 0 .. 12 BG frames have costs of their own
JUMP = 30.0  # and anything further costs this
SHARPNESS = 40.0  # cost of a frame pair as bad as the median best one
DEAREST = 1e4


@dataclass(frozen=True, eq=False)
class Band:
    """Costs of some BG frames for every FG frame.

    lo     i64 [n]       first BG frame of row i, non-decreasing
    start  i64 [n + 1]   row i is cost[start[i] : start[i + 1]], for BG frames lo[i], lo[i] + 1, ...
    cost   f32 [cells]
    loose  bool [n]      rows whose costs say nothing: staying on a BG frame there is free
    """

    lo: I64
    start: I64
    cost: F32
    loose: Flags | None = None

    @classmethod
    def full(cls, cost: F32) -> Band:
        n, width = cost.shape
        start = np.arange(n + 1, dtype=np.int64) * width
        return cls(np.zeros(n, np.int64), start, np.ascontiguousarray(cost, np.float32).reshape(-1))

    def row(self, i: int) -> F32:
        row: F32 = self.cost[self.start[i] : self.start[i + 1]]
        return row

    def along(self, path: I64) -> F32:
        """f32 [n]: cost of each cell of a path."""
        costs: F32 = self.cost[self.start[:-1] + path - self.lo]
        return costs

    def around(self, centre: I64, half: int) -> Band:
        """The part of this band within `half` BG frames of a non-decreasing `centre`."""
        first, stop = self.lo, self.lo + np.diff(self.start)
        lo = np.maximum(first, np.minimum(centre - half, stop - 1))
        hi = np.minimum(stop, np.maximum(centre + half + 1, lo + 1))
        rows = [self.row(i)[a - f : b - f] for i, (a, b, f) in enumerate(zip(lo, hi, first, strict=True))]
        return Band(lo, np.concatenate([[0], np.cumsum(hi - lo)]), np.concatenate(rows), self.loose)

    def slack(self) -> Flags:
        """bool [n]: `loose`, with none said as all False."""
        return np.zeros(len(self.lo), np.bool_) if self.loose is None else self.loose


def costs_of(ssd: F32, best: F32) -> F32:
    """Costs from squared distances of unit rows, scaled by how well FG frames typically fit at their `best`.

    The floor is about what rounding to 8 bits costs: below it differences say nothing.
    """
    typical = max(float(np.median(best)), 1e-5)
    costs: F32 = np.minimum(ssd * np.float32(SHARPNESS / typical), np.float32(DEAREST))
    return costs


def free_steps(steps: int = STEPS) -> F32:
    """Table for `cheapest` in which every step below `steps` is free."""
    return np.zeros(2 * steps - 1, np.float32)


def rate_steps(rate: float, eps: float = 0.03) -> F32:
    """Table for `cheapest` (base 0): -log probability of each step when BG advances `rate` frames per FG frame.

    Most of the probability is on the two whole steps around `rate`; the rest halves with every frame of distance.
    """
    step = np.arange(STEPS)
    low = min(int(rate), STEPS - 2)
    near = np.minimum(np.abs(step - low), np.abs(step - low - 1))
    p = eps * 0.5**near / (0.5**near).sum()
    p[low] += (1 - eps) * max(1 - (rate - low), 0.02)
    p[low + 1] += (1 - eps) * max(rate - low, 0.02)
    table = np.full(2 * STEPS - 1, INFINITE, np.float32)
    table[STEPS - 1 :] = -np.log(p)
    return table


def deviation_steps(first: float, further: float) -> F32:
    """Table for `cheapest` with expected steps: free where met, `first` for one frame off, `further` for each more."""
    off = np.abs(np.arange(2 * STEPS - 1) - (STEPS - 1))
    return np.where(off > 0, first + further * (off - 1), 0).astype(np.float32)


def cheapest(band: Band, table: F32, jump: float = JUMP, base: I64 | None = None) -> tuple[I64, float]:
    """(i64 [n] BG frame of each FG frame, total cost); `base`: expected step on arriving at each frame, default 0."""
    path, back = np.empty(len(band.lo), np.int64), np.empty(len(band.cost), np.int32)
    base = np.zeros(len(band.lo), np.int64) if base is None else base
    total = viterbi(band.cost, band.start, band.lo, base, band.slack(), table, np.float32(jump), back, path)
    return path, float(total)


def margins(band: Band, path: I64, table: F32, base: I64 | None = None, jump: float = JUMP) -> F32:
    """f32 [n]: cost by which the best path through any other BG frame of the row is dearer than through path[i]."""
    out = np.empty(len(band.cost), np.float32)
    base = np.zeros(len(band.lo), np.int64) if base is None else base
    min_marginals(band.cost, band.start, band.lo, base, band.slack(), table, np.float32(jump), out)
    result = np.empty(len(path), np.float32)
    for i, j in enumerate(path - band.lo):
        row = out[band.start[i] : band.start[i + 1]]
        others = np.delete(row, j)
        result[i] = (others.min() if len(others) else INFINITE) - row[j]
    return result
