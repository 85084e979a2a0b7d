"""Frames that were set by hand: singly, as an analysis takes them, and as runs, which a sidecar holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from itertools import pairwise

import numpy as np

from vidkompy.model import Run, runs_of


def pinned_runs(frames: Mapping[int, int]) -> tuple[Run, ...]:
    """Few runs that hold these BG frames, or UNMATCHED, by FG frame.

    >>> [(run.fg, run.bg, run.count) for run in pinned_runs({3: 10, 4: 11, 7: -1, 8: -1})]
    [(3, 10, 2), (7, None, 2)]
    """
    fg = np.array(sorted(frames), np.int64)
    bg = np.array([frames[int(i)] for i in fg], np.int64)
    bounds = [0, *(np.flatnonzero(np.diff(fg) != 1) + 1).tolist(), len(fg)] if len(fg) else []
    return tuple(_moved(run, int(fg[first])) for first, stop in pairwise(bounds) for run in runs_of(bg[first:stop]))


def _moved(run: Run, by: int) -> Run:
    """The run so many FG frames later; one of a single frame, which has no rate, at the usual one."""
    rate, phase = (run.rate, run.phase) if run.count > 1 else (Fraction(1), Fraction(0))
    return Run(run.fg + by, run.bg, run.count, rate, phase)


def pinned_frames(pins: Iterable[Run]) -> dict[int, int]:
    """The inverse of `pinned_runs`."""
    return {run.fg + k: int(j) for run in pins for k, j in enumerate(run.indices())}


def repinned(pins: Sequence[Run], new: Sequence[Run]) -> tuple[Run, ...]:
    """Both, ascending; where they meet the new ones count."""
    if not pins:
        return tuple(new)
    return pinned_runs(pinned_frames(pins) | pinned_frames(new))
