"""The blur is OpenCV's own."""

import cv2
import numpy as np
import pytest

from vidkompy.model import F32, U8
from vidkompy.numerics.gaussian_blur import gaussian_blur


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
@pytest.mark.parametrize("sigma", [(0.3, 0.3), (0.8, 1.3), (3.0, 2.0)])
def test_the_blur_is_that_of_opencv_on_float32(dtype: type, sigma: tuple[float, float]) -> None:
    picture: U8 | F32 = np.random.default_rng(0).uniform(0, 255, (40, 57)).astype(dtype)
    wanted = cv2.GaussianBlur(picture.astype(np.float32), (0, 0), sigmaX=sigma[0], sigmaY=sigma[1])
    found = gaussian_blur(picture, *sigma)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, wanted, atol=1e-3)


def test_no_blur_leaves_the_picture() -> None:
    picture = np.random.default_rng(1).integers(0, 255, (9, 8), np.uint8)
    assert np.array_equal(gaussian_blur(picture, 0.0, 0.0), picture)
