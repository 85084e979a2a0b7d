"""Boxes and sizes at other resolutions."""

import pytest

from vidkompy.placement.boxes import reduced_box, scaled_box, view_size, whole_px


def test_a_box_is_scaled_in_each_direction() -> None:
    assert scaled_box((10.0, 20.0, 110.0, 70.0), 0.5, 2.0) == (5, 40, 55, 140)


def test_halves_of_a_reduced_box_go_to_the_even_side() -> None:
    assert reduced_box((10.0, 22.0, 110.0, 70.0), 4) == (2.5, 5.5, 27.5, 17.5)
    assert whole_px((2.5, 5.5, 27.5, 17.5)) == (2, 6, 28, 18)


@pytest.mark.parametrize(("smallest", "height"), [(4, 4), (8, 8), (1, 1)])
def test_a_view_is_never_thinner_than_it_may_be(smallest: int, height: int) -> None:
    assert view_size(1920, 8, 0.05, smallest) == (96, height)
