"""Long series made short enough to draw, with nothing lost that a pixel could show."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vidkompy.model import F64, I64
from vidkompy.report.map_events import ranges_of

Span = tuple[float, float]  # [start, stop) on the axis of time


def visible_points(x: F64, y: F64, columns: int) -> I64:
    """Indices of the points that a line through all of them needs, where the axis is `columns` px wide.

    x   f64 [n]   ascending
    y   f64 [n]   NaN breaks the line
    Of each column the first, lowest, highest and last point is kept, and of each break the first point; of more
    breaks than columns, those that are wide enough to be seen.
    Source: Jugel et al. 2014 (M4), doi:10.14778/2732951.2732953.

    >>> visible_points(np.arange(20.0), np.where(np.arange(20) == 4, 9.0, 0.0), 2).tolist()
    [0, 4, 9, 10, 19]
    """
    n = len(x)
    if n <= 4 * columns:
        return np.arange(n)
    shown = _without_short_breaks(x, y, columns)
    x, y = x[shown], y[shown]
    is_broken = np.isnan(y)
    edge = np.flatnonzero(is_broken[1:] != is_broken[:-1])
    column = np.minimum((x - x[0]) / max(x[-1] - x[0], np.finfo(float).tiny) * columns, columns - 1).astype(np.int64)
    starts = np.flatnonzero(np.diff(column, prepend=-1))
    low, high = (_extremes(column, y, starts, sign) for sign in (1.0, -1.0))
    kept = np.unique(np.concatenate([starts, np.append(starts[1:] - 1, len(x) - 1), low, high, edge, edge + 1]))
    broken = is_broken[kept]
    found: I64 = shown[kept[~(broken & np.append(False, broken[:-1]))]]  # one break of those in a row is enough
    return found


def _without_short_breaks(x: F64, y: F64, columns: int) -> I64:
    """Indices of all points or, where breaks are more than columns, without those that are narrower than one."""
    spans = ranges_of(np.isnan(y))
    if len(spans) <= columns:
        return np.arange(len(x))
    least = (x[-1] - x[0]) / columns
    dropped = np.zeros(len(x), np.bool_)
    for first, stop in spans:
        dropped[first:stop] = x[min(stop, len(x) - 1)] - x[first] < least
    return np.flatnonzero(~dropped)


def _extremes(column: I64, y: F64, starts: I64, sign: float) -> I64:
    """Index of each column's lowest value, of its highest where `sign` is -1; of a break where it has none."""
    order = np.lexsort((np.where(np.isnan(y), np.inf, sign * y), column))
    found: I64 = order[starts]
    return found


def merged_spans(spans: Sequence[Span], least: float) -> list[Span]:
    """Spans that ascend, joined where less than `least` lies between them, and no shorter than that.

    >>> merged_spans([(0, 2), (2.5, 3), (7, 7.1)], 1.0)
    [(0, 3.5), (7, 8.0)]
    """
    merged: list[Span] = []
    for start, stop in spans:
        stop = max(stop, start + least)
        if merged and start < merged[-1][1] + least:
            merged[-1] = (merged[-1][0], max(merged[-1][1], stop))
        else:
            merged.append((start, stop))
    return merged


def distinct_marks(at: F64, least: float) -> F64:
    """Marks that ascend, one of those that lie within `least` of each other.

    >>> distinct_marks(np.array([0.0, 0.1, 5.0]), 1.0).tolist()
    [0.0, 5.0]
    """
    if not len(at):
        return at
    _, first = np.unique(np.floor(at / least), return_index=True)
    found: F64 = at[first]
    return found
