"""Correlations of pixel rows, plain and robust, against numpy's and against alterations made on purpose."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vidkompy.numerics.correlation import robust_correlation, unit_rows

ROWS, COLUMNS = (at.ravel() for at in np.indices((24, 32)))


def picture(seed: int, count: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (count, len(ROWS))).astype(np.uint8)


@given(st.integers(0, 2**31))
def test_products_of_unit_rows_are_correlations(seed: int) -> None:
    a, b = picture(seed, 3), picture(seed + 1, 4)
    wanted = np.corrcoef(np.concatenate([a, b]))[:3, 3:]
    np.testing.assert_allclose(unit_rows(a) @ unit_rows(b).T, wanted, atol=1e-5)


def test_a_constant_row_correlates_with_nothing() -> None:
    flat = np.full((1, len(ROWS)), 7, np.uint8)
    assert not unit_rows(flat).any()
    assert robust_correlation(flat, picture(0), ROWS, COLUMNS, 4, 0.4)[0, 0] == 0


def test_an_altered_corner_is_left_out_and_nothing_more() -> None:
    """A quarter of the picture is replaced: ignoring 0.4 of it is enough, ignoring 0.1 is not."""
    original = picture(0)
    altered = np.where((ROWS < 12) & (COLUMNS < 16), 255 - original, original)
    plain = float((unit_rows(original) @ unit_rows(altered).T)[0, 0])
    ignoring = {
        share: robust_correlation(original, altered, ROWS, COLUMNS, 4, share)[0, 0] for share in (0.0, 0.1, 0.4)
    }
    assert plain == pytest.approx(0.5, abs=0.05)
    assert ignoring[0.0] == pytest.approx(plain, abs=0.05)
    assert ignoring[0.0] < ignoring[0.1] < 0.7
    assert ignoring[0.4] == pytest.approx(1, abs=1e-5)


def test_sharp_letters_do_not_outweigh_the_picture() -> None:
    """Their strip, other letters in FG and BG, has 8 times the picture's contrast; it counts as any other quarter."""
    quiet, strip = (picture(0) - 127.5) / 8, ROWS >= 18
    a, b = (np.where(strip, picture(seed) - 127.5, quiet).astype(np.float32) for seed in (5, 6))
    assert (unit_rows(a) @ unit_rows(b).T)[0, 0] < 0.3
    assert robust_correlation(a, b, ROWS, COLUMNS, 4, 0.0)[0, 0] == pytest.approx(0.75, abs=0.05)


@given(st.integers(0, 2**31), st.integers(1, 5))
def test_ignoring_nothing_in_one_block_is_plain_correlation(seed: int, count: int) -> None:
    a, b = picture(seed, 2), picture(seed + 1, count)
    plain = unit_rows(a) @ unit_rows(b).T
    np.testing.assert_allclose(robust_correlation(a, b, ROWS, COLUMNS, 1, 0.0), plain, atol=1e-6)
