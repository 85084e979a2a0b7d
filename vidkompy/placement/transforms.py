"""Transforms from FG to the canvas: which part of FG they show, and what they may be fitted along.

A transform is f64 [4], q = [sx, sy, tx, ty]: canvas = s * fg + t, in continuous coordinates, so that pixel k covers
[k, k + 1) and its centre is k + 0.5. It says nothing of units: frame px, or px of any two views of both clips.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from vidkompy.model import F32, F64, U8, Box

# Basis vectors that a fit may move along: f64 [4, m].
TRANSLATION = np.array([[0, 0], [0, 0], [1, 0], [0, 1]], np.float64)
ISOTROPIC = np.array([[1, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]], np.float64)
ANISOTROPIC = np.eye(4)
SAMPLING_INSET_PX = 1.5  # from a canvas edge to a centre whose bilinear value and central difference exist


def is_translation(freedom: F64) -> bool:
    """Whether these basis vectors move a transform without scaling it."""
    return np.array_equal(freedom, TRANSLATION)


def stretch_of(q: F64) -> float:
    """Scale along y over that along x."""
    return float(q[1] / q[0])


def warp(image: U8 | F32, q: F64, shape: tuple[int, int]) -> F32:
    """f32 [shape]: canvas `image` resampled bilinearly on the FG grid of this shape; its edge pixels go on outside."""
    matrix = np.array([[q[0], 0, 0.5 * q[0] + q[2] - 0.5], [0, q[1], 0.5 * q[1] + q[3] - 0.5]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    warped = cv2.warpAffine(image, matrix, (shape[1], shape[0]), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return warped.astype(np.float32, copy=False)


def visible_pixels(
    q: F64,
    fg_shape: tuple[int, int],
    canvas_shape: tuple[int, int],
    box: Box,
    inset: float,
    compared: NDArray[np.bool_] | None = None,
) -> NDArray[np.bool_]:
    """bool [fg_shape]: FG pixels inside the content box that fall on the canvas.

    fg_shape, canvas_shape   rows and columns of FG's grid and of BG
    box                      px of FG's grid
    inset                    px of FG's grid along the content box's edge that are left out
    compared                 bool [fg_shape]   pixels that count; None: all
    """
    left, top, right, bottom = box
    scale_x, scale_y, shift_x, shift_y = q
    canvas_height, canvas_width = canvas_shape
    x, y = np.arange(fg_shape[1]) + 0.5, np.arange(fg_shape[0]) + 0.5
    canvas_x, canvas_y = scale_x * x + shift_x, scale_y * y + shift_y
    is_content_x, is_content_y = (x >= left + inset) & (x < right - inset), (y >= top + inset) & (y < bottom - inset)
    is_on_canvas_x = (canvas_x >= SAMPLING_INSET_PX) & (canvas_x <= canvas_width - SAMPLING_INSET_PX)
    is_on_canvas_y = (canvas_y >= SAMPLING_INSET_PX) & (canvas_y <= canvas_height - SAMPLING_INSET_PX)
    visible: NDArray[np.bool_] = (is_content_y & is_on_canvas_y)[:, None] & (is_content_x & is_on_canvas_x)[None, :]
    return visible if compared is None else visible & compared


def corner_shift(a: F64, b: F64, box: Box) -> float:
    """Largest movement of the content box's corners between two transforms, along one axis, in canvas px.

    >>> corner_shift(np.array([1.25, 1, 0, 2]), np.array([1.0, 1, 0, 0]), (0, 0, 40, 30))  # a quarter of 40 px
    10.0
    """
    left, top, right, bottom = box
    scale_x, scale_y, shift_x, shift_y = np.asarray(a) - np.asarray(b)
    along_x = (scale_x * left + shift_x, scale_x * right + shift_x)
    along_y = (scale_y * top + shift_y, scale_y * bottom + shift_y)
    return float(max(abs(shift) for shift in (*along_x, *along_y)))
