"""Even frame rates, which editors know alone, for clips whose timestamps are the truth."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import numpy as np

from vidkompy.errors import SidecarError
from vidkompy.limits import MOST_GRID_SLOTS
from vidkompy.model import I64, Clip

STANDARD_RATES = tuple(Fraction(n, 2) for n in (20, 24, 25, 30, 40, 48, 50, 60, 96, 100, 120, 200, 240)) + tuple(
    Fraction(n * 1000, 1001) for n in (24, 30, 48, 60, 120)
)
RATE_TOLERANCE = Fraction(1, 2500)  # of a rate: less than half of what lies between 30 and 30000/1001
MOST_RATE_DENOMINATOR = 1001  # denominators of rates that are no standard


def constant_rate(clip: Clip) -> Fraction:
    """Rate of the grid on which each frame has a place of its own: of all even ones the likeliest.

    Without one (frames come at all distances) the nominal rate: some frames then share a place.
    """
    candidates = list(_candidate_rates(clip))
    grids = [grid_slots(clip, rate) for rate in candidates]
    for is_good in (_is_even, _is_distinct):
        for rate, grid in zip(candidates, grids, strict=True):
            if is_good(grid):
                return rate
    return candidates[0]


def grid_slots(clip: Clip, rate: Fraction) -> I64:
    """i64 [n]: place of each frame on a grid of that rate which starts with the first one.

    Raises SidecarError where that takes more than MOST_PLACES: editors keep one for each.
    """
    step = clip.time_base * rate
    ticks = clip.pts - clip.pts[0]
    last = int(ticks[-1])
    if last * step > MOST_GRID_SLOTS or 2 * last * step.numerator + step.denominator >= 2**63:
        raise SidecarError(
            f"'{clip.path}' lasts {float(last * clip.time_base):.6g} s, too long to be counted at {float(rate):.6g} "
            f"frames per second; wanted {MOST_GRID_SLOTS} at most: choose a format that keeps timestamps, such as json"
        )
    places: I64 = (2 * ticks * step.numerator + step.denominator) // (2 * step.denominator)
    return places


def _candidate_rates(clip: Clip) -> Iterator[Fraction]:
    yield nearest_standard_rate(clip.frame_rate)
    if clip.frames < 2:
        return
    ticks = np.diff(clip.pts)
    span = Fraction(clip.frames - 1) / (int(ticks.sum()) * clip.time_base)
    yield nearest_standard_rate(span)
    yield nearest_standard_rate(1 / (Fraction(int(np.median(ticks))) * clip.time_base))
    yield from sorted(STANDARD_RATES, key=lambda rate: abs(rate - span))


def nearest_standard_rate(rate: Fraction) -> Fraction:
    """The rate that is meant by a rounded one, such as 29.97."""
    nearest = min(STANDARD_RATES, key=lambda known: abs(known - rate))
    return nearest if abs(nearest - rate) <= RATE_TOLERANCE * rate else rate.limit_denominator(MOST_RATE_DENOMINATOR)


def _is_even(grid: I64) -> bool:
    return bool((grid == np.arange(len(grid))).all())


def _is_distinct(grid: I64) -> bool:
    return bool((np.diff(grid) > 0).all())
