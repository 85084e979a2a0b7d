"""Descriptors matched by a compiled loop, against OpenCV's own distances; ties, and the ratio test."""

import cv2
import numpy as np
import pytest

from vidkompy.placement.descriptor_matching import mutual_matches


@pytest.mark.parametrize("seed", range(8))
def test_matches_are_those_of_opencv(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n, m = rng.integers(5, 120, 2).tolist()
    bg = rng.integers(0, 256, (m, 32), np.uint8)
    noise = np.where(rng.random((n, 32)) < 0.2, rng.integers(0, 256, (n, 32)), 0).astype(np.uint8)
    fg = bg[rng.integers(0, m, n)] ^ noise
    options = {"normType": cv2.NORM_HAMMING}
    distance, nearest = cv2.batchDistance(fg, bg, cv2.CV_32S, K=2, **options)  # type: ignore[call-overload]
    _, back = cv2.batchDistance(bg, fg, cv2.CV_32S, K=1, **options)  # type: ignore[call-overload]
    index = np.arange(n)
    wanted = (back[nearest[:, 0], 0] == index) & (distance[:, 0] < 0.85 * distance[:, 1])
    fg_index, bg_index = mutual_matches(fg, bg, 0.85)
    np.testing.assert_array_equal(fg_index, index[wanted])
    np.testing.assert_array_equal(bg_index, nearest[wanted, 0])


def test_a_descriptor_that_fits_two_alike_is_no_match() -> None:
    fg = np.zeros((1, 32), np.uint8)
    bg = np.zeros((3, 32), np.uint8)
    bg[1:] = 255
    assert mutual_matches(fg, bg, 0.85)[1].tolist() == [0]
    bg[2] = 0
    assert not len(mutual_matches(fg, bg, 0.85)[0])
