"""From a band of costs to a frame map: the choice between a free path and one that follows the local speed."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from operator import itemgetter

import numpy as np

from vidkompy.alignment.crops import Features
from vidkompy.alignment.engine_contract import SearchOptions
from vidkompy.model import F32, F64, I64, UNMATCHED, FrameMap
from vidkompy.numerics.kernels import INFINITE, local_trend, lookalikes
from vidkompy.numerics.viterbi import (
    JUMP_COST,
    STEPS,
    Band,
    IndexRanges,
    cheapest_path,
    deviation_steps,
    leap_cost,
    path_margins,
    rate_steps,
)

TREND_HALF = 40  # frames either side that tell the local speed
PHASES = 8
NEAR = 24  # BG frames either side of the free path that a path following the trend may use
SAME = 0.05  # grey levels, mean difference: below it nobody sees one
REACH = 60  # BG frames looked at for look-alikes, either way
DEVIATION = deviation_steps(6.0, 1.5)


def choose_path(score: Band, cost: Band, bg: Features, search: SearchOptions) -> FrameMap:
    """Solves twice, with free steps and with steps that follow the local speed, and keeps the cheaper path in total.

    score   similarity of each pair of the band, higher is better; at or below `search.floor` a frame is unmatched
    cost    of the same pairs
    bg      tells which BG frames look alike: they are no rivals of each other
    Source: minimum description length as the choice between the two, Rissanen 1978, doi:10.1016/0005-1098(78)90005-5.
    """
    leap = leap_cost(search.reorder)
    path, table = _cheapest_free_path(cost, leap)
    followed, total, base = _cheapest_trend_path(cost, path, leap)
    if total < _total(cost, path, table, leap):
        path = followed
        margin = path_margins(cost.around(path, NEAR), path, _lookalikes(bg, path), DEVIATION, base=base, leap=leap)
    else:
        margin = path_margins(cost, path, _lookalikes(bg, path), table, leap=leap)
    return _frame_map(score, cost, path, margin, search)


def free_path(score: Band, cost: Band, bg: Features, search: SearchOptions) -> FrameMap:
    """The free path alone: half the work of `solve`, and no help from a steady speed where frames look alike."""
    leap = leap_cost(search.reorder)
    path, table = _cheapest_free_path(cost, leap)
    return _frame_map(score, cost, path, path_margins(cost, path, _lookalikes(bg, path), table, leap=leap), search)


def irregularity(path: I64) -> float:
    """Cost of a path's own steps: by how much they leave its local trend, rounded in the phase that suits them best."""
    if len(path) < 2:
        return 0.0
    trend, step = _trend(path), np.diff(path)
    near = (step >= 0) & (step < STEPS)
    off = [
        np.clip(step - _expected_steps(trend, phase)[1:], 1 - STEPS, STEPS - 1) for phase in np.arange(PHASES) / PHASES
    ]
    return min(float(np.where(near, DEVIATION[STEPS - 1 + k], JUMP_COST).sum()) for k in off)


def _frame_map(score: Band, cost: Band, path: I64, margin: F32, search: SearchOptions) -> FrameMap:
    likeness = score.along(path)
    matched = likeness > search.floor
    matched[[i for i, _ in search.pins]] = True
    apart = replace(cost, cost=np.where(score.cost > search.floor, cost.cost, INFINITE))  # below it nothing is alike
    low, high = (np.where(matched, bound, UNMATCHED) for bound in apart.alike(path))
    return FrameMap(np.where(matched, path, UNMATCHED), margin, likeness, low, high)


def _lookalikes(bg: Features, path: I64) -> IndexRanges:
    """BG frames that look like each of the path's."""
    low, high = np.empty(len(bg), np.int64), np.empty(len(bg), np.int64)
    lookalikes(bg.luma.reshape(len(bg), -1), np.flatnonzero(bg.mask), SAME, REACH, low, high)
    return low[path], high[path]


def _cheapest_free_path(band: Band, leap: float) -> tuple[I64, F32]:
    """Cheapest path whose steps need only be likely at its own overall speed."""
    path, _ = cheapest_path(band, rate_steps(1.0), leap=leap)
    table = rate_steps(_median_speed(path))
    return cheapest_path(band, table, leap=leap)[0], table


def _median_speed(path: I64) -> float:
    """Median over the clip of the local speed in BG frames per FG frame: a global fit is wrong across cuts."""
    if len(path) < 2:
        return 1.0
    span = min(TREND_HALF, len(path) - 1)
    return float(np.clip(np.median(path[span:] - path[:-span]) / span, 0, STEPS - 2))


def _cheapest_trend_path(band: Band, path: I64, leap: float) -> tuple[I64, float, I64]:
    """Cheapest path near `path` that deviates little from its local trend, its total, and the steps expected of it.

    The trend is rounded in several phases.
    """
    trend = _trend(path)
    near = band.around(path, NEAR)

    def at(phase: float) -> tuple[I64, float, I64]:
        base = _expected_steps(trend, phase)
        return *cheapest_path(near, DEVIATION, base=base, leap=leap), base

    return min((at(phase) for phase in np.arange(PHASES) / PHASES), key=itemgetter(1))


def _expected_steps(trend: F64, phase: float) -> I64:
    """i64 [n]: whole steps that follow the trend; the first is 0."""
    base = np.zeros(len(trend), np.int64)
    base[1:] = np.clip(np.diff(np.floor(trend + phase + 1e-9).astype(np.int64)), 0, STEPS - 1)
    return base


def _trend(path: I64) -> F64:
    """f64 [n]: where the local speed would lead; each side of a jump has its own."""
    step = np.diff(path)
    cuts = np.flatnonzero((step < 0) | (step >= STEPS)) + 1
    trend = np.empty(len(path), np.float64)
    for a, b in pairwise([0, *cuts.tolist(), len(path)]):
        local_trend(path[a:b], TREND_HALF, 4, trend[a:b])
    return trend


def _total(band: Band, path: I64, table: F32, leap: float) -> float:
    step = np.diff(path)
    near = (step >= 0) & (step < STEPS)
    costs = np.where(near, table[STEPS - 1 + np.clip(step, 0, STEPS - 1)], np.where(step < 0, leap, JUMP_COST))
    costs[(step == 0) & band.slack()[1:]] = 0
    return float(band.along(path).sum() + np.minimum(costs, leap).sum())
