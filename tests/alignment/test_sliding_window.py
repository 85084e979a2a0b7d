"""The score of two frames is their correlation where luma is Gaussian, and windows leave room for pins."""

import numpy as np
import pytest
from support.drifting_patterns import drifting_patterns

from vidkompy.alignment.engine_contract import SearchOptions
from vidkompy.alignment.parameters import AlignmentParameters, SlidingWindowParameters
from vidkompy.alignment.sliding_window import _window_through_pins, align_in_window, difference_score_band
from vidkompy.errors import NoMatch

PARAMETERS = SlidingWindowParameters()


@pytest.mark.parametrize("correlation", [0.3, 0.7, 0.95])
def test_the_score_of_gaussian_pictures_is_their_correlation(correlation: float) -> None:
    """20,000 cells: the mean absolute difference is known to 1 %."""
    rng = np.random.default_rng(1)
    one, other = rng.normal(0, 40, (2, 20_000))
    two = correlation * one + np.sqrt(1 - correlation**2) * other
    fg, bg = (np.rint(row[None] * PARAMETERS.subdivision).astype(np.int16) for row in (one, two))
    score = difference_score_band(fg, bg, np.array([0]), np.array([1]), PARAMETERS)
    assert score.values[0] == pytest.approx(correlation, abs=0.02)


def test_a_pin_outside_the_window_is_kept() -> None:
    bg = drifting_patterns(120)
    search = SearchOptions(window=5, pins=((20, 90),))
    found = align_in_window(bg, bg, search).bg
    assert found[20] == 90
    assert (np.diff(found[found >= 0]) >= 0).all()


def test_windows_lead_through_two_pins_in_fg_order() -> None:
    """FG frames 1 and 3 are pinned to BG frames 4 and 8: frame 0 may come 2 before 4, frame 2 at most 2 after it."""
    search = SearchOptions(window=2, pins=((3, 8), (1, 4)))
    lo, hi = np.full(5, 5), np.full(5, 6)
    new_lo, new_hi = _window_through_pins(lo, hi, search, 20)
    assert (new_lo.tolist(), new_hi.tolist()) == ([2, 4, 5, 8, 8], [5, 5, 7, 9, 11])
    assert (lo.tolist(), hi.tolist()) == ([5] * 5, [6] * 5)


def test_passes_too_far_apart_are_refused_with_a_way_out() -> None:
    bg = drifting_patterns(60)
    search = SearchOptions(parameters=AlignmentParameters(sliding_window=SlidingWindowParameters(most_cells=600)))
    with pytest.raises(NoMatch, match=r"lie \d+ BG frames apart, at most 10 fit; raise --window"):
        align_in_window(bg, bg, search)
