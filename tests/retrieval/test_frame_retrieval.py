"""The best BG frame and the range around it that cannot be told from it, on costs that are given."""

import numpy as np
import pytest

from vidkompy.retrieval.frame_retrieval import BestFrame, best_frame
from vidkompy.retrieval.parameters import LocationParameters

PARAMETERS = LocationParameters(indistinct_cost_ratio=1.3, most_cost_ratio=100.0)
SCORES = np.array([0.5, 0.8, 0.9, 0.9, 0.8, 0.5], np.float32)  # of crops: 1 - score is five times 0.1 at the ends


def best(costs: dict[int, float], parameters: LocationParameters = PARAMETERS) -> BestFrame:
    return best_frame(SCORES, np.array(list(costs)), np.array(list(costs.values())), parameters)


def test_costs_of_large_views_decide_and_crops_only_rank_the_others() -> None:
    """Frame 3 costs least; 2 costs 1.2 times as much, 1 and 4 by their crops twice as much."""
    found = best({2: 0.012, 3: 0.010})
    assert (found.bg, found.low, found.high) == (3, 2, 4)
    assert found.cost_ratio_to_next == pytest.approx(2.0, rel=1e-5)


def test_a_wider_ratio_widens_the_range() -> None:
    found = best({2: 0.012, 3: 0.010}, LocationParameters(indistinct_cost_ratio=2.1))
    assert (found.low, found.high) == (1, 5)
    assert found.cost_ratio_to_next == pytest.approx(5.0, rel=1e-5)


def test_a_distinct_frame_ends_the_range_even_if_frames_beyond_it_fit() -> None:
    found = best({0: 0.010, 1: 0.050, 2: 0.050, 3: 0.010, 4: 0.050, 5: 0.010})
    assert (found.bg, found.low, found.high) == (0, 0, 1)
    assert found.cost_ratio_to_next == 1


def test_the_margin_is_bounded_where_no_other_frame_is_left() -> None:
    found = best(dict.fromkeys(range(6), 0.01))
    assert (found.low, found.high, found.cost_ratio_to_next) == (0, 6, PARAMETERS.most_cost_ratio)
