"""Which cells of FG still show what BG shows: banners, logos and blurred faces do not.

FG is explained as gain * BG + offset, fitted robustly for each of some frame pairs. A cell whose residual is large in
most pairs was altered. Single cells are noise (morphological opening); the edge of what was altered is left out too
(dilation). A share that is too small or too large is not believed.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from vidkompy.alignment.crops import Features
from vidkompy.alignment.parameters import AlteredMaskParameters
from vidkompy.media.scratch_arrays import taken
from vidkompy.model import F32, U8

Mask = NDArray[np.bool_]


def unaltered_mask(
    fg: Features,
    bg: Features,
    pairs: Sequence[tuple[int, int]],
    parameters: AlteredMaskParameters = AlteredMaskParameters(),
) -> Mask:
    """bool [h, w]: cells that count in which FG shows what BG shows; all that count if nothing, or too much, differs.

    pairs   (FG frame, BG frame) that match on the whole
    Finds what stays in place: a cell is altered if its median residual over the pairs is large.
    """
    counted = fg.mask
    fg_frames, bg_frames = np.array(pairs).T
    fg_cells, bg_cells = taken(fg.luma, fg_frames)[:, counted], taken(bg.luma, bg_frames)[:, counted]
    is_large = ~counted  # beside what does not count, a narrow strip of altered cells is no noise
    is_large[counted] = (
        np.median(relative_residual(fg_cells, bg_cells, parameters), axis=0) > parameters.largest_residual
    )
    opened = cv2.morphologyEx(is_large.astype(np.uint8), cv2.MORPH_OPEN, _square(parameters.opening))
    altered = opened * counted.astype(np.uint8)
    if not parameters.least_share <= float(altered[counted].mean()) <= parameters.largest_share:
        return counted
    unaltered: Mask = (np.asarray(cv2.dilate(altered, _square(parameters.dilation))) == 0) & counted
    return unaltered


def relative_residual(fg: U8, bg: U8, parameters: AlteredMaskParameters) -> F32:
    """f32 [..., cells]: what a robust gain and offset leave of FG, in units of the contrast of BG as FG shows it.

    fg, bg   u8 [..., cells]   each row for itself
    Iteratively reweighted least squares (Holland & Welsch 1977, doi:10.1080/03610927708827533) with the weights of
    Geman & McClure 1987, (1 + (r / s)^2)^-2: a residual r far beyond the scale s loses all influence, so that a banner
    does not bend the fit. Differs: s follows the median residual from round to round.
    """
    y, x = fg.astype(np.float32), bg.astype(np.float32)
    weight, gain, residual = np.ones_like(x), np.ones_like(x[..., :1]), y
    for _ in range(parameters.rounds):
        total = weight.sum(axis=-1, keepdims=True)
        off_x, off_y = (v - (weight * v).sum(axis=-1, keepdims=True) / total for v in (x, y))
        weighted = weight * off_x
        variance = (weighted * off_x).sum(axis=-1, keepdims=True)
        gain = (weighted * off_y).sum(axis=-1, keepdims=True) / (variance + np.float32(1e-6))
        residual = np.abs(off_y - gain * off_x)
        median = np.median(residual, axis=-1, keepdims=True)
        scale = np.float32(parameters.scale_of_median) * median + np.float32(parameters.scale_offset)
        weight = 1 / (1 + (residual / scale) ** 2) ** 2
    contrast = np.abs(gain) * x.std(axis=-1, keepdims=True) + np.float32(parameters.contrast_offset)
    return np.asarray(residual / contrast, np.float32)


def _square(side: int) -> U8:
    return np.ones((side, side), np.uint8)
