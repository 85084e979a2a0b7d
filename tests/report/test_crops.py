"""BG is laid under FG exactly: a crop of a known picture is where a place says."""

import cv2
import numpy as np
import pytest

from vidkompy.model import U8
from vidkompy.report.crops import Place, bg_crop, difference, shown_size


def picture(width: int = 160, height: int = 120) -> U8:
    noise = np.random.default_rng(3).integers(0, 255, (height, width, 3)).astype(np.uint8)
    return np.asarray(cv2.GaussianBlur(noise, (0, 0), 2), np.uint8)


def test_a_place_in_whole_px_is_cut_out_exactly() -> None:
    bg = picture()
    assert (bg_crop(bg, Place(11, 7, 80, 60), (80, 60)) == bg[7:67, 11:91]).all()


@pytest.mark.parametrize("degrees", [90.0, 180.0, -90.0])
def test_a_turned_place_is_turned_back(degrees: float) -> None:
    bg = picture()
    turned = np.rot90(bg[20:80, 30:90], round(degrees) // 90)  # clockwise on the canvas: back is counter-clockwise
    assert np.abs(bg_crop(bg, Place(30, 20, 60, 60, degrees), (60, 60)).astype(int) - turned).max() <= 1


def test_a_larger_place_is_averaged() -> None:
    bg = picture()
    halved = cv2.resize(bg, (80, 60), interpolation=cv2.INTER_AREA)
    assert np.abs(bg_crop(bg, Place(0, 0, 160, 120), (80, 60)).astype(int) - halved).max() <= 1


def test_beyond_bg_there_is_grey() -> None:
    crop = bg_crop(picture(), Place(-20, 0, 40, 40), (40, 40))
    assert (crop[:, :19] == 128).all()


def test_a_grade_makes_no_difference() -> None:
    bg = picture()
    graded = np.clip(bg * 0.7 + 30, 0, 255).astype(np.uint8)
    assert difference(graded, bg).mean() < 1
    assert difference(graded, np.roll(bg, 3, axis=1)).mean() > 5


def test_pixels_of_another_shape_are_shown_square() -> None:
    assert shown_size(Place(0, 0, 400, 400), 1.5) == (480, 320)
    assert shown_size(Place(0, 0, 40, 20), 1.0) == (40, 20)
