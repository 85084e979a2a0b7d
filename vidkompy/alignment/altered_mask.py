"""Which cells of FG still show what BG shows: banners, logos and blurred faces do not."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from vidkompy.alignment.crops import Features
from vidkompy.model import F32

Mask = NDArray[np.bool_]

OTHER = 0.4  # of the picture's contrast: what a cell must differ by to count as altered
LEAST, MOST = 0.02, 0.6  # share of altered cells that is believed


def unaltered_mask(fg: Features, bg: Features, pairs: Sequence[tuple[int, int]]) -> Mask:
    """bool [h, w]: cells in which FG shows what BG shows; all of them if nothing, or too much, seems altered.

    pairs   (FG frame, BG frame) that match on the whole
    Finds what stays in place: a banner, a logo, a blurred face. Per pair a robust gain and offset; a cell is altered
    if its median residual over the pairs is large.
    """
    shape = fg.luma.shape[1:]
    residual = np.stack([_robust_residual(fg.luma[i].ravel(), bg.luma[j].ravel()) for i, j in pairs])
    large = (np.median(residual, axis=0).reshape(shape) > OTHER).astype(np.uint8)
    altered = cv2.morphologyEx(large, cv2.MORPH_OPEN, np.ones((2, 2), np.uint8))
    if not LEAST <= float(altered.mean()) <= MOST:
        return np.ones(shape, np.bool_)
    kept: Mask = np.asarray(cv2.dilate(altered, np.ones((3, 3), np.uint8))) == 0
    return kept


def _robust_residual(f: NDArray[np.uint8], b: NDArray[np.uint8]) -> F32:
    """f32 [cells]: what a robust gain and offset leave of f, in units of the contrast of b as FG shows it."""
    y, x = f.astype(np.float32), b.astype(np.float32)
    weight = np.ones_like(x)
    rest = y
    gain = 1.0
    for _ in range(8):
        mx, my = np.average(x, weights=weight), np.average(y, weights=weight)
        gain = float((weight * (x - mx) * (y - my)).sum() / ((weight * (x - mx) ** 2).sum() + 1e-6))
        rest = np.abs(y - my - gain * (x - mx))
        weight = np.asarray(1 / (1 + (rest / (2 * np.median(rest) + 0.5)) ** 2) ** 2, np.float32)
    return np.asarray(rest / (abs(gain) * x.std() + 2.0), np.float32)
