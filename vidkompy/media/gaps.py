"""Gaps between frames that otherwise follow each other evenly, and what proves that frames are lost there."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from vidkompy.model import F64, I64

WIDE = 1.5  # usual steps; at 2 one frame is missing
ROUNDED = 0.25  # of the usual step: so much, and a tick more, may steps differ where timestamps are rounded
RARE = 0.1  # share of steps that are odd in an even clip, at most; one always may be. Chosen by eye
MOST_GAPS = 3  # more are a way of recording, not accidents. Chosen by eye
SHARED = 0.5  # share of a gap that a gap in the sound has to cover


@dataclass(frozen=True)
class Gap:
    """The frame after frame `after` comes late. lost: s, beyond the usual step."""

    after: int
    length: float
    lost: float


def find_gaps(pts: I64, time_base: Fraction) -> list[Gap]:
    """Of a clip that is otherwise even; of others none are known. pts: ascending.

    The first step does not count: AVI's demuxer makes it up.
    """
    steps = np.diff(pts)
    if len(steps) < MOST_GAPS:
        return []
    usual = float(np.median(steps))
    rounding = min(1.0, ROUNDED * usual)
    is_wide = steps > WIDE * usual + rounding
    is_odd = np.abs(steps - usual) > ROUNDED * usual + rounding
    is_wide[0] = is_odd[0] = False
    if usual <= 0 or is_odd.sum() > max(1.0, min(RARE * len(steps), MOST_GAPS)):
        return []
    tick = float(time_base)
    return [Gap(int(i), float(steps[i]) * tick, (float(steps[i]) - usual) * tick) for i in np.flatnonzero(is_wide)]


def is_confirmed_by_silence(gap: tuple[float, float], silences: F64) -> bool:
    """Whether the sound is missing for much of the time of a gap. silences: s [n, 2], where no packet lies."""
    if not len(silences):
        return False
    shared = np.minimum(silences[:, 1], gap[1]) - np.maximum(silences[:, 0], gap[0])
    return bool(shared.max() >= SHARED * (gap[1] - gap[0]))


def find_silences(starts: F64) -> F64:
    """s [n, 2]: where a sound track that otherwise goes on evenly has no packets. At most MOST_GAPS, else none.

    starts: s, of its packets. What they say of their own length does not count: MP4 stretches the one before a gap.
    """
    steps = np.diff(np.sort(starts))
    if len(steps) < MOST_GAPS:
        return np.empty((0, 2))
    usual = float(np.median(steps))
    found = np.flatnonzero(steps > WIDE * usual)
    if len(found) > MOST_GAPS:
        return np.empty((0, 2))
    return np.column_stack((np.sort(starts)[found] + usual, np.sort(starts)[found + 1]))
