"""Path margins -> the probability that a frame is right, as measured on pairs whose truth is known.

A margin is by how much the best path through any other-looking BG frame is dearer. Margins of different engines mean
different things; each engine has a curve of its own.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from vidkompy.alignment.engine_contract import CalibrationCurve, SearchOptions
from vidkompy.model import UNMATCHED, FrameMap


def add_confidence(frame_map: FrameMap, curve: CalibrationCurve, search: SearchOptions) -> FrameMap:
    """The map with the probability that each frame is right, nearest of CalibrationParameters.levels.

    A matched frame is right if its BG frame is, or looks like the one that is; an unmatched one if it is foreign; a
    pinned one always. For matched ones a logistic in the logarithm of the margin (Platt 1999, Probabilistic outputs
    for support vector machines): `scripts/bench sureness` fits one for each engine to pairs whose truth is known.
    A map without margins or scores comes back as it is.
    """
    if frame_map.margin is None or frame_map.score is None:
        return frame_map
    parameters = search.parameters.calibration
    log_odds = curve.intercept + curve.slope * np.log(np.clip(frame_map.margin, *parameters.margin_range))
    foreign_log_odds = parameters.unmatched_slope * (search.floor - frame_map.score)
    log_odds = np.where(frame_map.bg == UNMATCHED, foreign_log_odds, log_odds)
    levels = np.array(parameters.levels, np.float32)
    level_log_odds = np.log(levels / (1 - levels))
    midpoints = (level_log_odds[1:] + level_log_odds[:-1]) / 2  # between neighbouring levels
    confidence = levels[np.searchsorted(midpoints, log_odds)]
    confidence[[i for i, _ in search.pins]] = 1
    return replace(frame_map, confidence=confidence)
