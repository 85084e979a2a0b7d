"""A grade applied to colours: a monotone curve for each channel, a matrix, and in some grades curves again."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vidkompy.colours import ColourGrade, Curves
from vidkompy.model import F64


def apply_grade(grade: ColourGrade, rgb: F64) -> F64:
    """f64 [..., 3]: gamma-coded red, green and blue, f64 [..., 3], graded; not clipped to 0..1."""
    curved, shares = _curved(grade.curves, rgb), np.array(grade.matrix).T
    if grade.output_curves is None:
        return np.asarray(curved @ shares)
    light = np.clip(np.clip(curved, 0, 1) ** 2 @ shares, 0, 1)
    return _curved(grade.output_curves, np.sqrt(light))


def _curved(curves: Curves, rgb: F64) -> F64:
    return np.stack([curve_at(values, rgb[..., k]) for k, values in enumerate(curves)], axis=-1)


def curve_at(values: Sequence[float], x: F64) -> F64:
    """f64 [...]: the curve through `values` at evenly spaced inputs from 0 to 1; straight on beyond.

    It is smooth, and falls nowhere where the values do not. Source: Fritsch & Butland 1984, doi:10.1137/0905021, for
    evenly spaced knots; at the ends, where they leave the slope open, it is that of the last two values.

    >>> curve_at((0.0, 0.5, 1.0), np.array([-0.5, 0.25, 1.5])).tolist()
    [-0.5, 0.25, 1.5]
    """
    knots, last = np.array(values, np.float64), len(values) - 1
    steps = np.diff(knots)
    before, after = steps[:-1], steps[1:]
    rises = before * after > 0
    mean = 2 * before * after / np.where(rises, before + after, 1.0)
    slopes = np.concatenate([steps[:1], np.where(rises, mean, 0.0), steps[-1:]])  # a knot's
    at = np.clip(np.asarray(x, np.float64) * last, 0, last)
    k = np.minimum(at.astype(np.int64), last - 1)
    t = at - k
    inside = (
        knots[k] * (1 + 2 * t) * (1 - t) ** 2
        + knots[k + 1] * t**2 * (3 - 2 * t)
        + slopes[k] * t * (1 - t) ** 2
        + slopes[k + 1] * t**2 * (t - 1)
    )
    beyond = np.asarray(x) * last - at
    return np.asarray(inside + beyond * np.where(beyond < 0, slopes[0], slopes[-1]))
