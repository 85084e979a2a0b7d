"""Which FG frames count as having moved from where an answer put them."""

import cv2
import numpy as np
import pytest
from support.picture_edits import U8
from support.placed_proxies import clip, luma, noisy

from vidkompy.model import Mask, Placement
from vidkompy.tracking.parameters import TrackingParameters
from vidkompy.tracking.poses import pose_of
from vidkompy.tracking.residual_check import check_residuals

CANVAS = (1280, 720)
X, Y, W, H = 162, 94, 864, 486
PARAMETERS = TrackingParameters()


def moved(px: float) -> Mask:
    """Of an FG that lies so far beside the answer, and lost the finest detail that views of 320 px show of BG."""
    rng = np.random.default_rng(4)
    fine = cv2.resize(rng.normal(0, 30, (270, 480)).astype(np.float32), CANVAS, interpolation=cv2.INTER_CUBIC)
    bg = np.clip(luma("tripod", 6, CANVAS) + fine, 0, 255).astype(np.uint8)
    shift = np.array([[1, 0, -px], [0, 1, 0.0]])
    beside = [np.asarray(cv2.warpAffine(frame, shift, CANVAS), np.uint8) for frame in bg]
    fg = clip(noisy(np.stack([soft(frame)[Y : Y + H, X : X + W] for frame in beside])))
    shape, pose = pose_of(Placement(X, Y, W, H), fg)
    box = (0.0, 0.0, float(W), float(H))
    return check_residuals(fg, clip(bg), box, pose, shape, np.arange(6), PARAMETERS).moved(PARAMETERS)


def soft(frame: U8) -> U8:
    return np.asarray(cv2.GaussianBlur(frame, (0, 0), 3))


def test_an_fg_more_blurred_than_bg_has_not_moved() -> None:
    """It fits 14 % better 0.6 px off, on either side: between its px, BG is interpolated and blurred, too."""
    assert not moved(0).any()


@pytest.mark.parametrize("px", [1.5, 2.5])
def test_one_that_lies_beside_has(px: float) -> None:
    assert moved(px).all()
