"""What a sidecar says of single frames besides the map: confidence, and which BG frames fit as well. As stretches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vidkompy.model import UNMATCHED, FrameMap

Json = dict[str, Any]


def confidence_json(frame_map: FrameMap) -> list[Json]:
    """Stretches of equal confidence; none where it is not known."""
    if frame_map.confidence is None:
        return []
    levels = frame_map.confidence
    pieces = _stretches(levels[:, None])
    return [{"fg": a, "count": b - a, "confidence": round(float(levels[a]), 4)} for a, b in pieces if levels[a] >= 0]


def alike_json(frame_map: FrameMap) -> list[Json]:
    """Stretches of frames that fit several BG frames: the same range for all of them, or one that moves on with FG."""
    if frame_map.low is None or frame_map.high is None:
        return []
    low, high = frame_map.low, frame_map.high
    still = np.stack([low, high], axis=1)
    said = []
    for a, b in _stretches(still, still - np.arange(len(low))[:, None]):
        if high[a] - low[a] > 1:
            step = int(b - a > 1 and low[a + 1] > low[a])
            said.append({"fg": a, "count": b - a, "low": int(low[a]), "high": int(high[a]), "step": step})
    return said


def annotated(frame_map: FrameMap, confidence: Iterable[Json], alike: Iterable[Json]) -> FrameMap:
    """The map with what the stretches say; where they say nothing, a frame is its own range."""
    n = len(frame_map.bg)
    levels = np.full(n, np.nan, np.float32)
    for s in confidence:
        levels[s["fg"] : s["fg"] + s["count"]] = s["confidence"]
    low, high = frame_map.bg.copy(), np.where(frame_map.bg == UNMATCHED, UNMATCHED, frame_map.bg + 1)
    for s in alike:
        part = slice(s["fg"], s["fg"] + s["count"])
        shift = s["step"] * np.arange(len(low[part]))
        low[part], high[part] = s["low"] + shift, s["high"] + shift
    known = None if np.isnan(levels).all() else levels
    return replace(frame_map, low=low, high=high, confidence=known)


def _stretches(*tables: NDArray[np.generic]) -> Iterator[tuple[int, int]]:
    """[a, b) of equal rows, in that of the tables in which more of them are."""
    n = len(tables[0])
    ends = [np.append(np.flatnonzero((t[1:] != t[:-1]).any(axis=1)) + 1, n) for t in tables]
    a = 0
    while a < n:
        b = max(int(cuts[np.searchsorted(cuts, a, "right")]) for cuts in ends)
        yield a, b
        a = b
