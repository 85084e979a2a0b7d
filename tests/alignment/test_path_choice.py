"""The path whose steps and pictures take fewer bits is chosen, and irregular steps have a price."""

from dataclasses import replace

import numpy as np
import pytest
from support.drifting_patterns import drifting_patterns

from vidkompy.alignment.banded_scores import quadratic_costs, zncc_band
from vidkompy.alignment.engine_contract import SearchOptions
from vidkompy.alignment.parameters import AlignmentParameters
from vidkompy.alignment.path_choice import irregularity, map_along_cheaper_path, map_along_free_path
from vidkompy.numerics.viterbi_parameters import LocalCostParameters


@pytest.mark.parametrize("path", [np.arange(120), np.arange(120) * 5 // 4, np.arange(120) // 2, np.full(120, 7), [3]])
def test_a_steady_path_is_regular_at_any_speed(path: list[int]) -> None:
    assert irregularity(np.array(path), AlignmentParameters()) == 0


def test_a_frame_off_in_one_place_costs_two_deviations() -> None:
    """One step too short, the next one too long: twice `first_deviation`."""
    path = np.arange(120)
    path[60] -= 1
    assert irregularity(path, AlignmentParameters()) == 12


def test_a_jump_costs_what_any_jump_costs() -> None:
    path = np.r_[0:60, 90:150]
    assert irregularity(path, AlignmentParameters()) == AlignmentParameters().transitions.jump


def test_a_steady_speed_decides_where_noise_hides_the_pictures() -> None:
    """At half speed, under noise of 20 grey levels: the free path is 92.7 % right."""
    bg = drifting_patterns(150)
    truth = np.arange(110) // 2
    noise = np.random.default_rng(2).normal(0, 20, (110, *bg.luma.shape[1:]))
    fg = replace(bg, luma=np.clip(bg.luma[truth] + noise, 0, 255).astype(np.uint8))
    search = SearchOptions(floor=0.1)
    score = zncc_band(fg, bg, search)
    cost = quadratic_costs(score, search.floor, LocalCostParameters())
    free, chosen = (choose(score, cost, bg, search).bg for choose in (map_along_free_path, map_along_cheaper_path))
    assert (free == truth).mean() < 0.96
    np.testing.assert_array_equal(chosen, truth)


def test_pictures_decide_against_a_trend_where_they_are_clear() -> None:
    """Frames come at random steps of 0 to 3: no speed predicts them, and none is imposed."""
    bg = drifting_patterns(220)
    truth = np.cumsum(np.random.default_rng(5).integers(0, 4, 110))
    fg = replace(bg, luma=bg.luma[truth])
    score = zncc_band(fg, bg, SearchOptions())
    cost = quadratic_costs(score, 0.7, LocalCostParameters())
    np.testing.assert_array_equal(map_along_cheaper_path(score, cost, bg, SearchOptions()).bg, truth)
