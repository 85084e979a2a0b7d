"""Confidence of each FG frame, and the BG frames that fit it as well, as ranges of frames in JSON.

A sidecar has them beside the runs of its map. A range holds FG frames [fg, fg + count) that are described alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from vidkompy.model import UNMATCHED, FrameMap, Json


def confidence_json(frame_map: FrameMap) -> list[Json]:
    """Ranges of equal confidence; none where it is not known.

    >>> confidence_json(FrameMap(np.arange(3), confidence=np.array([0.9, 0.9, np.nan], np.float32)))
    [{'fg': 0, 'count': 2, 'confidence': 0.9}]
    """
    if frame_map.confidence is None:
        return []
    levels = frame_map.confidence
    ranges = _equal_ranges(levels[:, None])
    return [{"fg": a, "count": b - a, "confidence": round(float(levels[a]), 4)} for a, b in ranges if levels[a] >= 0]


def alike_json(frame_map: FrameMap) -> list[Json]:
    """Ranges of FG frames that fit several BG frames [low, high) each; `step` is what these grow by per FG frame.

    With step 0 all frames of a range fit the same BG frames (BG stands still), with 1 these move on with FG.

    >>> alike_json(FrameMap(np.array([4, 5]), low=np.array([4, 5]), high=np.array([6, 7])))
    [{'fg': 0, 'count': 2, 'low': 4, 'high': 6, 'step': 1}]
    """
    if frame_map.low is None or frame_map.high is None:
        return []
    low, high = frame_map.low, frame_map.high
    as_standing = np.stack([low, high], axis=1)
    as_moving = as_standing - np.arange(len(low))[:, None]
    ranges = []
    for a, b in _equal_ranges(as_standing, as_moving):
        if high[a] - low[a] > 1:
            step = int(b - a > 1 and low[a + 1] > low[a])
            ranges.append({"fg": a, "count": b - a, "low": int(low[a]), "high": int(high[a]), "step": step})
    return ranges


def with_frame_ranges(frame_map: FrameMap, confidence: Iterable[Json], alike: Iterable[Json]) -> FrameMap:
    """The map with confidences and BG ranges from JSON; a frame that no item names fits its own BG frame alone."""
    levels = np.full(len(frame_map.bg), np.nan, np.float32)
    for item in confidence:
        levels[item["fg"] : item["fg"] + item["count"]] = item["confidence"]
    low, high = frame_map.bg.copy(), np.where(frame_map.bg == UNMATCHED, UNMATCHED, frame_map.bg + 1)
    for item in alike:
        frames = slice(item["fg"], item["fg"] + item["count"])
        shift = item["step"] * np.arange(len(low[frames]))
        low[frames], high[frames] = item["low"] + shift, item["high"] + shift
    return replace(frame_map, low=low, high=high, confidence=None if np.isnan(levels).all() else levels)


def _equal_ranges(*tables: NDArray[np.generic]) -> Iterator[tuple[int, int]]:
    """[a, b) that follow each other: each as long as the rows from a on are equal in one of the tables."""
    n = len(tables[0])
    ends_of = [np.append(np.flatnonzero((t[1:] != t[:-1]).any(axis=1)) + 1, n) for t in tables]
    a = 0
    while a < n:
        b = max(int(ends[np.searchsorted(ends, a, "right")]) for ends in ends_of)
        yield a, b
        a = b
