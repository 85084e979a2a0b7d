"""Pictures that an encoder left standing do not hold the map back."""

from dataclasses import replace

import numpy as np
import pytest
from support.drifting_patterns import drifting_patterns

from vidkompy.alignment.banded_scores import quadratic_costs, zncc_band
from vidkompy.alignment.crops import Features
from vidkompy.alignment.encoder_lag import align_despite_lag, noise_of_differences
from vidkompy.alignment.engine_contract import SearchOptions
from vidkompy.alignment.path_choice import map_along_cheaper_path
from vidkompy.model import FrameMap
from vidkompy.numerics.viterbi import Band
from vidkompy.numerics.viterbi_parameters import LocalCostParameters


def test_a_picture_left_standing_by_its_encoder_does_not_hold_the_map_back() -> None:
    """An encoder that renews only what changes by 2 levels or more, and all of it every 10 frames."""
    bg = drifting_patterns(120)
    bg.luma[:] = 128 + (bg.luma.astype(np.int16) - 128) // 2
    truth = np.arange(10, 110)
    luma = bg.luma[truth]
    for i in (i for i in range(1, 100) if i % 10):
        still = np.abs(luma[i].astype(np.int16) - luma[i - 1]) < 2
        luma[i][still] = luma[i - 1][still]
    score = zncc_band(replace(bg, luma=luma), bg, SearchOptions())
    plain = map_along_cheaper_path(score, quadratic_costs(score, 0.7, LocalCostParameters()), bg, SearchOptions()).bg
    lagging = align_despite_lag(score, replace(bg, luma=luma), bg, SearchOptions(), map_along_cheaper_path).bg
    assert (plain == truth).mean() < 0.95
    np.testing.assert_array_equal(lagging, truth)


@pytest.mark.parametrize("gop", [60, 120])
def test_keyframes_decide_where_all_other_frames_lag_alike(gop: int) -> None:
    """Other frames show the mean of their picture and the one before, a little more of that, and noise."""
    bg = drifting_patterns(140)
    truth = np.arange(10, 130)
    luma = bg.luma[truth].astype(np.float32)
    lag = np.arange(len(truth)) % gop > 0
    luma[lag] = 0.49 * luma[lag] + 0.51 * bg.luma[truth[lag] - 1]
    luma[lag] += np.random.default_rng(5).normal(0, 8, luma[lag].shape)
    fg = replace(bg, luma=np.clip(luma.round(), 0, 255).astype(np.uint8))
    score = zncc_band(fg, bg, SearchOptions())
    plain = map_along_cheaper_path(score, quadratic_costs(score, 0.7, LocalCostParameters()), bg, SearchOptions()).bg
    assert (plain == truth - 1).mean() > 0.9
    lagging = align_despite_lag(score, fg, bg, SearchOptions(), map_along_cheaper_path).bg
    np.testing.assert_array_equal(lagging, truth)


def test_a_regular_path_is_left_to_the_model_of_noise() -> None:
    bg = drifting_patterns(60)
    fg = replace(bg, luma=bg.luma[10:50])
    chosen = []

    def choose(score: Band, cost: Band, bg: Features, search: SearchOptions) -> FrameMap:
        chosen.append(cost.values.copy())
        return map_along_cheaper_path(score, cost, bg, search)

    align_despite_lag(zncc_band(fg, bg, SearchOptions()), fg, bg, SearchOptions(), choose)
    assert len(chosen) == 1


# ---- noise of BG


@pytest.mark.parametrize(("noise", "velocity"), [(0.02, 0.1), (0.05, 0.0), (0.0, 0.2)])
def test_noise_and_steady_motion_are_distinguished(noise: float, velocity: float) -> None:
    """D(k) = N + (k v)^2: 0.03 and 0.06 for N = 0.02 and v = 0.1; (4 * 0.03 - 0.06) / 3 = 0.02."""
    one, two = (np.array([noise + (k * velocity) ** 2], np.float32) for k in (1, 2))
    assert noise_of_differences(one, two, 0.1)[0] == pytest.approx(noise, abs=1e-6)


def test_motion_that_stops_passes_for_noise_up_to_a_limit() -> None:
    one, two = np.array([0.03, 0.3], np.float32), np.array([0.03, 0.3], np.float32)
    np.testing.assert_allclose(noise_of_differences(one, two, 0.1), [0.03, 0.1], rtol=1e-6)


def test_noise_of_a_drifting_picture_is_measured() -> None:
    """Unit vectors that turn by 0.05 a frame, with noise of norm 0.1: each pair differs by 2 * 0.1^2 of it."""
    rng = np.random.default_rng(3)
    angle = 0.05 * np.arange(400)
    plane = np.linalg.qr(rng.normal(size=(500, 2)))[0]
    rows = np.stack([np.cos(angle), np.sin(angle)], axis=1) @ plane.T
    rows += rng.normal(0, 0.1 / np.sqrt(500), rows.shape)
    one, two = (((rows[2:] - rows[2 - k : len(rows) - k]) ** 2).sum(axis=1).astype(np.float32) for k in (1, 2))
    assert np.median(noise_of_differences(one, two, 0.1)) == pytest.approx(0.02, rel=0.03)
    assert np.median(one) > 0.022
