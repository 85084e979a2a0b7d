"""How far each pair of colours is to be trusted: by how flat both clips are there, and whether both show the same."""

from __future__ import annotations

import cv2
import numpy as np

from vidkompy.colour_matching.parameters import ColourPairParameters
from vidkompy.model import F64


def pair_weights(
    fg_luma: F64, bg_luma: F64, fg_variance: F64, bg_variance: F64, parameters: ColourPairParameters
) -> F64:
    """f64 [rows, columns], 0..1, of a grid of cells; each argument is one, in grey levels or their squares.

    fg_luma, bg_luma           means of the cells
    fg_variance, bg_variance   within the cells
    The less flat clip counts alone: else a plain cover would outweigh what it does not cover.
    """
    variance = np.maximum(fg_variance, bg_variance)
    return shared_variance(fg_luma, bg_luma, parameters) / (1 + variance / parameters.flat_levels**2)


def shared_variance(fg_luma: F64, bg_luma: F64, parameters: ColourPairParameters) -> F64:
    """f64 [rows, columns], 0..1: r squared of the clips' luma around each cell; 1 where both are flat, 0 where r < 0.

    A grade keeps it near 1, whatever its curve; another picture does not.
    """
    side, least = (parameters.compared_cells,) * 2, parameters.noise_levels**2
    fg_mean, bg_mean = _around(fg_luma, side), _around(bg_luma, side)
    of_fg = np.maximum(_around(fg_luma**2, side) - fg_mean**2, 0) + least
    of_bg = np.maximum(_around(bg_luma**2, side) - bg_mean**2, 0) + least
    of_both = _around(fg_luma * bg_luma, side) - fg_mean * bg_mean + least
    return np.asarray(np.clip(of_both, 0, None) ** 2 / (of_fg * of_bg))


def _around(values: F64, side: tuple[int, int]) -> F64:
    """f64 [rows, columns]: means over the cells around each."""
    return np.asarray(cv2.blur(values, side, borderType=cv2.BORDER_REFLECT))
