"""Which cells of the grid change in time, beyond what noise and compression do.

Change is a cell's standard deviation over frames sampled from the whole clip; noise is what a frame differs from the
mean of both its neighbours.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vidkompy.alignment.parameters import MotionMaskParameters
from vidkompy.model import F32, I64, U8

Mask = NDArray[np.bool_]


def temporal_deviation(frames: U8, parameters: MotionMaskParameters) -> F32:
    """f32 [h, w]: standard deviation of each cell over time, grey levels."""
    out: F32 = frames[_sampled(len(frames), parameters)].astype(np.float32).std(axis=0)
    return out


def moving_cells(frames: U8, parameters: MotionMaskParameters) -> Mask:
    """bool [h, w]: cells whose change exceeds both that of still cells and that of noise.

    For noise of variance s^2, the second difference 2b - a - c of three frames has variance (4 + 1 + 1) s^2. Fast
    motion makes one as large, so a change beyond `certain_deviation` counts whatever the noise.
    """
    deviation = temporal_deviation(frames, parameters)
    is_changing = deviation > parameters.still_deviation
    if len(frames) < 3:
        return is_changing
    middle = np.clip(_sampled(len(frames), parameters), 1, len(frames) - 2)
    second_difference = 2 * frames[middle].astype(np.float32) - frames[middle - 1] - frames[middle + 1]
    noise = np.sqrt((second_difference**2).mean(axis=0) / 6)
    exceeds_noise = (deviation > parameters.noise_factor * noise) | (deviation > parameters.certain_deviation)
    mask: Mask = is_changing & exceeds_noise
    return mask


def _sampled(count: int, parameters: MotionMaskParameters) -> I64:
    """Frames spread over the clip, first and last among them."""
    return np.unique(np.linspace(0, count - 1, min(parameters.sample, count)).round().astype(np.int64))
