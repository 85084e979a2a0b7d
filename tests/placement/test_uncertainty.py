"""How well a place is determined: by all parts of the picture alike, and whatever the frames' times."""

import numpy as np
import pytest
from support.placed_proxies import H, W, X, Y, clip, cut, luma, noisy

from vidkompy.placement.frame_pairs import FramePairs, pair_frames
from vidkompy.placement.letterbox import content_box
from vidkompy.placement.transforms import ANISOTROPIC, ISOTROPIC, TRANSLATION, corner_shift
from vidkompy.placement.uncertainty import PARTS, information_share, jackknife_steps

TRUE = np.array([1.0, 1.0, X, Y])
STILL = np.zeros(4)
BOX = 0.0, 0.0, float(W), float(H)


def paired(kind: str, q: np.ndarray = TRUE) -> FramePairs:
    frames = luma(kind)
    fg = clip(noisy(cut(frames)))
    return pair_frames(fg, clip(frames), content_box(fg), q, [(i, i + 6) for i in range(2, 28, 5)])


@pytest.mark.parametrize("freedom", [TRANSLATION, ISOTROPIC, ANISOTROPIC])
def test_at_the_true_place_no_part_wants_to_move(freedom: np.ndarray) -> None:
    jackknife = jackknife_steps(paired("handheld"), TRUE, freedom)
    assert jackknife is not None
    assert len(jackknife.steps_without_part) == PARTS
    steps = jackknife.step, *jackknife.steps_without_part
    assert max(corner_shift(s, STILL, BOX) for s in steps) < 0.1  # canvas px; noise of 2 grey levels


def test_a_place_off_is_stepped_from_by_all_parts() -> None:
    """0.5 px along x: steps within the blur's reach go most of the way."""
    jackknife = jackknife_steps(paired("handheld"), TRUE + np.array([0, 0, 0.5, 0]), TRANSLATION)
    assert jackknife is not None
    steps = jackknife.step, *jackknife.steps_without_part
    assert all(-0.7 < s[2] < -0.3 and abs(s[3]) < 0.1 for s in steps)


def test_of_what_is_not_visible_nothing_is_claimed() -> None:
    frames = paired("handheld", np.array([1.0, 1.0, 5000.0, Y]))
    assert jackknife_steps(frames, frames.q, TRANSLATION) is None
    assert information_share(frames, frames.q) == 0


def test_a_moving_camera_leaves_less_information_about_the_place() -> None:
    shares = {kind: information_share(paired(kind), TRUE) for kind in ("tripod", "handheld", "gallery")}
    assert shares["tripod"] > 0.8  # its movers are the rest
    assert shares["tripod"] > shares["handheld"] > shares["gallery"]
    assert shares["gallery"] < 0.1
