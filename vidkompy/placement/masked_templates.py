"""Correlation of a template with every place of a canvas, where not all of the template counts."""

from __future__ import annotations

import cv2
import numpy as np

from vidkompy.model import F32, Mask
from vidkompy.numerics.gaussian_blur import gaussian_blur


def blurred(view: F32, sigma: float, compared: Mask | None) -> F32:
    """f32 [h, w]: Gaussian mean around each px, of those px that count; 0 where none is near.

    compared   bool [h, w]   None: all
    Source: normalized convolution, Knutsson & Westin 1993, doi:10.1109/CVPR.1993.341081.
    """
    if compared is None:
        return gaussian_blur(view, sigma, sigma)
    weight = compared.astype(np.float32)
    total, share = (gaussian_blur(v, sigma, sigma) for v in (view * weight, weight))
    return np.asarray(np.where(share > 1e-5, total / np.maximum(share, np.float32(1e-5)), 0), np.float32)


def correlations(canvas: F32, template: F32, compared: Mask | None) -> F32:
    """f32 [rows, columns]: ZNCC of the template at each place, over its px that count; 0 where one of both is flat."""
    if compared is None:
        return np.asarray(cv2.matchTemplate(canvas, template, cv2.TM_CCOEFF_NORMED), np.float32)
    found = cv2.matchTemplate(canvas, template, cv2.TM_CCOEFF_NORMED, mask=compared.astype(np.float32))
    is_sound = np.isfinite(found) & (np.abs(found) <= 1 + 1e-5)  # else it was divided by next to nothing
    return np.asarray(np.where(is_sound, found, 0), np.float32)
