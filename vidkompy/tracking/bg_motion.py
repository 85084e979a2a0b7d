"""How BG's own picture moves below FG from one of its frames to another."""

from __future__ import annotations

import cv2
import numpy as np

from vidkompy.media.proxies import Proxies
from vidkompy.model import F64, Placement


def bg_motion(bg: Proxies, placement: Placement, i: int, j: int) -> F64:
    """f64 [2]: canvas px by which BG's picture below FG moves from frame i to j; 0 where hardly any of it lies there.

    Phase correlation (Kuglin & Hines 1975) of the small proxies, to a fraction of their px.
    """
    left, top, right, bottom = (round(edge / bg.small_factor) for edge in placement.drawn)
    _, height, width = bg.small.shape
    rows, columns = slice(max(top, 0), min(bottom, height)), slice(max(left, 0), min(right, width))
    before, after = (bg.small_copy(k)[rows, columns].astype(np.float64) for k in (i, j))
    if min(before.shape) < 2:
        return np.zeros(2)
    window = cv2.createHanningWindow(before.shape[::-1], cv2.CV_64F)
    return np.array(cv2.phaseCorrelate(before, after, window)[0]) * bg.small_factor
