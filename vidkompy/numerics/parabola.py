"""Peaks between samples: the vertex of the parabola through three equidistant values."""

from __future__ import annotations

import numpy as np

from vidkompy.model import F32


def vertex_of_parabola(before: F32, here: F32, after: F32) -> F32:
    """f32 [n]: height of the maximum of the parabola through (-1, before), (0, here), (1, after).

    before, here, after   f32 [n]   samples of a function, a step apart
    The parabola is here + slope * t - bend / 2 * t^2 with slope = (after - before) / 2 and
    bend = 2 * here - before - after. Its derivative is 0 at t = slope / bend, where it is higher than `here` by

        slope^2 / (2 * bend) = (after - before)^2 / (8 * bend)

    A vertex more than a step away would be a guess: the rise is at most bend / 2, that of a vertex at t = 1 or -1. A
    parabola that is not bent downwards has no maximum: its height is `here`.

    10 - (t - 0.25)^2 at t = -1, 0, 1; then 10 - (t - 1.5)^2, whose vertex is too far; a straight line and a valley:

    >>> samples = np.array([[8.4375, 9.9375, 9.4375], [3.75, 7.75, 9.75], [1, 2, 3], [2, 1, 2]], np.float32)
    >>> vertex_of_parabola(*samples.T).tolist()
    [10.0, 8.75, 2.0, 1.0]
    """
    bend = np.maximum(2 * here - before - after, np.float32(1e-9))
    rise = np.minimum((after - before) ** 2 / (8 * bend), bend / 2)
    height: F32 = here + rise
    return height
