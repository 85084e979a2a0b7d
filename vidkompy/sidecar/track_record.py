"""A track as keyframes in a sidecar's JSON, and back: between two keyframes everything changes linearly.

Keyframes are chosen by the swinging door: a line from the last keyframe goes on as long as all frames passed lie within
TOLERANCE_PX of it. Source: Bristol 1990, Swinging door trending, ISA National Conference.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from vidkompy.errors import MalformedError
from vidkompy.model import F64, Clip, Json, Track

TOLERANCE_PX = 0.01  # a tenth of what registration measures
DECIMALS = 3
FIELDS = ("x", "y", "width", "height", "angle")


def track_json(track: Track) -> list[Json]:
    """Keyframes of a track.

    >>> track_json(Track(np.array([[0, 0, 8, 4, 0.0], [1, 0, 8, 4, 0], [2, 0, 8, 4, 0], [9, 0, 8, 4, 0]])))[1]
    {'fg': 2, 'x': 2.0, 'y': 0.0, 'width': 8.0, 'height': 4.0, 'angle': 0.0}
    """
    rounded = np.round(track.at, DECIMALS) + 0.0  # no -0.0
    return [{"fg": i, **dict(zip(FIELDS, rounded[i].tolist(), strict=True))} for i in _keyframes(rounded)]


def track_from_json(keyframes: Sequence[Json], fg: Clip, path: Path) -> Track:
    """Raises MalformedError where keyframes do not ascend from FG's first frame to its last."""
    at = np.array([k["fg"] for k in keyframes], np.int64)
    not_later = np.flatnonzero(np.diff(at) <= 0)
    if len(not_later):
        n = int(not_later[0]) + 1
        raise MalformedError(path, f"keyframe at FG frame {at[n]} behind that at {at[n - 1]}", f"$.track[{n}].fg")
    if at[0] != 0:
        raise MalformedError(path, f"the first keyframe is at FG frame {at[0]}, wanted 0", "$.track[0].fg")
    if at[-1] != fg.frames - 1:
        problem = f"the last keyframe is at FG frame {at[-1]}, wanted {fg.frames - 1}, FG's last"
        raise MalformedError(path, problem, f"$.track[{len(at) - 1}].fg")
    frames = np.arange(fg.frames)
    columns = [np.interp(frames, at, [float(k[field]) for k in keyframes]) for field in FIELDS]
    return Track(np.column_stack(columns))


def _keyframes(at: F64) -> list[int]:
    """Frames between which straight lines pass every frame of `at`, f64 [n, 5], within the tolerance."""
    n = len(at)
    chosen, anchor = [0], 0
    lowest, highest = np.full(at.shape[1], -np.inf), np.full(at.shape[1], np.inf)
    for i in range(1, n):
        slope = (at[i] - at[anchor]) / (i - anchor)
        if (slope < lowest).any() or (slope > highest).any():
            anchor = i - 1
            chosen.append(anchor)
            slope = at[i] - at[anchor]
            lowest, highest = np.full(at.shape[1], -np.inf), np.full(at.shape[1], np.inf)
        slack = TOLERANCE_PX / (i - anchor)
        lowest, highest = np.maximum(lowest, slope - slack), np.minimum(highest, slope + slack)
    return [*chosen, n - 1] if n > 1 else chosen
