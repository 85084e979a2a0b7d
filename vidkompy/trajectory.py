"""From a band of costs to a frame map: the choice between a free path and one that follows the local speed."""

from __future__ import annotations

import numpy as np

from vidkompy.kernels import local_trend
from vidkompy.model import F32, I64, UNMATCHED, FrameMap
from vidkompy.paths import JUMP, STEPS, Band, cheapest, deviation_steps, margins, rate_steps

TREND_HALF = 40  # frames either side that tell the local speed
PHASES = 8
NEAR = 24  # BG frames either side of the free path that a path following the trend may use
DEVIATION = deviation_steps(6.0, 1.5)


def solve(score: Band, cost: Band, floor: float) -> FrameMap:
    """Solves twice, with free steps and with steps that follow the local speed, and keeps the cheaper path in total.

    score   similarity of each pair of the band, higher is better; at or below `floor` a frame is unmatched
    cost    of the same pairs
    Source: minimum description length as the choice between the two, Rissanen 1978, doi:10.1016/0005-1098(78)90005-5.
    """
    path, table = _free(cost)
    followed, total, base = _follow(cost, path)
    if total < _total(cost, path, table):
        margin = margins(cost.around(followed, NEAR), followed, DEVIATION, base)
        path = followed
    else:
        margin = margins(cost, path, table)
    return _map(score, path, margin, floor)


def solve_free(score: Band, cost: Band, floor: float) -> FrameMap:
    """The free path alone: half the work of `solve`, and no help from a steady speed where frames look alike."""
    path, table = _free(cost)
    return _map(score, path, margins(cost, path, table), floor)


def _map(score: Band, path: I64, margin: F32, floor: float) -> FrameMap:
    return FrameMap(np.where(score.along(path) > floor, path, UNMATCHED), margin)


def _free(band: Band) -> tuple[I64, F32]:
    """Cheapest path whose steps need only be likely at its own overall speed."""
    path, _ = cheapest(band, rate_steps(1.0))
    table = rate_steps(_speed(path))
    return cheapest(band, table)[0], table


def _speed(path: I64) -> float:
    """Median over the clip of the local speed in BG frames per FG frame: a global fit is wrong across cuts."""
    if len(path) < 2:
        return 1.0
    span = min(TREND_HALF, len(path) - 1)
    return float(np.clip(np.median(path[span:] - path[:-span]) / span, 0, STEPS - 2))


def _follow(band: Band, path: I64) -> tuple[I64, float, I64]:
    """Cheapest path near `path` that deviates little from its local trend, its total, and the steps expected of it.

    The trend is rounded in several phases.
    """
    trend = np.empty(len(path), np.float64)
    local_trend(path, TREND_HALF, 4, trend)
    near = band.around(path, NEAR)
    best: tuple[I64, float, I64] | None = None
    for phase in np.arange(PHASES) / PHASES:
        base = np.zeros(len(path), np.int64)
        base[1:] = np.clip(np.diff(np.floor(trend + phase + 1e-9).astype(np.int64)), 0, STEPS - 1)
        found, total = cheapest(near, DEVIATION, base=base)
        if best is None or total < best[1]:
            best = found, total, base
    assert best is not None
    return best


def _total(band: Band, path: I64, table: F32) -> float:
    step = np.diff(path)
    near = (step >= 0) & (step < STEPS)
    costs = np.where(near, table[STEPS - 1 + np.clip(step, 0, STEPS - 1)], JUMP)
    costs[(step == 0) & band.slack()[1:]] = 0
    return float(band.along(path).sum() + costs.sum())
