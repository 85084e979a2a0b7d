"""The kernel that registers pictures against its brute-force twin, and what it measures."""

import cv2
import numpy as np
import pytest
from support import reference_kernels

from vidkompy.model import F32, F64
from vidkompy.numerics.warp_kernels import RESIDUAL, SCRATCH_ROWS, VISIBLE, ZNCC, register_similarity

LIMITS = np.array((1e9, 1e-9, 0.4, 1.0, 2.0, 10.0))


def scratch(x: F32) -> tuple[F32, F64, F64]:
    return np.empty((SCRATCH_ROWS, len(x)), np.float32), np.empty((6, 6)), np.empty(6)


def picture(size: tuple[int, int], seed: int) -> F32:
    noise = np.random.default_rng(seed).uniform(0, 255, size).astype(np.float32)
    return np.asarray(cv2.GaussianBlur(noise, (0, 0), 2), np.float32) * 4 - 380


def view(bg: F32, pose: F64) -> list[F32]:
    """Pixels of FG about its centre, what FG shows there, and its derivatives: BG moved by a little."""
    rows, columns = np.mgrid[-12:13, -16:17]
    x, y = columns.ravel().astype(np.float32), rows.ravel().astype(np.float32)
    moved = cv2.warpAffine(bg, np.array([[1, 0, -0.4], [0, 1, 0.3]]), bg.shape[::-1])
    at = np.rint([pose[2] + x, pose[3] + y]).astype(int)
    along_x, along_y = cv2.Sobel(moved, cv2.CV_32F, 1, 0, ksize=1) / 2, cv2.Sobel(moved, cv2.CV_32F, 0, 1, ksize=1) / 2
    return [x, y, *(np.asarray(p[at[1], at[0]], np.float32) for p in (moved, along_x, along_y))]


@pytest.mark.parametrize("freedom", [2, 4])
@pytest.mark.parametrize("seed", range(3))
def test_a_step_is_that_of_least_squares(freedom: int, seed: int) -> None:
    bg = picture((60, 80), seed)
    start = np.array([1.01, 0.02, 40.0, 30.0])
    pose, measured = start.copy(), np.zeros(3)
    x, y, levels, along_x, along_y = view(bg, start)
    register_similarity(x, y, levels, along_x, along_y, bg, pose, freedom, 1, LIMITS, *scratch(x), measured)
    wanted = reference_kernels.similarity_step(x, y, levels, along_x, along_y, bg, start, freedom)
    assert np.abs(pose - start).max() > 0.01
    np.testing.assert_allclose(pose, wanted, rtol=0, atol=2e-3)


def test_what_is_measured_is_correlation_residual_and_share() -> None:
    bg = picture((60, 80), 1)
    pose, measured = np.array([1.0, 0.0, 70.5, 30.5]), np.zeros(3)
    rows, columns = np.mgrid[-12:13, -16:17]
    x, y = columns.ravel().astype(np.float32), rows.ravel().astype(np.float32)
    inside = x + 70 < 79
    bg_levels = bg[(y + 30).astype(int), np.minimum(x + 70, 79).astype(int)]
    fg = np.asarray(0.5 * bg_levels + 7 + np.random.default_rng(2).normal(0, 3, len(x)), np.float32)
    register_similarity(x, y, fg, 0 * fg, 0 * fg, bg, pose, 2, 0, LIMITS, *scratch(x), measured)
    assert pose.tolist() == [1.0, 0.0, 70.5, 30.5]
    assert measured[VISIBLE] == pytest.approx(inside.mean())
    assert measured[ZNCC] == pytest.approx(np.corrcoef(fg[inside], bg_levels[inside])[0, 1], abs=1e-4)
    slope, offset = np.polyfit(bg_levels[inside], fg[inside], 1)
    assert measured[RESIDUAL] == pytest.approx(np.var(fg[inside] - slope * bg_levels[inside] - offset), rel=1e-3)
