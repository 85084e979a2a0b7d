"""Transforms do to pictures and boxes what their formula says."""

import numpy as np
import pytest

from vidkompy.placement.transforms import corner_shift, visible_pixels, warp

RAMP = np.add.outer(np.arange(40) * 3.0, np.arange(60) * 2.0).astype(np.float32)  # 2 levels per px along x, 3 along y


@pytest.mark.parametrize("q", [(1, 1, 5, 7), (1, 1, 5.25, 7.5), (2, 1.5, 3, 4), (0.5, 0.5, 10, 11)])
def test_a_ramp_lies_where_the_transform_puts_it(q: tuple[float, ...]) -> None:
    """Centres lie at k + 0.5. Bilinear weights are multiples of 1/32: 1/64 px of each slope."""
    warped = warp(RAMP, np.array(q), (12, 16))
    x, y = (q[k] * (np.arange(n) + 0.5) + q[k + 2] - 0.5 for k, n in ((0, 16), (1, 12)))
    np.testing.assert_allclose(warped, np.add.outer(3 * y, 2 * x), atol=(2 + 3) / 64 + 1e-3)


def test_visible_is_what_lies_in_the_box_and_on_the_canvas() -> None:
    mask = visible_pixels(np.array([1.0, 1.0, -4.0, 0.0]), (10, 12), (40, 60), (0, 2, 12, 10), 1)
    rows, columns = np.nonzero(mask)
    assert (rows.min(), rows.max()) == (3, 8)  # a px inside the box
    assert (columns.min(), columns.max()) == (5, 10)  # x - 4 >= 1.5, and a px inside the box
    assert mask.sum() == 6 * 6


def test_corners_move_by_scale_and_shift() -> None:
    still = np.array([1.0, 1.0, 0.0, 0.0])
    assert corner_shift(still, still, (0, 0, 100, 50)) == 0
    assert corner_shift(still + np.array([0, 0, 0.25, -0.5]), still, (0, 0, 100, 50)) == 0.5
    assert corner_shift(still + np.array([0.01, 0.01, -0.5, -0.25]), still, (0, 0, 100, 50)) == pytest.approx(0.5)
