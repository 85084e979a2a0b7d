"""Banded matrices of FG frames by BG frames, and the cheapest path through one (Viterbi, as in dynamic time warping).

A path names one BG frame for each FG frame. It costs the local cost of every cell that it passes, and a transition
cost for every step between them. Local costs come from distances between pictures; transition costs come from a table
for short steps, and are constant for jumps ahead and for leaps anywhere.
Compiled loops are in `path_kernels`, which check nothing. Callers guarantee that no row of a band is empty (`near` and
`restricted` leave one cell of each), that paths stay inside the band, and that expected steps are below `step_count`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vidkompy.model import F32, F64, I64
from vidkompy.numerics.path_kernels import INFINITE, equivalents, min_marginals, viterbi
from vidkompy.numerics.viterbi_parameters import LocalCostParameters, TransitionParameters
from vidkompy.records import Record

Flags = NDArray[np.bool_]
IndexRanges = tuple[I64, I64]  # half-open ranges of BG frames

FORBIDDEN_COST = float(INFINITE)


class Band(Record, eq=False):
    """Some columns of every row of a matrix: costs, distances or scores of some BG frames for every FG frame.

    lo             i64 [n]       first BG frame of row i
    start          i64 [n + 1]   row i is values[start[i] : start[i + 1]], for BG frames lo[i], lo[i] + 1, ...
    values         f32 [cells]
    uninformative  bool [n]      rows that tell nothing, their cells costing the same: holding is free. None: no row
    """

    lo: I64
    start: I64
    values: F32
    uninformative: Flags | None = None

    @classmethod
    def full(cls, matrix: F32) -> Band:
        """All cells of a matrix, f32 [n_fg, n_bg]."""
        n, width = matrix.shape
        start = np.arange(n + 1, dtype=np.int64) * width
        return cls(np.zeros(n, np.int64), start, np.ascontiguousarray(matrix, np.float32).reshape(-1))

    @property
    def stop(self) -> I64:
        """i64 [n]: the BG frame behind the last one of each row."""
        return self.lo + np.diff(self.start)

    @property
    def free_holds(self) -> Flags:
        """bool [n]: `uninformative`, all False where it is None."""
        return np.zeros(len(self.lo), np.bool_) if self.uninformative is None else self.uninformative

    def row(self, i: int) -> F32:
        row: F32 = self.values[self.start[i] : self.start[i + 1]]
        return row

    def along(self, path: I64) -> F32:
        """f32 [n]: value of each cell of a path."""
        values: F32 = self.values[self.start[:-1] + path - self.lo]
        return values

    def row_minima(self) -> F32:
        minima: F32 = np.minimum.reduceat(self.values, self.start[:-1])
        return minima

    def row_maxima(self) -> F32:
        maxima: F32 = np.maximum.reduceat(self.values, self.start[:-1])
        return maxima

    def near(self, centre: I64, half_width: int) -> Band:
        """The part of this band within `half_width` BG frames of `centre`, i64 [n]; at least one cell of each row."""
        lo = np.maximum(self.lo, np.minimum(centre - half_width, self.stop - 1))
        return self._cut(lo, np.minimum(self.stop, np.maximum(centre + half_width + 1, lo + 1)))

    def restricted(self, ranges: Iterable[tuple[int, int, int]]) -> Band:
        """Row i of each (i, first, stop) keeps BG frames first .. stop - 1 only; at least one stays.

        >>> Band.full(np.arange(6, dtype=np.float32).reshape(2, 3)).restricted([(1, 1, 2)]).values.tolist()
        [0.0, 1.0, 2.0, 4.0]
        """
        lo, hi = self.lo.copy(), self.stop
        for i, first, stop in ranges:
            first, stop = min(max(first, lo[i]), hi[i] - 1), max(min(stop, hi[i]), lo[i] + 1)
            lo[i], hi[i] = first, max(stop, first + 1)
        return self._cut(lo, hi)

    def equivalents(self, path: I64, tolerance: float) -> IndexRanges:
        """The BG frames around path[i], without gap, whose value is at most `tolerance` above that of path[i]."""
        low, high = np.empty_like(path), np.empty_like(path)
        equivalents(self.values, self.start, self.lo, path, np.float32(tolerance), low, high)
        return low, high

    def _cut(self, lo: I64, hi: I64) -> Band:
        """The same rows, each from BG frame lo[i] up to hi[i], without it."""
        rows = [self.row(i)[a - f : b - f] for i, (a, b, f) in enumerate(zip(lo, hi, self.lo, strict=True))]
        return Band(lo, row_starts(lo, hi), np.concatenate(rows), self.uninformative)


def row_starts(lo: I64, hi: I64) -> I64:
    """i64 [n + 1]: where rows of the columns lo[i] .. hi[i] - 1 begin in one array."""
    starts: I64 = np.concatenate([[0], np.cumsum(hi - lo)])
    return starts


# ---- local costs


def local_costs(squared_distance: F32, best: F32, parameters: LocalCostParameters) -> F32:
    """Costs of squared distances of unit rows, scaled by how well FG frames typically fit; at most `cap`.

    squared_distance   f32 [cells]
    best               f32 [n_fg]    least squared distance of each FG frame
    """
    costs: F32 = squared_distance * cost_scale(best, parameters)
    return np.minimum(costs, np.float32(parameters.cap), out=costs)


def cost_scale(best: F32, parameters: LocalCostParameters) -> np.float32:
    """Cost of a squared distance of 1: `sharpness` over the median of the best squared distances, one of each FG frame.

    Under independent Gaussian noise of variance s^2 in each of m cells, a squared distance d has the negative log
    likelihood d / 2s^2, up to a constant, and a right pair has d = m s^2 or so. With the median for m s^2 that is
    (m / 2) d / median: `sharpness` stands for m / 2. Errors of neighbouring cells are not independent and m is not
    known, so `sharpness` is a heuristic exchange rate between pictures and steps: 40 counts a picture as 80 cells.
    """
    return np.float32(parameters.sharpness / max(float(np.median(best)), parameters.least_misfit))


# ---- transition costs


class Transitions(Record, eq=False):
    """Costs of steps between BG frames.

    table     f32 [2 * s - 1]   cost of a step of t BG frames (0 <= t < s) where e are expected: table[t - e + s - 1]
    jump      cost of any step of s or more
    leap      cap on the cost of any step, and cost of every step back; FORBIDDEN_COST: the path never goes back
    expected  i64 [n]           step expected on arriving at each FG frame, less than s; None: 0 everywhere
    """

    table: F32
    jump: float
    leap: float = FORBIDDEN_COST
    expected: I64 | None = None

    @property
    def step_count(self) -> int:
        """s: how many steps, from 0 on, have costs of their own."""
        return (len(self.table) + 1) // 2

    @property
    def unexpected(self) -> F32:
        """f32 [s]: costs of the steps 0, 1, ... where none is expected."""
        costs: F32 = self.table[self.step_count - 1 :]
        return costs


def leap_cost(is_reordered: bool, parameters: TransitionParameters) -> float:
    return parameters.leap if is_reordered else FORBIDDEN_COST


def zero_step_costs(step_count: int) -> F32:
    """Table of `Transitions` in which every step below `step_count` is free."""
    return np.zeros(2 * step_count - 1, np.float32)


def rate_step_costs(rate: float, parameters: TransitionParameters) -> F32:
    """Table of `Transitions` without expected steps: -log probability of each when BG advances `rate` per FG frame.

    `odd_step_probability` is spread over all steps; it falls by `odd_step_decay` with every frame of distance from the
    two whole steps around `rate`. Those two share what is left of 1 so that `rate` is their mean, each `least_share` of
    it at least; where that raises one, the probabilities sum to a little more than 1.
    """
    step_count, odd = parameters.step_count, parameters.odd_step_probability
    step = np.arange(step_count)
    below = min(int(rate), step_count - 2)
    above = below + 1
    distance = np.minimum(np.abs(step - below), np.abs(step - above))
    decay = parameters.odd_step_decay**distance
    probability = odd * decay / decay.sum()
    probability[below] += (1 - odd) * max(1 - (rate - below), parameters.least_share)
    probability[above] += (1 - odd) * max(rate - below, parameters.least_share)
    table = np.full(2 * step_count - 1, INFINITE, np.float32)
    table[step_count - 1 :] = -np.log(probability)
    return table


def deviation_step_costs(parameters: TransitionParameters) -> F32:
    """Table of `Transitions` with expected steps: free where met, dearer with every frame off."""
    off = np.abs(np.arange(2 * parameters.step_count - 1) - (parameters.step_count - 1))
    costs = parameters.first_deviation + parameters.further_deviation * (off - 1)
    return np.where(off > 0, costs, 0).astype(np.float32)


# ---- paths


def cheapest_path(band: Band, transitions: Transitions) -> tuple[I64, float]:
    """(i64 [n] BG frame of each FG frame, total cost). Ties: see `path_kernels.viterbi`.

    Costs of row i are those of BG frames 0, 1, 2. FG is BG's 0, 0, 2; a hold costs 1, a jump of 2 as much.

    >>> costs = np.array([[0, 9, 9], [0, 9, 9], [9, 9, 0]], np.float32)
    >>> path, total = cheapest_path(Band.full(costs), Transitions(np.array([0, 1, 0], np.float32), jump=1))
    >>> path.tolist(), total
    ([0, 0, 2], 2.0)
    """
    path, predecessors = np.empty(len(band.lo), np.int64), np.empty(len(band.values), np.int32)
    total = viterbi(*_path_problem(band, transitions), _scratch(band), predecessors, path)
    return path, total


def path_cost(band: Band, path: I64, transitions: Transitions) -> float:
    """Total cost of a given path, where no steps are expected: what `cheapest_path` minimises."""
    step = np.diff(path)
    highest = transitions.step_count - 1
    is_short = (step >= 0) & (step <= highest)
    leap_or_jump = np.where(step < 0, transitions.leap, transitions.jump)
    costs: F64 = np.where(is_short, transitions.unexpected[np.clip(step, 0, highest)], leap_or_jump)
    costs[(step == 0) & band.free_holds[1:]] = 0
    return float(band.along(path).sum() + np.minimum(costs, transitions.leap).sum())


def path_margins(band: Band, path: I64, lookalikes: IndexRanges, transitions: Transitions) -> F32:
    """f32 [n]: cost by which the best path through a BG frame of the row that looks different is dearer than `path`.

    lookalikes   the BG frames that look like path[i]: they are no rivals
    """
    marginals = np.empty(len(band.values), np.float32)
    min_marginals(*_path_problem(band, transitions), _scratch(band), marginals)
    column = band.start[:-1] - band.lo  # where BG frame 0 of each row would be
    own = marginals[column + path]
    low, high = lookalikes
    firsts = np.maximum(column + low, band.start[:-1])
    stops = np.minimum(column + high, band.start[1:])
    for first, stop in zip(firsts, stops, strict=True):
        marginals[first:stop] = INFINITE
    margin: F32 = np.minimum.reduceat(marginals, band.start[:-1]) - own
    return margin


def _scratch(band: Band) -> F32:
    return np.empty((2, int(np.diff(band.start).max())), np.float32)


class _PathProblem(NamedTuple):
    """What `path_kernels.viterbi` and `path_kernels.min_marginals` are given first, in their order; see there."""

    cost: F32
    start: I64
    lo: I64
    expected: I64
    free_holds: Flags
    table: F32
    jump: np.float32
    leap: np.float32


def _path_problem(band: Band, transitions: Transitions) -> _PathProblem:
    expected = np.zeros(len(band.lo), np.int64) if transitions.expected is None else transitions.expected
    return _PathProblem(
        cost=band.values,
        start=band.start,
        lo=band.lo,
        expected=expected,
        free_holds=band.free_holds,
        table=transitions.table,
        jump=np.float32(transitions.jump),
        leap=np.float32(transitions.leap),
    )
