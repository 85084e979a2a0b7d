"""The last frames before FG goes on beyond BG: a path that has to hold there anyway bends a frame early or late.

Such frames are put on the line of the frames further in, where they fit as well on it.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from vidkompy.alignment.crops import Features
from vidkompy.alignment.engine_contract import SearchOptions
from vidkompy.alignment.extent import misfits, overhang
from vidkompy.alignment.stretches import local_speed
from vidkompy.model import I64, UNMATCHED, FrameMap


def straighten_ends(frame_map: FrameMap, fg: Features, bg: Features, search: SearchOptions) -> FrameMap:
    """The map with the frames next to those beyond BG on the line that leads there; beyond it they are unmatched."""
    numbers = search.parameters.relations.extent
    confidence, low, high = frame_map.confidence, frame_map.low, frame_map.high
    if search.reorder or confidence is None or low is None or high is None or fg.times is not None:
        return frame_map
    beyond = overhang(frame_map.bg, 0, len(bg))
    frames, confidence, low, high = frame_map.bg.copy(), confidence.copy(), low.copy(), high.copy()
    matched, pinned = np.flatnonzero(frames != UNMATCHED), {i for i, _ in search.pins}
    for count, inward in ((beyond.before, matched), (beyond.after, matched[::-1])):
        last, inner = inward[: numbers.end_frames], inward[numbers.end_frames :][: numbers.neighbours]
        if not count or len(inner) < numbers.end_frames:
            continue
        line = frames[inner[0]] + local_speed(frames[np.sort(inner)]) * (last - inner[0])
        usual = float(np.median(misfits(fg, bg, inner, frames[inner], numbers.block)))
        for i, expected in zip(last.tolist(), line.tolist(), strict=True):
            if i in pinned or abs(expected - frames[i]) < numbers.off_line:
                continue
            j = round(expected)
            own, other = _misfits_at(i, [int(frames[i]), min(max(j, 0), len(bg) - 1)], fg, bg, numbers.block)
            if 0 <= j < len(bg):
                if other <= numbers.as_good * max(own, numbers.least_misfit):
                    frames[i], low[i], high[i] = j, min(low[i], j), max(high[i], j + 1)
            elif own > numbers.end_ratio * max(usual, numbers.least_misfit):
                frames[i] = low[i] = high[i] = UNMATCHED
                confidence[i] = numbers.likely_confidence
            else:
                confidence[i] = min(confidence[i], search.parameters.plausibility.doubted_confidence)
    return replace(frame_map, bg=frames, low=low, high=high, confidence=confidence)


def _misfits_at(i: int, bg_frames: list[int], fg: Features, bg: Features, block: int) -> list[float]:
    at: I64 = np.array(bg_frames)
    values: list[float] = misfits(fg, bg, np.full(len(at), i), at, block).tolist()
    return values
