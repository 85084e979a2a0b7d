"""Bands keep their cells, transition tables are what they claim, and a path costs what the search minimised."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vidkompy.numerics.viterbi import (
    FORBIDDEN_COST,
    Band,
    Transitions,
    cheapest_path,
    deviation_step_costs,
    path_cost,
    path_margins,
    rate_step_costs,
    zero_step_costs,
)
from vidkompy.numerics.viterbi_parameters import TransitionParameters


def test_frames_that_look_the_same_are_no_rivals() -> None:
    band = Band.full(np.array([[0, 1, 2, 30], [0, 1, 2, 30]], np.float32))
    path, same = np.zeros(2, np.int64), (np.zeros(2, np.int64), np.array([1, 3]))
    assert path_margins(band, path, same, Transitions(zero_step_costs(2), 30.0)).tolist() == [2, 32]


def test_fixed_rows_keep_their_cells_only() -> None:
    band = Band.full(np.arange(12, dtype=np.float32).reshape(3, 4)).restricted([(1, 2, 3), (2, 3, 9)])
    assert [band.row(i).tolist() for i in range(3)] == [[0, 1, 2, 3], [6], [11]]
    assert cheapest_path(band, Transitions(zero_step_costs(4), 30.0))[0].tolist() == [0, 2, 3]


def test_costs_keep_their_precision_over_a_long_clip() -> None:
    """20,000 rows of cost 1e4 each: a plain float32 sum would lose a difference of 0.5."""
    cost = np.full((20_000, 2), 1e4, np.float32)
    cost[:, 1] += 0.5
    transitions = Transitions(zero_step_costs(2), 1.0)
    _, total = cheapest_path(Band.full(cost), transitions)
    assert total == pytest.approx(20_000 * 1e4, rel=1e-12)
    path = np.zeros(20_000, np.int64)
    assert path_margins(Band.full(cost), path, (path, path + 1), transitions)[-1] == pytest.approx(0.5)


def test_rate_step_costs_are_those_of_probabilities() -> None:
    parameters = TransitionParameters()
    for rate in (0.0, 0.4, 1.0, 1.25, 2.5, 11.0):
        costs = rate_step_costs(rate, parameters)[parameters.step_count - 1 :]
        assert np.exp(-costs).sum() == pytest.approx(1, abs=0.03)


def test_deviations_cost_nothing_where_met_and_grow() -> None:
    parameters = TransitionParameters(step_count=3, first_deviation=6.0, further_deviation=1.5)
    assert deviation_step_costs(parameters).tolist() == [7.5, 6, 0, 6, 7.5]


def test_a_narrowed_band_keeps_its_costs_and_never_empties() -> None:
    rng = np.random.default_rng(3)
    cost = rng.random((6, 9)).astype(np.float32)
    centre = np.array([0, 0, 3, 5, 8, 8])
    band = Band.full(cost).near(centre, 1)
    for i, j in enumerate(centre):
        lo, hi = max(0, j - 1), min(9, j + 2)
        assert band.lo[i] == lo
        np.testing.assert_array_equal(band.row(i), cost[i, lo:hi])


@settings(max_examples=60)
@given(st.integers(0, 2**31), st.sampled_from([FORBIDDEN_COST, 2.0]))
def test_the_cheapest_path_costs_its_total(seed: int, leap: float) -> None:
    rng = np.random.default_rng(seed)
    cost = (rng.integers(0, 40, (7, 9)) / 4).astype(np.float32)
    band = Band(np.zeros(7, np.int64), np.arange(8) * 9, cost.reshape(-1), rng.random(7) < 0.3)
    transitions = Transitions((rng.integers(0, 12, 5) / 4).astype(np.float32), 3.0, leap)
    path, total = cheapest_path(band, transitions)
    assert path_cost(band, path, transitions) == pytest.approx(total, abs=1e-4)


def test_a_band_knows_its_rows() -> None:
    band = Band(np.array([2, 5]), np.array([0, 3, 5]), np.array([3, 1, 2, 9, 8], np.float32))
    assert band.stop.tolist() == [5, 7]
    assert band.row_minima().tolist() == [1, 8]
    assert band.row_maxima().tolist() == [3, 9]
    assert band.along(np.array([4, 5])).tolist() == [2, 9]
