"""Samples of YCbCr as red, green and blue, by the matrix and the range that a file says."""

from __future__ import annotations

import numpy as np

from vidkompy.model import F64

_UNKNOWN = ("", "unknown", "unspecified", "reserved")
_DEFAULT = "smpte170m"  # what swscale takes where nothing is said
_KR_KB = {  # by ffmpeg's names of matrices: weights of red and blue in luma. Source: ITU-T H.273, table 4
    "bt709": (0.2126, 0.0722),
    "fcc": (0.30, 0.11),
    "bt470bg": (0.299, 0.114),
    "smpte170m": (0.299, 0.114),
    "smpte240m": (0.212, 0.087),
    "bt2020nc": (0.2627, 0.0593),
    "bt2020c": (0.2627, 0.0593),
}


def known_matrix(*names: str) -> str:
    """The first of these names that says something, else what swscale takes."""
    return next((name for name in names if name not in _UNKNOWN), _DEFAULT)


def rgb_of(luma: F64, cb: F64, cr: F64, matrix: str, is_full: bool) -> F64:
    """f64 [..., 3]: red, green and blue of 8-bit samples, 0 black and 1 white; not clipped. matrix: ffmpeg's name."""
    red_weight, blue_weight = _KR_KB.get(matrix, _KR_KB[_DEFAULT])
    y = luma / 255 if is_full else (luma - 16) / 219
    cb, cr = ((chroma - 128) / (255 if is_full else 224) for chroma in (cb, cr))
    red, blue = y + 2 * (1 - red_weight) * cr, y + 2 * (1 - blue_weight) * cb
    green = (y - red_weight * red - blue_weight * blue) / (1 - red_weight - blue_weight)
    return np.stack([red, green, blue], axis=-1)
