"""Which FG frames a report shows: the least sure ones, apart from each other, and evenly spaced ones."""

from __future__ import annotations

from typing import Literal

import numpy as np

from vidkompy.model import I64, UNMATCHED, FrameMap
from vidkompy.records import Record
from vidkompy.report.map_events import ranges_of

LEAST_SURE, EVENLY_SPACED = 6, 6  # frames shown of each kind: 7 pictures each, about 10 kB a picture
APART = 40  # least sure frames lie at least a 40th of FG apart: neighbours share their doubt

Reason = Literal["least sure", "evenly spaced"]


class ShownFrame(Record):
    fg: int
    reason: Reason


def shown_frames(
    frame_map: FrameMap, least_sure: int = LEAST_SURE, evenly_spaced: int = EVENLY_SPACED
) -> list[ShownFrame]:
    """Ascending. Evenly spaced ones are matched, where any frame is.

    >>> [shown.fg for shown in shown_frames(FrameMap(np.arange(100)), 2, 3)]
    [0, 50, 99]
    """
    doubtful = least_sure_frames(frame_map, least_sure)
    pool = matched_frames(frame_map)
    even = pool[np.unique(np.linspace(0, len(pool) - 1, evenly_spaced).round().astype(np.int64))]
    reasons: dict[int, Reason] = dict.fromkeys(even.tolist(), "evenly spaced")
    reasons |= dict.fromkeys(doubtful, "least sure")
    return [ShownFrame(i, reasons[i]) for i in sorted(reasons)]


def matched_frames(frame_map: FrameMap) -> I64:
    """i64 [n], ascending; all frames where none is matched."""
    matched = np.flatnonzero(frame_map.bg != UNMATCHED)
    return matched if len(matched) else np.arange(len(frame_map.bg))


def least_sure_frames(frame_map: FrameMap, count: int) -> list[int]:
    """At most `count` frames, the least sure first; none where confidence is not known or the same everywhere.

    Of frames that are as sure, the one in the middle of the longest range comes first.

    >>> levels = np.array([0.9, 0.2, 0.2, 0.2, 0.9, 0.5], np.float32)
    >>> least_sure_frames(FrameMap(np.arange(6), confidence=levels), 2)
    [2, 1]
    """
    if frame_map.confidence is None:
        return []
    levels = np.nan_to_num(frame_map.confidence, nan=np.inf)
    highest = levels[np.isfinite(levels)].max(initial=-np.inf)
    reach = len(levels) // APART
    chosen: list[int] = []
    while len(chosen) < count and levels.min() < highest:
        longest = max(ranges_of(levels == levels.min()), key=lambda span: span.stop - span.first)
        i = (longest.first + longest.stop - 1) // 2
        chosen.append(i)
        levels[max(i - reach, 0) : i + reach + 1] = np.inf
    return chosen
