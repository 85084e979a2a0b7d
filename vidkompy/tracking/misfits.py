"""Followed frames that fit much worse than the others of their clip: what lies below them is another picture."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from vidkompy.model import UNMATCHED, FrameMap
from vidkompy.tracking.check_parameters import ResidualCheckParameters


def doubt_misfits(frame_map: FrameMap, parameters: ResidualCheckParameters) -> FrameMap:
    """The map with little confidence in matched frames that misfit. Scores are ZNCC with the place left free.

    >>> score, sure = np.array([0.999, 0.998, 0.999, 0.98], np.float32), np.ones(4, np.float32)
    >>> doubted = doubt_misfits(FrameMap(np.arange(4), score=score, confidence=sure), ResidualCheckParameters())
    >>> doubted.confidence.astype(float).round(2).tolist()
    [1.0, 1.0, 1.0, 0.3]
    """
    matched = frame_map.bg != UNMATCHED
    if frame_map.score is None or frame_map.confidence is None or not matched.any():
        return frame_map
    cost = 1 - frame_map.score
    usual = max(float(np.quantile(cost[matched], parameters.usual_cost_quantile)), parameters.least_cost)
    is_misfit = matched & (cost > parameters.misfit_costs * usual)
    sure = np.minimum(frame_map.confidence, np.float32(parameters.contradicted))
    return replace(frame_map, confidence=np.where(is_misfit, sure, frame_map.confidence))
