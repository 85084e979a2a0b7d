"""Gaps in timestamps: frames that come late in a clip that is otherwise even, and silences in its sound.

A gap alone proves nothing, as many recorders leave frames out on purpose. That frames were lost is proven where the
sound is missing for the same time; see `completeness` for other proofs.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from vidkompy.model import F64, I64
from vidkompy.parameters import tuned
from vidkompy.records import Record


class GapParameters(Record):
    """What counts as a gap, and what as an even clip."""

    least_steps: float = tuned(
        1.5,
        unit="usual steps from one frame to the next",
        raising="only longer gaps count",
        source="by construction: 1 is no gap, at 2 one frame is missing",
    )
    step_tolerance: float = tuned(
        0.25,
        unit="share of the usual step by which steps may differ, and a tick more, where timestamps are rounded",
        raising="rougher clips count as even",
        source="chosen by eye",
    )
    most_odd_share: float = tuned(
        0.1,
        unit="share of steps in an even clip that may differ by more; one always may",
        raising="short clips with more odd steps count as even",
        source="chosen by eye",
    )
    most_gaps: int = tuned(
        3,
        unit="gaps of a clip",
        raising="clips with more gaps are reported; more are a way of recording, not accidents",
        source="chosen by eye",
    )
    least_silent_share: float = tuned(
        0.5,
        unit="share of a gap that a silence has to cover",
        raising="fewer gaps are confirmed by the sound",
        source="chosen by eye",
    )


class Gap(Record):
    """The frame after frame `after` comes late.

    length  s, from frame `after` to the next
    lost    s, of it beyond the usual step
    """

    after: int
    length: float
    lost: float


def find_gaps(pts: I64, time_base: Fraction, parameters: GapParameters = GapParameters()) -> list[Gap]:
    """Gaps of a clip that is otherwise even; of others none are known.

    pts   i64 [n]   ascending
    The first step does not count: AVI's demuxer makes it up.

    >>> find_gaps(np.array([0, 1, 2, 3, 4, 8, 9, 10]), Fraction(1, 25))
    [Gap(after=4, length=0.16, lost=0.12)]
    """
    steps = np.diff(pts)
    if len(steps) < parameters.most_gaps:
        return []
    usual = float(np.median(steps))
    rounding = min(1.0, parameters.step_tolerance * usual)  # ticks
    is_wide = steps > parameters.least_steps * usual + rounding
    is_odd = np.abs(steps - usual) > parameters.step_tolerance * usual + rounding
    is_wide[0] = is_odd[0] = False
    most_odd = max(1.0, min(parameters.most_odd_share * len(steps), parameters.most_gaps))
    if usual <= 0 or is_odd.sum() > most_odd:
        return []
    tick = float(time_base)
    return [Gap(int(i), float(steps[i]) * tick, (float(steps[i]) - usual) * tick) for i in np.flatnonzero(is_wide)]


def is_confirmed_by_silence(
    gap: tuple[float, float], silences: F64, parameters: GapParameters = GapParameters()
) -> bool:
    """Whether the sound is missing for much of the time of a gap.

    gap        s, from and to
    silences   f64 [n, 2]   s, from and to: where no packet of sound lies
    """
    if not len(silences):
        return False
    begins, ends = gap
    covered = np.minimum(silences[:, 1], ends) - np.maximum(silences[:, 0], begins)
    return bool(covered.max() >= parameters.least_silent_share * (ends - begins))


def find_silences(starts: F64, parameters: GapParameters = GapParameters()) -> F64:
    """f64 [n, 2], s: where a sound track that otherwise goes on evenly has no packets. At most `most_gaps`, else none.

    starts   f64 [n]   s, of its packets

    What packets say of their own length does not count: MP4 stretches the one before a gap.
    """
    none = np.empty((0, 2))
    times = np.sort(starts)
    steps = np.diff(times)
    if len(steps) < parameters.most_gaps:
        return none
    usual = float(np.median(steps))
    before = np.flatnonzero(steps > parameters.least_steps * usual)
    if len(before) > parameters.most_gaps:
        return none
    return np.column_stack((times[before] + usual, times[before + 1]))
