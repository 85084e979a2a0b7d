"""A robust trend through values in a row, see `fitting_kernels.local_trend`."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vidkompy.model import F64
from vidkompy.numerics.fitting_kernels import local_trend


def robust_trend(values: NDArray[np.generic], half: int, rounds: int, cutoff: float, noise: float) -> F64:
    """f64 [n]: value at each point of a robust straight line through the values up to `half` before and after.

    rounds  fits, the first with equal weights
    cutoff  sigmas at which a residual has half the full weight; noise: added to sigma
    """
    trend = np.empty(len(values))
    scratch = np.empty((3, 2 * half + 1))
    local_trend(np.ascontiguousarray(values, np.float64), half, rounds, cutoff, noise, scratch, trend)
    return trend
