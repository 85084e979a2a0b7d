"""Distances on cell means that are given: what counts as visible, as nearer and as off follows from the parameters."""

import numpy as np
import pytest

from vidkompy.verification.parameters import VerificationParameters
from vidkompy.verification.picture_distance import (
    are_levels_off,
    cell_means,
    cells_inside,
    is_nearest,
    is_visibly_nearer,
    mean_squared_error,
)

PARAMETERS = VerificationParameters()
FLAT = np.full((10, 10), 100, np.float32)


def with_cells(count: int, level: float) -> np.ndarray:
    """FLAT with that many cells at another level."""
    cells = FLAT.copy()
    cells.ravel()[:count] = level
    return cells


def test_cells_leave_out_what_is_left_at_the_edges() -> None:
    plane = np.arange(35, dtype=np.uint8).reshape(5, 7)
    assert cell_means(plane, 2).tolist() == [[4, 6, 8], [18, 20, 22]]
    mask = np.ones((4, 4), np.bool_)
    mask[3, 3] = False
    assert cells_inside(mask, 2).tolist() == [[True, True], [True, False]]


@pytest.mark.parametrize(("cells", "level", "is_nearer"), [(4, 106, True), (3, 106, False), (100, 105.9, False)])
def test_a_rival_has_to_differ_visibly_in_enough_cells(cells: int, level: float, is_nearer: bool) -> None:
    rival = with_cells(cells, level)
    assert is_visibly_nearer(rival, rival, FLAT, PARAMETERS) is is_nearer
    assert is_nearest(rival, {0: FLAT, 1: rival}, PARAMETERS) is not is_nearer


def test_a_rival_that_is_no_nearer_does_not_count() -> None:
    assert not is_visibly_nearer(FLAT, with_cells(50, 120), FLAT, PARAMETERS)
    halfway = with_cells(50, 111)
    assert is_visibly_nearer(halfway, with_cells(50, 120), FLAT, PARAMETERS)
    assert not is_visibly_nearer(halfway, with_cells(50, 120), FLAT, PARAMETERS, error_ratio=0.5)


@pytest.mark.parametrize(
    ("cells", "level", "is_off"), [(51, 104.1, True), (49, 104.1, False), (21, 124.1, True), (20, 124.1, False)]
)
def test_levels_are_off_by_their_median_or_by_a_share_of_gross_cells(cells: int, level: float, is_off: bool) -> None:
    assert are_levels_off(with_cells(cells, level), FLAT, PARAMETERS, None) is is_off


def test_the_error_is_least_where_the_source_was_moved_to() -> None:
    source = np.random.default_rng(1).integers(0, 256, (20, 30), np.uint8)
    output = np.roll(source, -1, axis=1)  # shows at x what the source has at x + 1
    assert mean_squared_error(output, source, (0, 1)) == 0
    assert min(mean_squared_error(output, source, shift) for shift in ((0, 0), (0, -1), (1, 0), (-1, 0))) > 1000
