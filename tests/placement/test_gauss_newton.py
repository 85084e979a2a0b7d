"""Gauss-Newton steps recover transforms that pictures were made with."""

from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vidkompy.placement.gauss_newton import (
    GaussNewtonParameters,
    NormalEquations,
    ViewIndices,
    gauss_newton_step,
    linearise,
    marginalise,
)
from vidkompy.placement.transforms import ANISOTROPIC, ISOTROPIC, TRANSLATION, corner_shift, visible_pixels, warp
from vidkompy.placement.views import BlurredViews, strong_pixels

PARAMETERS = GaussNewtonParameters()
SHAPE = 72, 96  # of FG views
BOX = (0.0, 0.0, 96.0, 72.0)
TRUE = np.array([1.2, 1.1, 20.3, 15.6])
PAIR = ViewIndices(0, 1, 0, 2, 2)
Picture = np.ndarray


def texture(seed: int, shape: tuple[int, int] = (128, 176)) -> Picture:
    """Smooth noise, f32, about 30 grey levels of contrast."""
    noise = np.random.default_rng(seed).normal(0, 1, shape).astype(np.float32)
    soft = cv2.GaussianBlur(noise, (0, 0), 3)
    picture: Picture = 128 + 30 * soft / soft.std()
    return picture


def as_view(picture: Picture) -> Picture:
    view: Picture = np.clip(np.rint(picture), 0, 255).astype(np.uint8)
    return view


def equations(fg: Picture, bg: list[Picture], q: np.ndarray, pair: ViewIndices = PAIR) -> NormalEquations:
    views = BlurredViews([as_view(fg)], [as_view(b) for b in bg], float(q[0]), PARAMETERS.blur, PARAMETERS.least_blur)
    found = linearise(views, q, visible_pixels(q, SHAPE, bg[0].shape, BOX, 2), [pair], 2, PARAMETERS)
    assert found is not None
    return found


def fitted(fg: Picture, bg: list[Picture], start: np.ndarray, freedom: np.ndarray = ANISOTROPIC) -> np.ndarray:
    q = start
    for _ in range(12):
        there = equations(fg, bg, q)
        q = q + gauss_newton_step(there.matrix, there.right_side, freedom)
    return q


def still(seed: int) -> list[Picture]:
    return [texture(seed)] * 3


@pytest.mark.parametrize("grade", [lambda fg: fg, lambda fg: 0.6 * fg + 40], ids=["as it is", "graded"])
def test_a_known_transform_is_recovered(grade: Callable[[Picture], Picture]) -> None:
    """Corners within 0.05 canvas px from 3 px away; grey levels are whole, which is noise of 0.3 levels."""
    bg = still(0)
    fg = grade(warp(bg[0], TRUE, SHAPE))
    assert corner_shift(fitted(fg, bg, TRUE + np.array([0.01, -0.01, 1.5, -2])), TRUE, BOX) < 0.05


@pytest.mark.parametrize(("freedom", "true"), [(TRANSLATION, (1, 1, 20.3, 15.6)), (ISOTROPIC, (1.2, 1.2, 20.3, 15.6))])
def test_a_fit_moves_within_its_freedom_only(freedom: np.ndarray, true: tuple[float, ...]) -> None:
    bg = still(1)
    found = fitted(warp(bg[0], np.array(true), SHAPE), bg, np.array(true) + np.array([0, 0, 1, 1]), freedom)
    assert found[0] == pytest.approx(found[1], abs=1e-9)
    assert corner_shift(found, np.array(true), BOX) < 0.05


def test_altered_pixels_are_outvoted() -> None:
    """A ninth of FG shows something else."""
    bg = still(2)
    fg = warp(bg[0], TRUE, SHAPE)
    fg[48:, 64:] = texture(3, (24, 32))
    assert corner_shift(fitted(fg, bg, TRUE + np.array([0, 0, 1, -1])), TRUE, BOX) < 0.1


def test_a_time_shift_is_not_taken_for_a_shift_in_place() -> None:
    """BG's lower half moves by 1.5 px a frame, FG is half a frame late: fitted with the time known it would slide."""
    scene, mover = texture(4), texture(5)

    def frame(t: float) -> Picture:
        picture = scene.copy()
        picture[64:] = warp(mover, np.array([1, 1, 1.5 * t, 0]), mover.shape)[64:]
        return picture

    true = np.array([1.0, 1.0, 20.0, 30.0])
    bg = [frame(t) for t in (-1.0, 0.0, 1.0)]
    fg = warp(frame(0.5), true, SHAPE)
    with_time = fitted(fg, bg, true, TRANSLATION)
    without = fitted(fg, [bg[1]] * 3, true, TRANSLATION)
    assert corner_shift(with_time, true, BOX) < 0.1
    assert corner_shift(without, true, BOX) > 0.2


def test_a_pan_says_less_of_the_place_along_it() -> None:
    scene = texture(6)
    bg = [warp(scene, np.array([1, 1, 2.0 * t, 0]), scene.shape) for t in (-1, 0, 1)]
    q = np.array([1.0, 1.0, 20.0, 30.0])
    there = equations(warp(bg[1], q, SHAPE), bg, q)
    left = there.matrix.diagonal()[2:] / there.matrix_at_known_times.diagonal()[2:]
    assert left[0] < 0.05
    assert left[1] > 0.9


@given(st.integers(0, 2**31), st.floats(0.3, 10))
def test_the_schur_complement_solves_the_whole_system(seed: int, prior: float) -> None:
    """The transform's part of the solution of all seven equations, prior and guards added."""
    jacobian = np.random.default_rng(seed).normal(size=(8, 40))
    sums = jacobian @ jacobian.T
    whole = sums[:7, :7] + np.diag([0, 0, 0, 0, 1 / prior**2, 1e-6, 1e-6])
    np.testing.assert_allclose(
        np.linalg.solve(*marginalise(sums, prior)), np.linalg.solve(whole, sums[:7, 7])[:4], rtol=1e-6, atol=1e-9
    )


def test_nothing_is_claimed_of_too_few_pixels() -> None:
    bg = still(7)
    views = BlurredViews([as_view(bg[0])[:72, :96]], [as_view(b) for b in bg], 1.0, 0.8, 0.3)
    mask = np.zeros(SHAPE, np.bool_)
    mask[10:20, 10:29] = True
    assert linearise(views, np.array([1.0, 1, 0, 0]), mask, [PAIR], 1, PARAMETERS) is None
    fewer = replace(PARAMETERS, least_pixels=190)
    assert linearise(views, np.array([1.0, 1, 0, 0]), mask, [PAIR], 1, fewer) is not None


def test_strong_pixels_are_where_something_changes() -> None:
    """A step edge, and a sparse grid of the flat rest."""
    view = np.zeros((32, 40), np.float32)
    view[:, 21:] = 100
    strong = strong_pixels([view], 0.1, 4)
    assert strong[:, 20:22].all()
    assert strong[::4, ::4].all()
    strong[::4, ::4] = False
    assert strong.sum() <= 0.1 * view.size


def test_views_warped_for_one_transform_are_not_taken_for_anothers() -> None:
    bg = as_view(texture(8))
    views = BlurredViews([bg[:72, :96]], [bg], 1.0, 0.8, 0.3)
    here, there = np.array([1.0, 1, 0, 0]), np.array([1.0, 1, 5, 5])
    first = views.warped(here, [0])[0].copy()
    assert not np.array_equal(views.warped(there, [0])[0], first)
    assert np.array_equal(views.warped(here, [0])[0], first)
