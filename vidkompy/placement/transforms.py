"""Transforms from FG to the canvas: which part of FG they show, and what they may be fitted along.

A transform is f64 [4], q = [sx, sy, tx, ty]: canvas = s * fg + t, in continuous coordinates, so that pixel k covers
[k, k + 1) and its centre is k + 0.5. It says nothing of units: frame px, or px of any two views of both clips.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from vidkompy.model import F32, F64, U8, Box

# Columns that a fit may move along: f64 [4, m].
TRANSLATION = np.array([[0, 0], [0, 0], [1, 0], [0, 1]], np.float64)
ISOTROPIC = np.array([[1, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]], np.float64)
ANISOTROPIC = np.eye(4)
SAMPLING_INSET_PX = 1.5  # from a canvas edge to a centre whose bilinear value and central difference exist


def warp(image: U8 | F32, q: F64, shape: tuple[int, int]) -> F32:
    """f32 [shape]: canvas `image` resampled bilinearly on the FG grid of this shape; its edge pixels go on outside."""
    matrix = np.array([[q[0], 0, 0.5 * q[0] + q[2] - 0.5], [0, q[1], 0.5 * q[1] + q[3] - 0.5]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    warped = cv2.warpAffine(image, matrix, (shape[1], shape[0]), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return warped.astype(np.float32, copy=False)


def visible_pixels(
    q: F64, shape: tuple[int, int], canvas: tuple[int, int], box: Box, inset: float
) -> NDArray[np.bool_]:
    """bool [shape]: FG pixels inside the content box that fall on the canvas.

    shape    rows and columns of FG's grid
    canvas   rows and columns of BG
    box      px of FG's grid
    inset    px of FG's grid along the content box's edge that are left out
    """
    x, y = np.arange(shape[1]) + 0.5, np.arange(shape[0]) + 0.5
    cx, cy = q[0] * x + q[2], q[1] * y + q[3]
    ok_x = (
        (x >= box[0] + inset) & (x < box[2] - inset) & (cx >= SAMPLING_INSET_PX) & (cx <= canvas[1] - SAMPLING_INSET_PX)
    )
    ok_y = (
        (y >= box[1] + inset) & (y < box[3] - inset) & (cy >= SAMPLING_INSET_PX) & (cy <= canvas[0] - SAMPLING_INSET_PX)
    )
    both: NDArray[np.bool_] = ok_y[:, None] & ok_x[None, :]
    return both


def corner_shift(a: F64, b: F64, box: Box) -> float:
    """Largest movement of the content box's corners between two transforms, along one axis, in canvas px.

    >>> corner_shift(np.array([1.25, 1, 0, 2]), np.array([1.0, 1, 0, 0]), (0, 0, 40, 30))  # a quarter of 40 px
    10.0
    """
    d = np.asarray(a) - np.asarray(b)
    return float(max(abs(d[i] * box[k] + d[i + 2]) for i in (0, 1) for k in (i, i + 2)))
