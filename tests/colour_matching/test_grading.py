"""Curves through their knots, and grades made of them."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from vidkompy.colour_matching.grading import apply_grade, curve_at
from vidkompy.colours import KNOTS, ColourGrade

RISING = st.lists(st.floats(0, 1), min_size=KNOTS, max_size=KNOTS).map(sorted)
INPUTS = np.linspace(0, 1, KNOTS)


@given(RISING)
def test_a_curve_passes_its_knots_and_never_falls(values: list[float]) -> None:
    np.testing.assert_allclose(curve_at(values, INPUTS), values, atol=1e-12)
    assert (np.diff(curve_at(values, np.linspace(-0.2, 1.2, 1001))) >= -1e-12).all()


def test_a_curve_is_smooth_between_knots() -> None:
    """Of a gamma of 0.7, off by less than a level of 10 bits where it does not start."""
    x = np.linspace(0.1, 1, 500)
    np.testing.assert_allclose(curve_at((INPUTS**0.7).tolist(), x), x**0.7, atol=1 / 1024)


def test_a_grade_is_curves_and_then_a_matrix() -> None:
    line = tuple(INPUTS.tolist())
    half = tuple((INPUTS / 2).tolist())
    grade = ColourGrade((line, half, line), ((1, 0, 0), (0, 1, 0), (0.5, 0.5, 0)), 0, 0, 1)
    np.testing.assert_allclose(apply_grade(grade, np.array([[0.4, 0.6, 0.9]])), [[0.4, 0.3, 0.35]])


def test_a_matrix_between_curves_mixes_squares() -> None:
    line = tuple(INPUTS.tolist())
    half = tuple((INPUTS / 2).tolist())
    grade = ColourGrade((line, line, line), ((1.5, -0.5, 0), (0, 1, 0), (0.5, 0.5, 0)), 0, 0, 1, (line, line, half))
    graded = apply_grade(grade, np.array([[0.4, 0.6, 0.9], [0.2, 0.8, 1.2], [1.0, 0.0, 0.0]]))
    of_first = np.sqrt(1.5 * 0.16 - 0.5 * 0.36), 0.6, np.sqrt(0.5 * 0.16 + 0.5 * 0.36) / 2
    np.testing.assert_allclose(graded[0], of_first)
    np.testing.assert_allclose(
        graded[1], (0, 0.8, np.sqrt(0.5 * 0.04 + 0.5 * 0.64) / 2)
    )  # what is below black is cut off
    np.testing.assert_allclose(graded[2], (1, 0, np.sqrt(0.5) / 2))  # and what is beyond white
