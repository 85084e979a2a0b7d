"""Which picture is nearest, and when no other can be."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.flat_cells import FLAT, with_cells

from vidkompy.verification.nearest_picture import can_be_another, is_nearest, is_visibly_nearer
from vidkompy.verification.parameters import VerificationParameters

PARAMETERS = VerificationParameters()


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


def test_of_nothing_nothing_is_nearer() -> None:
    assert not is_visibly_nearer(FLAT[:0], FLAT[:0], FLAT[:0], PARAMETERS)


@given(st.integers(0, 2**31), st.sampled_from([0.3, 0.5, 1.0]), st.sampled_from([0.0, 0.05, 0.3]), st.booleans())
def test_whatever_is_nearer_could_be(seed: int, error_ratio: float, least_share: float, is_masked: bool) -> None:
    """Outputs between what is expected and a rival, under noise; some cells alone decide."""
    rng = np.random.default_rng(seed)
    rival = np.where(rng.random(FLAT.shape) < rng.random(), FLAT + rng.uniform(-20, 20), FLAT).astype(np.float32)
    towards = rng.random(FLAT.shape) ** rng.uniform(0.2, 3)
    output = (FLAT + towards * (rival - FLAT) + rng.normal(0, 1, FLAT.shape)).astype(np.float32)
    mask = rng.random(FLAT.shape) < 0.8 if is_masked else None
    rest = mask, error_ratio, least_share
    assert can_be_another(output, FLAT, PARAMETERS, *rest) or not is_visibly_nearer(
        output, rival, FLAT, PARAMETERS, *rest
    )


def test_a_good_copy_can_be_no_other() -> None:
    assert not can_be_another(FLAT + np.float32(2.9), FLAT, PARAMETERS, None, 0.5, 0.05)
    assert can_be_another(FLAT + np.float32(3.1), FLAT, PARAMETERS, None, 0.5, 0.05)


@pytest.mark.parametrize(("level", "is_nearer"), [(116.0, False), (117.0, True)])
def test_one_cell_that_is_far_off_can_outweigh_all_others(level: float, is_nearer: bool) -> None:
    """A rival is visibly off in 30 cells, where the output is nearly halfway, and in one cell on the rival."""
    rival, output = with_cells(30, 106), with_cells(30, 102.999)
    rival[0, 0] = output[0, 0] = level
    assert is_visibly_nearer(output, rival, FLAT, PARAMETERS, None, 0.5, 0.3) is is_nearer
    assert can_be_another(output, FLAT, PARAMETERS, None, 0.5, 0.3) is is_nearer
