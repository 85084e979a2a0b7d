"""Calibration of each engine: the logistic in the logarithm of the margin that fits frames whose truth is known.

Its lines are defaults of `calibration` in vidkompy/alignment/engines.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from scipy.optimize import minimize

from benchmarks.results import Pair
from vidkompy.alignment.engine_contract import CalibrationCurve
from vidkompy.alignment.parameters import CalibrationParameters
from vidkompy.model import UNMATCHED

RIDGE = 1e-4  # on the squared slope: keeps a curve finite where nothing is wrong


def lines(pairs: Sequence[Pair]) -> Iterator[str]:
    """One for each engine, from the pairs for tuning that were placed right."""
    usable = [p for p in pairs if p.is_related and not p.is_held_out and p.corner_px is not None and p.corner_px < 1]
    for engine in sorted({engine for pair in usable for engine in pair.found}):
        frames = [pair.found[engine] for pair in usable if pair.is_found(engine)]
        matched = np.array([j != UNMATCHED for found in frames for j in found.bg])
        margin = np.array([m for found in frames for m in found.margin])[matched]
        right = np.array([e for found in frames for e in found.exact])[matched]
        intercept, slope = curve(margin, right)
        frames_right = f"{len(right)} frames, {right.mean():.2%} right"
        yield f"{engine:12} CalibrationCurve({intercept:.2f}, {slope:.2f})  # {frames_right}"


def curve(margin: np.ndarray, right: np.ndarray) -> CalibrationCurve:
    """By maximum likelihood, with a ridge on the slope (Platt 1999)."""
    at = np.log(np.clip(margin, *CalibrationParameters().margin_range))
    sign = 2.0 * right - 1

    def loss(c: np.ndarray) -> float:
        return float(np.logaddexp(0, -sign * (c[0] + c[1] * at)).mean() + RIDGE * c[1] ** 2)

    return CalibrationCurve(*map(float, minimize(loss, np.zeros(2)).x))
