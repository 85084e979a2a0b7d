"""Crops are means over the cells of a grid on FG's content, and on BG at FG's place, to a fraction of a px."""

import numpy as np
import pytest
from support.placed_proxies import clip

from vidkompy.alignment.crops import crop_features
from vidkompy.model import Placement

FG_SIZE, BG_SIZE = (120, 80), (240, 160)
WHOLE = (0.0, 0.0, 120.0, 80.0)


def ramps(width: int, height: int) -> np.ndarray:
    """u8 [2, height, width]: levels that rise by 1 a px, in one frame across, in the other down."""
    down, across = np.mgrid[:height, :width]
    return np.stack([across, down]).astype(np.uint8)


@pytest.mark.parametrize(("x", "y"), [(40.0, 30.0), (40.25, 30.75), (101.5, 8.0)])
@pytest.mark.parametrize("scale", [1.0, 0.8])
def test_cells_of_bg_lie_where_fg_does(x: float, y: float, scale: float) -> None:
    place = Placement(x, y, 120 * scale, 80 * scale)
    fg, bg = crop_features(clip(ramps(*FG_SIZE)), clip(ramps(*BG_SIZE)), place, WHOLE, 24)
    assert fg.luma.shape == bg.luma.shape == (2, 16, 24)
    middles = (np.arange(24) + 0.5) * 5, (np.arange(16) + 0.5) * 5  # FG px
    for features, start, per_px in ((fg, (0.0, 0.0), 1.0), (bg, (x, y), scale)):
        for frame, of_cell, first in zip(features.luma, middles, start, strict=True):
            lines = frame if of_cell is middles[0] else frame.T
            wanted = first + per_px * of_cell - 0.5  # a px shows its level at its middle
            assert np.abs(lines - wanted).max() <= 0.5 + 1e-3


def test_beyond_the_last_middle_of_a_px_it_is_as_there() -> None:
    fg, bg = crop_features(clip(ramps(120, 80)), clip(ramps(120, 80)), Placement(0, 0, 120, 80), WHOLE, 240)
    np.testing.assert_array_equal(fg.luma, bg.luma)
    assert (fg.luma[0, :, 0] == 0).all()
    assert (fg.luma[0, :, -1] == 119).all()


def test_a_part_that_is_off_the_canvas_is_left_out() -> None:
    fg, bg = crop_features(clip(ramps(*FG_SIZE)), clip(ramps(*BG_SIZE)), Placement(180, 0, 120, 80), WHOLE, 30)
    assert fg.luma.shape == bg.luma.shape
    assert int(bg.luma[0].max()) == 239 - 1  # of the last cell, two px and two thirds wide
    assert np.abs(fg.luma[0].astype(int) + 180 - bg.luma[0]).max() <= 1  # ties are rounded either way
