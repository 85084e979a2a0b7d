"""What a pose should be from those around it: the trend of a track between its jumps, and the scatter about it.

A place that stands, moves steadily or zooms has a trend with little scatter: a pose off it is then implausible. A shaky
one scatters widely, and nothing is implausible. The measured scatter decides between the two.
"""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from vidkompy.model import F32, F64
from vidkompy.numerics.fitting_kernels import SIGMA_PER_MEDIAN
from vidkompy.numerics.robust_trend import robust_trend
from vidkompy.tracking.parameters import TrendParameters
from vidkompy.tracking.poses import corner_distances


class PoseTrend(NamedTuple):
    """What poses keep to.

    poses     f64 [n, 4]   on the trend
    jumps     first index of each stretch behind a jump
    scatter   f64 [n]      sigma of the poses around each about the trend, canvas px
    """

    poses: F64
    jumps: list[int]
    scatter: F64


def pose_trend(poses: F64, size: tuple[float, float], half: int, parameters: TrendParameters) -> PoseTrend:
    """The trend of poses in a row.

    poses   f64 [n, 4]
    size    FG at scale 1, canvas px
    half    poses before and after each that its trend is fitted to
    """
    jumps = _jumps(poses, size, parameters)
    trend = np.empty_like(poses)
    noise = (parameters.noise_px / max(size), parameters.noise_px / max(size), parameters.noise_px, parameters.noise_px)
    for first, stop in pairwise([0, *jumps, len(poses)]):
        for c in range(4):
            values = poses[first:stop, c]
            trend[first:stop, c] = robust_trend(values, half, parameters.rounds, parameters.cutoff, noise[c])
    distance = corner_distances(poses, trend, size)
    return PoseTrend(trend, jumps, _local_scatter(distance, min(half, parameters.half_scatter), parameters))


def trend_penalty(distance: F64, scatter: F64 | float, parameters: TrendParameters) -> F32:
    """f32 as `distance`: cost of poses so far off their trend, canvas px.

    scatter   about it, canvas px. Where the place shakes, frames in a row lie off together and tell of time but once
    """
    return _penalty(distance, scatter, parameters.penalty / (1 + np.square(scatter / parameters.shaky_px)), parameters)


def standing_penalty(distance: F64, scatter: float, parameters: TrendParameters) -> F32:
    """f32 as `distance`: cost of poses so far off the one place of all, canvas px."""
    return _penalty(distance, scatter, parameters.penalty, parameters)


def _penalty(distance: F64, scatter: F64 | float, weight: F64 | float, parameters: TrendParameters) -> F32:
    return np.minimum(weight * (distance / scatter) ** 2, parameters.most_penalty).astype(np.float32)


def _local_scatter(distance: F64, half: int, parameters: TrendParameters) -> F64:
    """Where a motion starts or ends the trend fits worse, and poses may lie further off it than elsewhere."""
    windows = sliding_window_view(np.pad(distance, half, mode="edge"), 2 * half + 1)
    return np.maximum(parameters.noise_px, SIGMA_PER_MEDIAN * np.median(windows, axis=1))


def _jumps(poses: F64, size: tuple[float, float], parameters: TrendParameters) -> list[int]:
    """Indices at which poses stay elsewhere than they were: the medians of some before and after lie far apart."""
    span, n = parameters.jump_span, len(poses)
    step = np.concatenate([[0.0], corner_distances(poses[1:], poses[:-1], size)])
    usual = float(np.median(step[1:])) if n > 1 else 0.0
    jumps = []
    for i in range(2, n - 1):
        before, after = np.median(poses[max(0, i - span) : i], axis=0), np.median(poses[i : i + span], axis=0)
        change = float(corner_distances(before[None], after[None], size)[0])
        is_sudden = step[i] > max(parameters.jump_px, parameters.jump_steps * usual)
        if is_sudden and change > max(parameters.jump_px, parameters.jump_share * step[i]):
            jumps.append(i)
    return jumps
