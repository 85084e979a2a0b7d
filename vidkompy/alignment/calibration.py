"""Path margins -> the probability that a frame is right, as measured on pairs whose truth is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from vidkompy.alignment.engine_contract import SearchOptions
from vidkompy.model import UNMATCHED, FrameMap

CalibrationCurve = tuple[float, float]  # log odds at a margin of 1, and their growth per e-fold of it

LEVELS = np.array([0.05, 0.25, 0.5, 0.75, 0.9, 0.97, 0.99, 0.999], np.float32)  # what is told apart
MARGINS = 0.01, 1e6  # beyond them no difference is made
UNLIKE = 20.0  # log odds per score below the floor: foreign frames score 0.47 at most, FG's own mostly above 0.9


def add_confidence(found: FrameMap, curve: CalibrationCurve, search: SearchOptions) -> FrameMap:
    """The map with the probability that each frame is right, nearest of LEVELS.

    A matched frame is right if its BG frame is, or looks like the one that is; an unmatched one if it is foreign; a
    pinned one always. For matched ones a logistic in the logarithm of the margin: `scripts/bench sureness` fits one for
    each engine to pairs whose truth is known.
    """
    if found.margin is None or found.score is None:
        return found
    odds = curve[0] + curve[1] * np.log(np.clip(found.margin, *MARGINS))
    odds = np.where(found.bg == UNMATCHED, UNLIKE * (search.floor - found.score), odds)
    steps = np.log(LEVELS / (1 - LEVELS))
    confidence = LEVELS[np.searchsorted((steps[1:] + steps[:-1]) / 2, odds)]
    confidence[[i for i, _ in search.pins]] = 1
    return replace(found, confidence=confidence)
