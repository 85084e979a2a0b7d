"""Which frames a player shows that goes on evenly: the frame that is on at each moment."""

from __future__ import annotations

from fractions import Fraction
from math import lcm

import numpy as np

from vidkompy.model import I64, Run


def sampled_frames(start: Fraction, step: Fraction, count: int) -> I64:
    """i64 [count]: floor(start + step * k)."""
    q = lcm(start.denominator, step.denominator)
    a, b = int(start * q), int(step * q)  # of 64 bits and more, where they come from floats
    return np.fromiter(((a + b * k) // q for k in range(count)), np.int64, count)


def entry_point(run: Run, is_kept: bool) -> Fraction:
    """Where to enter BG so that a step of run.rate shows the frames of the run, in frames of BG.

    is_kept: whether a reader's arithmetic keeps the step as it is. If not, moments lie between the frames that they
    must not touch, so that a step that is a little off shows the same; at most 1/4 into a frame: some readers round.
    """
    q = lcm(run.rate.denominator, run.phase.denominator)
    return (run.bg or 0) + run.phase + (0 if is_kept else Fraction(1, max(2 * q, 4)))
