"""How much each cell of the crops tells of time: the less, the more of it BG does not explain at any time nearby.

Least squares weighs observations by the inverse of their variance (Aitken 1936, doi:10.1017/S0370164600014346). The
variance of a cell is what is left of it where it fits best, some BG frames around the one that a first map gives: that
does not count a map that is a few frames off against cells that move. A replaced mouth, a logo over moving picture or
rain of FG's own fits no BG frame, and loses its weight; so do edges that a coarse encoder left standing.
"""

from __future__ import annotations

import cv2
import numpy as np

from vidkompy.alignment.crops import Features
from vidkompy.alignment.encoder_lag_parameters import CellWeightParameters
from vidkompy.media.proxies import evenly_spaced
from vidkompy.media.scratch_arrays import taken
from vidkompy.model import F32, I64, UNMATCHED, FrameMap


def cell_weights(fg: Features, bg: Features, frame_map: FrameMap, parameters: CellWeightParameters) -> F32 | None:
    """f32 [h, w]: weights of the cells, of mean 1 over those that count; None where no frame is matched."""
    matched = np.flatnonzero(frame_map.bg != UNMATCHED)
    if not len(matched):
        return None
    frames = matched[evenly_spaced(len(matched), parameters.sample)]
    residual = _least_residuals(fg, bg, frames, frame_map.bg[frames], parameters).mean(axis=0)
    usual = max(float(np.median(residual[fg.mask])), parameters.least_variance)
    weights = 1 / (residual + parameters.usual_share * usual)
    relative: F32 = weights / weights[fg.mask].mean()
    return relative


def _least_residuals(fg: Features, bg: Features, frames: I64, bg_frames: I64, parameters: CellWeightParameters) -> F32:
    """f32 [n, h, w]: squared grey levels that the best BG frame nearby leaves of each cell's surroundings."""
    levels = taken(fg.luma, frames).astype(np.float32)
    gain, offset = np.polyfit(taken(bg.luma, bg_frames)[:, bg.mask].ravel(), levels[:, fg.mask].ravel(), 1)
    least = np.full(levels.shape, np.inf, np.float32)
    square = (parameters.blur, parameters.blur)
    for shift in range(-parameters.reach, parameters.reach + 1):
        below = taken(bg.luma, np.clip(bg_frames + shift, 0, len(bg) - 1)).astype(np.float32)
        squared = (levels - np.float32(gain) * below - np.float32(offset)) ** 2
        for picture, best in zip(squared, least, strict=True):
            np.minimum(best, cv2.blur(picture, square), out=best)
    return least
