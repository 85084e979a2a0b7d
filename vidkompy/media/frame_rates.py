"""Constant frame rates for clips whose timestamps are the truth: editors count frames on an even grid of slots.

The rate that a header states is nominal. The rate sought here is the one at which each frame has a slot of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import numpy as np

from vidkompy.errors import SidecarError
from vidkompy.limits import MAX_GRID_SLOTS
from vidkompy.model import F64, I64, Clip

STANDARD_RATES = tuple(Fraction(n, 2) for n in (20, 24, 25, 30, 40, 48, 50, 60, 96, 100, 120, 200, 240)) + tuple(
    Fraction(n * 1000, 1001) for n in (24, 30, 48, 60, 120)
)
RATE_TOLERANCE = Fraction(1, 2500)  # share of a rate: less than half of what lies between 30 and 30000/1001
TIMESTAMP_ROUNDING = Fraction(1, 1000)  # s that times can be off by, as some containers write ms
DOUBLE_ERROR = 1e-6  # slots that sums in doubles can be off by
MAX_RATE_DENOMINATOR = 1001  # of rates that are no standard


def constant_rate(clip: Clip) -> Fraction:
    """Rate of the grid on which each frame has a slot of its own; preferred is one that leaves no slot empty.

    Candidates are tried in the order of `_candidate_rates`. Where none will do (frames come at all distances) it is
    the nominal rate: some frames then share a slot.
    """
    candidates = list(_candidate_rates(clip))
    grids = [grid_slots(clip, rate) for rate in candidates]
    for is_acceptable in (_fills_all_slots, _has_distinct_slots):
        for rate, slots in zip(candidates, grids, strict=True):
            if is_acceptable(slots):
                return rate
    return candidates[0]


def grid_slots(clip: Clip, rate: Fraction) -> I64:
    """i64 [n]: slot of each frame on a grid of that rate which starts with the first one; the nearest, halves up.

    Raises SidecarError where that takes more than MAX_GRID_SLOTS: editors keep one for each.
    """
    step = clip.time_base * rate  # slots a tick
    ticks = clip.pts - clip.pts[0]
    last = int(ticks[-1])
    overflows = 2 * last * step.numerator + step.denominator >= 2**63  # in what is computed below
    if last * step > MAX_GRID_SLOTS or overflows:
        raise SidecarError(
            f"'{clip.path}' lasts {float(last * clip.time_base):.6g} s, too long to be counted at {float(rate):.6g} "
            f"frames per second; wanted {MAX_GRID_SLOTS} at most: choose a format that keeps timestamps, such as json"
        )
    return numbers_at(clip.pts, int(clip.pts[0]), step)


def numbers_at(pts: I64, start: int, step: Fraction) -> I64:
    """i64 [n]: slot of each timestamp on a grid of `step` slots a tick from `start` on; the nearest, halves up."""
    numbers: I64 = (2 * (pts - start) * step.numerator + step.denominator) // (2 * step.denominator)
    return numbers


def offsets_from_slots(clip: Clip, rate: Fraction, slots: I64) -> F64:
    """f64 [n]: slots by which each timestamp lies behind its own, 0 where that is rounding, to ticks or to ms.

    Counted from the last frame in slot 0. Slots are of a grid of that rate.
    """
    origin = max(int(np.searchsorted(slots, 0, side="right")) - 1, 0)
    step = float(clip.time_base * rate)
    offsets: F64 = (clip.pts - clip.pts[origin]) * step - (slots - slots[origin])
    rounding = float(max(clip.time_base, TIMESTAMP_ROUNDING) * rate) + DOUBLE_ERROR
    return np.where(np.abs(offsets) <= rounding, 0.0, offsets)


def has_even_times(clip: Clip, rate: Fraction) -> bool:
    """Whether timestamps are those of that rate, but for their rounding."""
    slots = grid_slots(clip, rate)
    return _fills_all_slots(slots) and not offsets_from_slots(clip, rate, slots).any()


def _candidate_rates(clip: Clip) -> Iterator[Fraction]:
    """Nominal, mean and median rate, then standard rates by their distance from the mean."""
    yield nearest_standard_rate(clip.frame_rate)
    if clip.frames < 2:
        return
    ticks = np.diff(clip.pts)
    mean = Fraction(clip.frames - 1) / (int(ticks.sum()) * clip.time_base)
    yield nearest_standard_rate(mean)
    yield nearest_standard_rate(1 / (Fraction(int(np.median(ticks))) * clip.time_base))
    yield from sorted(STANDARD_RATES, key=lambda rate: abs(rate - mean))


def nearest_standard_rate(rate: Fraction) -> Fraction:
    """The rate that is meant by a rounded one.

    >>> nearest_standard_rate(Fraction("29.97"))
    Fraction(30000, 1001)
    """
    nearest = min(STANDARD_RATES, key=lambda known: abs(known - rate))
    return nearest if abs(nearest - rate) <= RATE_TOLERANCE * rate else rate.limit_denominator(MAX_RATE_DENOMINATOR)


def _fills_all_slots(slots: I64) -> bool:
    return bool((slots == np.arange(len(slots))).all())


def _has_distinct_slots(slots: I64) -> bool:
    return bool((np.diff(slots) > 0).all())
