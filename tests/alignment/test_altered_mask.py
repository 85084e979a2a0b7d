"""A banner is left out of the mask, a grade is not."""

import numpy as np
from support.drifting_patterns import drifting_patterns

from vidkompy.alignment.altered_mask import relative_residual, unaltered_mask
from vidkompy.alignment.crops import Features
from vidkompy.alignment.parameters import AlteredMaskParameters

PAIRS = [(i, i) for i in range(0, 60, 6)]


def graded(features: Features) -> Features:
    luma = np.clip(0.8 * features.luma + 20, 0, 255).astype(np.uint8)
    return Features(luma, features.mask)


def with_banner(features: Features) -> Features:
    """14 % of the cells are as bright as BG nearly never is."""
    altered = graded(features)
    altered.luma[:, 24:32, 10:50] = 235
    return altered


def test_a_banner_is_left_out_and_a_grade_is_not() -> None:
    """Of the banner, cells that BG shows nearly as bright in most pairs may stay."""
    bg = drifting_patterns(60)
    mask = unaltered_mask(with_banner(bg), bg, PAIRS)
    assert mask[24:32, 10:50].mean() < 0.1
    assert mask[:22].all()
    assert mask[34:].all()


def test_too_small_and_too_large_a_share_is_not_believed() -> None:
    bg = drifting_patterns(60)
    fg = with_banner(bg)
    assert unaltered_mask(graded(bg), bg, PAIRS).all()
    assert unaltered_mask(fg, bg, PAIRS, AlteredMaskParameters(largest_share=0.1)).all()
    assert unaltered_mask(fg, bg, PAIRS, AlteredMaskParameters(least_share=0.2)).all()


def test_outliers_do_not_bend_gain_and_offset() -> None:
    """30 % of the cells are white: a least-squares line would leave residuals of half the contrast elsewhere."""
    rng = np.random.default_rng(4)
    bg = rng.integers(40, 200, 1000).astype(np.uint8)
    fg = np.rint(0.7 * bg + 30).astype(np.uint8)
    fg[:300] = 255
    residual = relative_residual(fg, bg, AlteredMaskParameters())
    assert residual[300:].max() < 0.05
    assert residual[:300].min() > 0.4
