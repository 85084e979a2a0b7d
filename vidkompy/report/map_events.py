"""What happens in a frame map: cuts, holds, drops, ranges that are unmatched or unsure, and the best constant rate."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from math import ceil, floor

import numpy as np

from vidkompy.model import F64, I64, UNMATCHED, Clip, FrameSpan, Mask, Run, Sidecar
from vidkompy.records import Record

CUT_SECONDS = 0.5  # of BG that are passed over at once: from there on it is a cut, below frames were dropped
UNSURE_BELOW = 0.5  # probability: below it a frame is more likely wrong than right, as in sidecar.quality
SAMPLES = 400  # frames that a rate is fitted to: the medians of their pairs change little with more


class MapEvents(Record, eq=False):
    """A frame map by time, and its events by FG frame.

    fg_seconds    f64 [n_fg]   s after FG's first frame
    bg_seconds    f64 [n_fg]   s after BG's first frame of the frame shown; NaN where unmatched
    runs          that the map consists of
    cuts          FG frames with which BG goes back, or passes over CUT_SECONDS or more
    holds         FG frames that show a BG frame again which a constant speed would not
    drops         FG frames before which BG frames are passed over
    confidence    f64 [n_fg]   probability; None where nobody measured it
    """

    fg_seconds: F64
    bg_seconds: F64
    runs: Sequence[Run]
    cuts: I64
    holds: I64
    drops: I64
    unmatched: Mask
    unsure: Mask
    confidence: F64 | None

    @property
    def fg_end(self) -> float:
        """s: end of FG's last frame, which is taken to be as long as the one before."""
        return end_of(self.fg_seconds)

    @cached_property
    def trend(self) -> Trend:
        return best_rate(self.fg_seconds, self.bg_seconds, self.cuts)


class Trend(Record):
    """BG second = rate * FG second + start."""

    rate: float
    start: float

    def at(self, seconds: F64) -> F64:
        return self.rate * seconds + self.start


def events_of(sidecar: Sidecar) -> MapEvents:
    frame_map, fg, bg = sidecar.frame_map, sidecar.fg, sidecar.bg
    runs = frame_map.runs()
    unmatched = frame_map.bg == UNMATCHED
    bg_seconds = np.where(unmatched, np.nan, seconds_of(bg)[np.maximum(frame_map.bg, 0)])
    levels = None if frame_map.confidence is None else frame_map.confidence.astype(np.float64)
    unsure = np.zeros(len(unmatched), np.bool_) if levels is None else levels < UNSURE_BELOW
    cuts, holds, drops = _joints(runs, bg)
    return MapEvents(seconds_of(fg), bg_seconds, runs, cuts, holds, drops, unmatched, unsure, levels)


def seconds_of(clip: Clip) -> F64:
    """f64 [n]: time of each frame after the first."""
    seconds: F64 = (clip.pts - clip.pts[0]).astype(np.float64) * float(clip.time_base)
    return seconds


def end_of(seconds: F64) -> float:
    last = float(seconds[-1])
    return 2 * last - float(seconds[-2]) if len(seconds) > 1 else last + 1.0


def ranges_of(flags: Mask) -> list[FrameSpan]:
    """Ranges of frames that are flagged.

    >>> ranges_of(np.array([True, True, False, True]))
    [FrameSpan(first=0, stop=2), FrameSpan(first=3, stop=4)]
    """
    padded = np.concatenate([[False], flags, [False]])
    edges = np.flatnonzero(padded[1:] != padded[:-1]).tolist()
    return [FrameSpan(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def best_rate(fg_seconds: F64, bg_seconds: F64, cuts: I64) -> Trend:
    """The rate at which most of BG passes under FG: median of the slopes between frames that no cut parts.

    Rate 1 where there are no two such frames. Source: Sen 1968, doi:10.1080/01621459.1968.10480934. Differs: on
    SAMPLES frames; the start is the median of all.
    """
    matched = np.flatnonzero(~np.isnan(bg_seconds))
    if not len(matched):
        return Trend(1.0, 0.0)
    sampled = matched[np.unique(np.linspace(0, len(matched) - 1, SAMPLES).astype(np.int64))]
    earlier, later = np.triu_indices(len(sampled), 1)
    scene = np.searchsorted(cuts, sampled, "right")
    is_whole = scene[earlier] == scene[later]
    earlier, later = sampled[earlier[is_whole]], sampled[later[is_whole]]
    slopes = (bg_seconds[later] - bg_seconds[earlier]) / (fg_seconds[later] - fg_seconds[earlier])
    rate = float(np.median(slopes)) if len(slopes) else 1.0
    return Trend(rate, float(np.median(bg_seconds[matched] - rate * fg_seconds[matched])))


def _joints(runs: Sequence[Run], bg: Clip) -> tuple[I64, I64, I64]:
    """Cuts, holds and drops, as FG frames."""
    cuts: list[int] = []
    holds: list[int] = []
    drops: list[int] = []
    for run in runs:
        if run.bg is not None and run.rate == 0:
            holds.extend(range(run.fg + 1, run.fg + run.count))
    for a, b in pairwise(runs):
        if a.bg is None or b.bg is None:
            continue
        p, c, q = a.line
        step = b.bg + floor(b.phase) - a.bg - (p * (a.count - 1) + c) // q
        usual = max(a.rate, b.rate, Fraction(1))
        if step < 0 or step > usual + Fraction(CUT_SECONDS) * bg.frame_rate:
            cuts.append(b.fg)
        elif step == 0:
            holds.append(b.fg)
        elif step > ceil(usual):
            drops.append(b.fg)
    return tuple(np.array(sorted(found), np.int64) for found in (cuts, holds, drops))  # type: ignore[return-value]
