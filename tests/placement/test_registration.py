"""What makes a registration wait for a look at other times: places and times that cannot be told apart."""

import numpy as np
import pytest
from support.placed_proxies import X, Y, clip, cut, luma, noisy

from vidkompy.placement.coarse_fit import fit_times_at
from vidkompy.placement.fine_fit import pattern_search
from vidkompy.placement.frame_pairs import pair_frames
from vidkompy.placement.letterbox import content_box
from vidkompy.placement.registration import ProxyPair, RegistrationParameters, coarse_problem_at, register
from vidkompy.placement.search_parameters import SearchParameters
from vidkompy.placement.transforms import ISOTROPIC
from vidkompy.placement.uncertainty import information_share

NUMBERS, LOOSE_SHARE = RegistrationParameters(), SearchParameters.loose_share
WHOLE_STEPS = NUMBERS.search_steps_px[:3]


@pytest.mark.parametrize("shift", [-2, 3])
def test_a_wrong_place_on_a_dolly_is_walked_from(shift: int) -> None:
    """FG 2 or 3 px from its place fits frames before or after: what moves with the camera hides the rest."""
    frames = luma("gallery", 80)
    fg, bg = clip(noisy(cut(frames), 1.0)), clip(frames)
    wrong = np.array([1.0, 1.0, X + shift, Y])
    frame_pairs = pair_frames(
        fg, bg, content_box(fg), wrong, [(i, i + 6) for i in range(2, 28, 5)], reach=NUMBERS.time_reach
    )
    assert information_share(frame_pairs, wrong) < LOOSE_SHARE
    assert pattern_search(frame_pairs, wrong, WHOLE_STEPS, NUMBERS.least_gain).tolist() == [1, 1, X, Y]


@pytest.mark.parametrize("kind", ["tripod", "handheld", "gallery"])
def test_only_a_dolly_leaves_places_and_times_open_together(kind: str) -> None:
    frames = luma(kind)
    fg, bg = clip(noisy(cut(frames))), clip(frames)
    right = np.array([1.0, 1.0, X, Y])
    frame_pairs = pair_frames(fg, bg, content_box(fg), right, [(i, i + 6) for i in range(2, 28, 5)])
    assert (information_share(frame_pairs, right) < LOOSE_SHARE) == (kind == "gallery")


@pytest.mark.parametrize("off", [0.4, 12.0])
def test_a_start_that_fits_badly_at_the_pixels_is_left_where_it_is(off: float) -> None:
    frames = luma("tripod")
    clips = ProxyPair(fg := clip(noisy(cut(frames))), clip(frames), content_box(fg))
    problem = coarse_problem_at(clips, 1.0, False, ISOTROPIC, 1.0, NUMBERS)
    start = np.array([1.0, 1.0, X + off, Y])
    fit = fit_times_at(problem, start)
    assert fit is not None
    registered = register(clips, problem, fit, start, NUMBERS, most_start_cost=0.2)
    assert registered.transform.tolist() == ([1, 1, X, Y] if off < 1 else start.tolist())
    if off > 1:
        assert registered.robust_cost > 0.2
