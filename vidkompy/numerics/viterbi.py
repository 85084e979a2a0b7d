"""Bands of costs, and the cheapest path through them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vidkompy.model import F32, I64
from vidkompy.numerics.kernels import INFINITE, around, min_marginals, viterbi

Flags = NDArray[np.bool_]
IndexRanges = tuple[I64, I64]  # half-open ranges of BG frames

STEPS = 13  # steps of 0 .. 12 BG frames have costs of their own
JUMP_COST = 30.0  # and anything further costs this
LEAP_COST = 200.0  # going back costs this where scenes may be re-ordered; 60 makes spurious leaps (measured)
FORBIDDEN_COST = float(INFINITE)
EQUIVALENT_COST = 1.0  # cost within which a picture fits as well
SHARPNESS = 40.0  # cost of a frame pair as bad as the median best one
COST_CAP = 1e4


@dataclass(frozen=True, eq=False)
class Band:
    """Costs of some BG frames for every FG frame.

    lo     i64 [n]       first BG frame of row i
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
        """The part of this band within `half` BG frames of `centre`."""
        first, stop = self.lo, self.lo + np.diff(self.start)
        lo = np.maximum(first, np.minimum(centre - half, stop - 1))
        hi = np.minimum(stop, np.maximum(centre + half + 1, lo + 1))
        rows = [self.row(i)[a - f : b - f] for i, (a, b, f) in enumerate(zip(lo, hi, first, strict=True))]
        return Band(lo, np.concatenate([[0], np.cumsum(hi - lo)]), np.concatenate(rows), self.loose)

    def only(self, fixed: Iterable[tuple[int, int, int]]) -> Band:
        """Rows i of (i, a, b) lose all cells but those of BG frames a .. b - 1; at least one stays."""
        lo, hi = self.lo.copy(), self.lo + np.diff(self.start)
        for i, a, b in fixed:
            a, b = min(max(a, lo[i]), hi[i] - 1), max(min(b, hi[i]), lo[i] + 1)
            lo[i], hi[i] = a, max(b, a + 1)
        rows = [self.row(i)[a - f : b - f] for i, (a, b, f) in enumerate(zip(lo, hi, self.lo, strict=True))]
        return Band(lo, np.concatenate([[0], np.cumsum(hi - lo)]), np.concatenate(rows), self.loose)

    def alike(self, path: I64) -> IndexRanges:
        """i64 [n] twice: BG frames from the first up to the second, without it, fit each frame as well as path[i]."""
        low, high = np.empty_like(path), np.empty_like(path)
        around(self.cost, self.start, self.lo, path, np.float32(EQUIVALENT_COST), low, high)
        return low, high

    def slack(self) -> Flags:
        """bool [n]: `loose`, with none said as all False."""
        return np.zeros(len(self.lo), np.bool_) if self.loose is None else self.loose


def costs_of(ssd: F32, best: F32) -> F32:
    """Costs from squared distances of unit rows, scaled by how well FG frames typically fit at their `best`."""
    costs: F32 = ssd * scale_of(best)
    return np.minimum(costs, np.float32(COST_CAP), out=costs)


def scale_of(best: F32) -> np.float32:
    """Cost of a squared distance. The least that counts is about what rounding to 8 bits makes."""
    return np.float32(SHARPNESS / max(float(np.median(best)), 1e-5))


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


def cheapest_path(
    band: Band, table: F32, jump: float = JUMP_COST, base: I64 | None = None, leap: float = FORBIDDEN_COST
) -> tuple[I64, float]:
    """(i64 [n] BG frame of each FG frame, total cost); `base`: expected step on arriving at each frame, default 0."""
    path, back = np.empty(len(band.lo), np.int64), np.empty(len(band.cost), np.int32)
    prices = table, np.float32(jump), np.float32(leap)
    total = viterbi(band.cost, band.start, band.lo, _base(band, base), band.slack(), *prices, back, path)
    return path, float(total)


def path_margins(
    band: Band,
    path: I64,
    same: IndexRanges,
    table: F32,
    jump: float = JUMP_COST,
    base: I64 | None = None,
    leap: float = FORBIDDEN_COST,
) -> F32:
    """f32 [n]: cost by which the best path through a BG frame of the row that looks different is dearer than path[i].

    same   i64 [n] twice: first of the BG frames that look like path[i], and the one behind the last
    """
    out = np.empty(len(band.cost), np.float32)
    prices = table, np.float32(jump), np.float32(leap)
    min_marginals(band.cost, band.start, band.lo, _base(band, base), band.slack(), *prices, out)
    first = band.start[:-1] - band.lo
    own = out[first + path]
    for a, b in zip(
        np.maximum(first + same[0], band.start[:-1]), np.minimum(first + same[1], band.start[1:]), strict=True
    ):
        out[a:b] = INFINITE
    margin: F32 = np.minimum.reduceat(out, band.start[:-1]) - own
    return margin


def leap_cost(is_reordered: bool) -> float:
    return LEAP_COST if is_reordered else FORBIDDEN_COST


def _base(band: Band, base: I64 | None) -> I64:
    return np.zeros(len(band.lo), np.int64) if base is None else base
