"""Grades whose truth is known, found again from pairs of which up to 30 % are altered."""

import logging
from collections.abc import Callable

import numpy as np
import pytest

from vidkompy.colour_matching.colour_difference import colour_differences
from vidkompy.colour_matching.fitting import fit_grade
from vidkompy.colour_matching.grading import apply_grade
from vidkompy.colour_matching.parameters import GradeFitParameters
from vidkompy.colours import ColourGrade
from vidkompy.model import F64, Colour

SDR = Colour("bt709", "tv", "bt709", "bt709")
LUMA = np.array([0.2126, 0.7152, 0.0722])
_log = logging.getLogger(__name__)
NOISE = 0.008  # two levels of 8 bits, as a codec leaves it


def colours_of_a_picture(count: int = 6000) -> F64:
    """f64 [count, 3]: channels go together, and most is darker than mid grey."""
    rng = np.random.default_rng(1)
    light = rng.beta(1.2, 1.8, count)
    spread = 0.18 * np.sqrt(light * (1 - light))
    return np.clip(light[:, None] + rng.normal(0, 1, (count, 3)) * spread[:, None], 0, 1)


def saturated(rgb: F64, factor: float) -> F64:
    grey = (rgb @ LUMA)[:, None]
    return np.asarray(grey + (rgb - grey) * factor)


def decoded_by_the_other_matrix(rgb: F64) -> F64:
    """Encoded with BT.601's weights, decoded with BT.709's."""

    def mixing(red: float, blue: float) -> F64:
        y = np.array([red, 1 - red - blue, blue])
        return np.stack([y, (np.eye(3)[2] - y) / (2 - 2 * blue), (np.eye(3)[0] - y) / (2 - 2 * red)])

    return np.asarray(rgb @ (np.linalg.inv(mixing(0.2126, 0.0722)) @ mixing(0.299, 0.114)).T)


GRADES: dict[str, Callable[[F64], F64]] = {
    "none": lambda rgb: rgb,
    "gamma 1.3": lambda rgb: rgb ** (1 / 1.3),
    "gamma 0.6": lambda rgb: rgb**1.6,
    "lift and gain": lambda rgb: rgb * [0.85, 0.9, 1.05] + [0.05, 0.02, 0.03],
    "pale": lambda rgb: saturated(rgb, 0.4),
    "vivid": lambda rgb: saturated(rgb, 1.5),
    "teal": lambda rgb: saturated(rgb ** [1.2, 1.0, 0.8] * [0.9, 1.0, 0.97] + [0, 0, 0.03], 0.8),
    "s curve": lambda rgb: 0.5 + np.tanh((rgb - 0.5) * 3) / 2 / np.tanh(1.5),
    "black and white": lambda rgb: saturated(rgb, 0),
    "clipped": lambda rgb: rgb * 1.4 - 0.1,
    "strong": lambda rgb: saturated(np.clip(rgb * [1.2, 1.0, 0.7] + 0.05, 0, 1) ** 0.7, 1.3),
    "other matrix": decoded_by_the_other_matrix,
}


def fitted(bg: F64, fg: F64) -> ColourGrade:
    curves, matrix = fit_grade(bg, fg, np.ones(len(bg)), GradeFitParameters())
    (red, green, blue), (r, g, b) = map(tuple, curves.tolist()), map(tuple, matrix.tolist())
    return ColourGrade((red, green, blue), (r, g, b), 0, 0, 1)


@pytest.mark.parametrize("altered", [0.0, 0.3])
@pytest.mark.parametrize("name", GRADES)
def test_a_grade_is_found_whatever_is_altered(name: str, altered: float) -> None:
    rng = np.random.default_rng(2)
    bg = colours_of_a_picture()
    wanted = np.clip(GRADES[name](bg), 0, 1)
    fg = np.clip(wanted + rng.normal(0, NOISE, bg.shape), 0, 1)
    replaced = rng.random(len(bg)) < altered
    fg[replaced] = rng.random((int(replaced.sum()), 1)) * [0.9, 0.2, 0.2]  # something red lies there
    grade = fitted(bg, fg)
    before, after = (colour_differences(rgb, wanted, SDR) for rgb in (bg, np.clip(apply_grade(grade, bg), 0, 1)))
    medians = np.median(before), np.median(after)
    _log.info("%s: median %.2f -> %.2f Delta E, 90 %% within %.2f", name, *medians, np.quantile(after, 0.9))
    assert np.median(after) < 0.2
    assert np.quantile(after, 0.9) < 0.8
    np.testing.assert_allclose(np.sum(grade.matrix, axis=1), 1, atol=1e-3)
    assert (np.diff(grade.curves) >= 0).all()


def test_tones_that_no_pair_shows_go_on_towards_black_and_white() -> None:
    bg = 0.4 + 0.2 * colours_of_a_picture()
    grade = fitted(bg, 0.9 * bg + 0.08)
    ends = apply_grade(grade, np.array([[0.0] * 3, [1.0] * 3]))
    assert (np.abs(ends - [[0.0], [1.0]]) < 0.08).all()


def test_a_grey_bg_tells_nothing_of_saturation() -> None:
    """Then the matrix stays as near identity as it was."""
    grey = np.repeat(colours_of_a_picture()[:, :1], 3, axis=1)
    grade = fitted(grey, grey**1.3)
    np.testing.assert_allclose(grade.matrix, np.eye(3), atol=0.1)
