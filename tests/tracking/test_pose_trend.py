"""Where a place keeps to a trend, poses off it are dear; where it shakes, or starts to move, they are cheap."""

import numpy as np
import pytest

from vidkompy.model import F64
from vidkompy.tracking.parameters import TrendParameters
from vidkompy.tracking.pose_trend import pose_trend, standing_penalty, trend_penalty

NUMBERS = TrendParameters()
SIZE = (200.0, 100.0)


def poses(x: F64) -> F64:
    return np.column_stack([np.ones_like(x), 0 * x, x, 0 * x])


def test_scatter_is_that_of_the_frames_around() -> None:
    noise = np.random.default_rng(1).normal(0, 1, 60)
    x = np.concatenate([noise * 0.02, noise * 3])
    scatter = pose_trend(poses(x), SIZE, NUMBERS.half_frames, NUMBERS).scatter
    assert scatter[:50] == pytest.approx(NUMBERS.noise_px)
    assert scatter[70:].min() > 5 * NUMBERS.noise_px


def test_a_shaky_place_binds_time_less_than_one_place_of_all() -> None:
    steady = trend_penalty(np.array(0.3), 0.1, NUMBERS)
    assert steady == pytest.approx(NUMBERS.penalty * 9, rel=0.02)
    assert trend_penalty(np.array(9.0), 3.0, NUMBERS) < steady / 5
    assert standing_penalty(np.array(9.0), 3.0, NUMBERS) == pytest.approx(NUMBERS.penalty * 9)
