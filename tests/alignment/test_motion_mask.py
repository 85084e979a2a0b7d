"""Cells that only flicker under noise do not count as moving; cells that drift or jump do."""

import numpy as np
import pytest

from vidkompy.alignment.motion_mask import moving_cells, temporal_deviation
from vidkompy.alignment.parameters import MotionMaskParameters

PARAMETERS = MotionMaskParameters()


def test_noise_is_still_and_drift_and_flashes_move() -> None:
    """Cells 0: still, 1: noise of 3 grey levels, 2: a drift under the same noise, 3: black and white by turns."""
    rng = np.random.default_rng(1)
    frames = np.full((200, 1, 4), 120.0)
    frames[:, 0, 1:3] += rng.normal(0, 3, (200, 2))
    frames[:, 0, 2] += np.linspace(0, 40, 200)
    frames[::2, 0, 3] = 0
    assert moving_cells(np.rint(frames).astype(np.uint8), PARAMETERS)[0].tolist() == [False, False, True, True]


def test_two_frames_tell_no_noise() -> None:
    frames = np.array([[[10, 10]], [[10, 20]]], np.uint8)
    assert temporal_deviation(frames, PARAMETERS)[0].tolist() == pytest.approx([0, 5])
    assert moving_cells(frames, PARAMETERS)[0].tolist() == [False, True]
