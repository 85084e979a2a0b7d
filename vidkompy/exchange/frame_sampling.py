"""Which frames a player shows that advances evenly: the frame that is on at each moment.

A player at timeline frame k of a clip shows media frame floor(in point + speed * k). What is written down for a run has
to give the run's frames by that rule, even where the reader counts in floats.
"""

from __future__ import annotations

from fractions import Fraction
from math import lcm

import numpy as np

from vidkompy.model import I64, Run

LATEST_ENTRY = Fraction(1, 4)  # of a frame: an in point later in it would be rounded to the next one by some readers


def sampled_frames(start: Fraction, step: Fraction, count: int) -> I64:
    """i64 [count]: floor(start + step * k).

    >>> sampled_frames(Fraction(3, 2), Fraction(4, 5), 5).tolist()
    [1, 2, 3, 3, 4]
    """
    q = lcm(start.denominator, step.denominator)
    a, b = int(start * q), int(step * q)  # of 64 bits and more, where they come from floats
    return np.fromiter(((a + b * k) // q for k in range(count)), np.int64, count)


def entry_point(run: Run, is_step_exact: bool) -> Fraction:
    """Where to enter BG so that a step of run.rate shows the frames of the run, in frames of BG.

    is_step_exact: whether a reader's arithmetic keeps the step as it is. If not, a moment could fall just below a whole
    frame. Moments are multiples of 1/q, so half of that is added, LATEST_ENTRY at most: a step that is a little off
    then shows the same frames.

    >>> entry_point(Run(0, 7, 10, Fraction(4, 5)), is_step_exact=False)
    Fraction(71, 10)
    """
    q = lcm(run.rate.denominator, run.phase.denominator)
    margin = Fraction(0) if is_step_exact else min(Fraction(1, 2 * q), LATEST_ENTRY)
    return (run.bg or 0) + run.phase + margin


def entry_window(frames: I64, step: Fraction) -> tuple[Fraction, Fraction]:
    """From where to before where BG can be entered so that a player shows these frames; nowhere if they are equal.

    frames   i64 [n]   of BG
    step     frames of BG from one to the next
    >>> [str(end) for end in entry_window(np.array([7, 8, 9, 9, 10]), Fraction(4, 5))]
    ['37/5', '38/5']
    """
    p, q = step.as_integer_ratio()
    ahead = frames * q - p * np.arange(len(frames))  # of the first frame, in q-ths
    low, high = int(ahead.max()), int(ahead.min()) + q
    return Fraction(low, q), Fraction(max(low, high), q)
