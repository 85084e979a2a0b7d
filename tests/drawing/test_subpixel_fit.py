"""Both ends of a scaled clip come within two hundredths of a pixel of their places."""

import numpy as np
import pytest

from filtergraphs.resampling import Resampling
from vidkompy.drawing.subpixel_fit import Axis, AxisFit, SubpixelParameters, covered_span, fit_axis, resampling_of

TOLERANCE = SubpixelParameters().tolerance
STILL = AxisFit(0, 64, 0, 0, 64, 0, 0.0)  # of 64 px that stay as they are


def axis(size: int, start: float, scale: float, grid: int = 1, drawn_grid: int = 1) -> Axis:
    return Axis(size, start, size * scale, (start, start + size * scale), grid, drawn_grid)


def ends_of(size: int, fit: AxisFit) -> tuple[float, float]:
    x, _, width, _ = resampling_of((size, 64), fit, STILL).rect_of(size, 64)
    return x, x + width


@pytest.mark.parametrize("grids", [(1, 1), (2, 2), (2, 1), (4, 1)])
def test_ends_lie_where_they_belong(grids: tuple[int, int]) -> None:
    grid, drawn_grid = grids
    rng = np.random.default_rng(1)
    for _ in range(60):
        size, start, scale = int(rng.integers(160, 2000)), rng.uniform(-300, 300), rng.uniform(0.4, 3)
        fit = fit_axis(axis(size, start, scale, grid, drawn_grid))
        assert fit.error <= TOLERANCE
        rounding = 2e-5 * size * max(scale, 1)  # of swscale's steps, which the error takes into account
        assert ends_of(size, fit) == pytest.approx((start, start + size * scale), abs=TOLERANCE + rounding)
        assert (fit.before + fit.first_length + fit.after) % grid == 0
        assert fit.length % drawn_grid == 0
        assert max(fit.before, fit.after - grid) <= SubpixelParameters().most_padding


@pytest.mark.parametrize(("scale", "start"), [(1.5, 20.25), (2, 20.5), (0.5, 20.25), (4 / 3, 20.2), (1, 20.5)])
def test_ratios_of_small_numbers_take_a_first_step(scale: float, start: float) -> None:
    fit = fit_axis(axis(640, start, scale, 2, 2))
    assert fit.error <= TOLERANCE
    assert fit.first_length > 640 * scale


def test_a_place_on_whole_px_takes_no_padding() -> None:
    fit = fit_axis(axis(640, 20, 1.5, 2, 2))
    assert (fit.first_length, fit.before, fit.after, fit.length, fit.start) == (640, 0, 0, 960, 20)


def test_what_is_much_enlarged_is_padded_by_a_part_of_itself() -> None:
    fit = fit_axis(axis(16, 3.3, 300.7))
    assert max(fit.before, fit.after) <= fit.first_length / 4 + 1


def test_steps_that_change_nothing_are_left_out() -> None:
    one = fit_axis(axis(640, 20.4, 1.553))
    assert len(resampling_of((640, 64), one, STILL).steps) == 1
    two = fit_axis(axis(640, 20.25, 1.5))
    how = resampling_of((640, 64), two, STILL)
    assert isinstance(how, Resampling)
    assert [step.height for step in how.steps] == [64, 64]


def test_what_a_canvas_cuts_off_needs_no_whole_chroma_sample() -> None:
    assert covered_span(3.4, 96.2, 95, 2, TOLERANCE) == (4, 95)
    assert covered_span(3.4, 94.6, 95, 2, TOLERANCE) == (4, 94)
    assert covered_span(4.01, 93.99, None, 2, TOLERANCE) == (4, 94)
