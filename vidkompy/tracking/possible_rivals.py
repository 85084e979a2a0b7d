"""Whether a place near that of an answer may leave clearly less unexplained: asked before any is measured."""

from __future__ import annotations

import numpy as np

from vidkompy.model import F64, UNMATCHED, FrameMap, Placement
from vidkompy.tracking.rival_parameters import RivalParameters


def may_have_rivals(placement: Placement, frame_map: FrameMap, zncc: F64, parameters: RivalParameters) -> bool:
    """False where BG shows something else: no frame of FG resembles it at any time. False as well where all of FG fits
    perfectly but for what was altered, and that is so much that no place costs little enough.

    frame_map   at the placement
    zncc        f64 [n]   of whole frames of FG at the placement
    """
    if not (frame_map.bg != UNMATCHED).any():
        return False
    sure, robust_cost = placement.confidence or 0.0, 1 - (placement.score or 0.0)
    is_altered = sure > parameters.sure_altered and robust_cost < parameters.unaltered_cost
    return not (is_altered and len(zncc) > 0 and float(np.median(1 - zncc)) > parameters.altered_cost)
