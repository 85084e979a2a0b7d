"""When FG is shown is told by what is not ignored of it: by every engine, and in the mask of altered cells."""

from dataclasses import replace
from typing import get_args

import numpy as np
import pytest
from support.drifting_patterns import drifting_patterns
from support.overlaid_films import LATE, OVERLAY, OverlaidFilm, moving_late
from support.placed_proxies import H, W, X, Y, clip

from vidkompy.alignment.altered_mask import unaltered_mask
from vidkompy.alignment.crops import check_counted_cells, crop_features
from vidkompy.alignment.engine_contract import SearchOptions
from vidkompy.alignment.engine_names import EngineName
from vidkompy.errors import NoMatch
from vidkompy.measuring.given_placement import adopt_placement
from vidkompy.measuring.proxy_alignment import align_proxies
from vidkompy.model import FrameMap, PixelBox, Placement

THERE = Placement(X, Y, W, H)
WHOLE = (0.0, 0.0, float(W), float(H))


@pytest.fixture(scope="module")
def film() -> OverlaidFilm:
    return moving_late()


def aligned(film: OverlaidFilm, engine: EngineName, ignored: tuple[PixelBox, ...]) -> FrameMap:
    fg, bg = replace(clip(film.fg), ignored=ignored), clip(film.bg)
    return align_proxies(fg, bg, adopt_placement(fg, bg, THERE), engine, SearchOptions())


@pytest.mark.slow
@pytest.mark.parametrize("engine", get_args(EngineName))
def test_an_overlay_that_moves_late_takes_time_along_unless_it_is_ignored(
    film: OverlaidFilm, engine: EngineName
) -> None:
    """Measured without: no frame is right by any engine, all but `hash` follow the overlay in all frames."""
    assert (aligned(film, engine, ()).bg != film.truth).all()
    found = aligned(film, engine, (OVERLAY,))
    np.testing.assert_array_equal(found.bg, film.truth)
    assert found.confidence is not None
    assert found.confidence.min() > 0.5


def test_pairs_at_a_given_place_match_by_what_is_looked_at(film: OverlaidFilm) -> None:
    """The mask of altered cells rests on them."""
    fg, bg = clip(film.fg), clip(film.bg)
    plain, masked = (adopt_placement(replace(fg, ignored=ignored), bg, THERE).pairs for ignored in ((), (OVERLAY,)))
    assert np.median([j - film.truth[i] for i, j in plain]) == LATE
    assert [j - film.truth[i] for i, j in masked] == [0] * len(masked)


def test_cells_that_touch_what_is_ignored_do_not_count() -> None:
    """FG px 50 to 101 and 20 to 51 in cells of 3 px; the proxy px at their edges reach one further."""
    fg = replace(clip(np.zeros((1, H, W), np.uint8)), ignored=((50, 20, 101, 51),))
    bg = clip(np.zeros((1, 180, 320), np.uint8))
    for features in crop_features(fg, bg, THERE, WHOLE, 64):
        outside = np.ones((36, 64), np.bool_)
        outside[6:18, 16:34] = False
        np.testing.assert_array_equal(features.mask, outside)


def test_a_part_that_is_off_the_canvas_needs_cells_that_count() -> None:
    fg = replace(clip(np.zeros((1, H, W), np.uint8)), ignored=((96, 0, W, H),))
    bg = clip(np.zeros((1, 180, 320), np.uint8))
    features, _ = crop_features(fg, bg, Placement(-96, 0, W, H), WHOLE, 64)
    with pytest.raises(NoMatch, match=r"\d+ of \d+ cells of FG that lie on the canvas are ignored, at least 16"):
        check_counted_cells(features)


def test_altered_cells_are_told_by_those_that_count() -> None:
    """Half of the cells are ignored and show noise; of the others a banner is left out, and nothing else."""
    bg = drifting_patterns(60)
    luma = np.clip(0.8 * bg.luma + 20, 0, 255).astype(np.uint8)
    luma[:, :, 32:] = np.random.default_rng(0).integers(0, 256, luma[:, :, 32:].shape)
    luma[:, 26:32, 4:26] = 235
    counted = np.ones_like(bg.mask)
    counted[:, 32:] = False
    mask = unaltered_mask(replace(bg, luma=luma, mask=counted), bg, [(i, i) for i in range(0, 60, 6)])
    assert not mask[:, 32:].any()
    assert mask[26:32, 4:26].mean() < 0.1
    assert mask[:24, :32].all()
