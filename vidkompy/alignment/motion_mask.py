"""Which cells of the grid change in time, beyond what noise and compression do."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vidkompy.model import F32, U8

Mask = NDArray[np.bool_]

FRAMES = 48  # looked at, each with its two neighbours: noise shows between them, motion over the clip
STILL = 1.5  # grey levels of change over time; compression makes that much
OVER_NOISE = 1.5  # times the noise: what a slow change must reach
LOUD = 6.0  # grey levels: averaged over a cell, noise stays below


def temporal_deviation(frames: U8) -> F32:
    """f32 [h, w]: standard deviation of each cell over time, grey levels."""
    out: F32 = frames[_sampled(len(frames))].astype(np.float32).std(axis=0)
    return out


def moving_cells(frames: U8) -> Mask:
    """bool [h, w]: cells whose change is not stillness and not mere noise.

    Noise is what differs from the mean of both neighbours in time. Fast motion looks the same, so it counts by size.
    """
    spread = temporal_deviation(frames)
    if len(frames) < 3:
        return spread > STILL
    middle = np.clip(_sampled(len(frames)), 1, len(frames) - 2)
    bend = 2 * frames[middle].astype(np.float32) - frames[middle - 1] - frames[middle + 1]
    noise = np.sqrt((bend**2).mean(axis=0) / 6)
    kept: Mask = (spread > STILL) & ((spread > OVER_NOISE * noise) | (spread > LOUD))
    return kept


def _sampled(count: int) -> NDArray[np.int64]:
    return np.unique(np.linspace(0, count - 1, min(FRAMES, count)).round().astype(np.int64))
