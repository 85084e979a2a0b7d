"""Stretches of frames in a row, and how fast a map goes beside them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from vidkompy.model import F64, I64, UNMATCHED, Mask


def stretches(flags: Mask) -> Iterator[tuple[int, int]]:
    """[first, stop) of each stretch of set flags.

    >>> list(stretches(np.array([True, True, False, True])))
    [(0, 2), (3, 4)]
    """
    edges = [0, *(np.flatnonzero(np.diff(flags)) + 1).tolist(), len(flags)]
    return ((first, stop) for first, stop in pairwise(edges) if first < len(flags) and flags[first])


def is_held(frames: I64, least_share: float) -> bool:
    """Whether a map hardly advances: matched FG frames lie on fewer distinct BG frames than that share of their number.

    An FG that was steadied on a shaky BG does so at one place: its still picture fits one BG frame there, for ever.

    >>> is_held(np.array([65, 65, 65, 65, UNMATCHED]), 0.3), is_held(np.array([65, 66, 67, 68]), 0.3)
    (True, False)
    """
    matched = frames[frames != UNMATCHED]
    return len(np.unique(matched)) < least_share * len(matched)


def local_speed(frames: I64, clock: F64 | None = None) -> float:
    """Median advance of the matched ones of consecutive FG frames, in BG frames per FG frame; 1 for a single one.

    frames   i64 [n]   BG frame of each, or UNMATCHED
    clock    f64 [n]   when each is shown, in FG frames, increasing; None: at regular intervals

    >>> local_speed(np.array([4, 6, UNMATCHED, 10, 12]))
    2.0
    """
    matched = np.flatnonzero(frames != UNMATCHED)
    half = (len(matched) + 1) // 2
    if len(matched) < 2:
        return 1.0
    times = matched if clock is None else clock[matched]
    speeds = (frames[matched[half:]] - frames[matched[:-half]]) / (times[half:] - times[:-half])
    return max(float(np.median(speeds)), 0.0)
