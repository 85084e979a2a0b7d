"""Residuals are least at the place and time that FG was cut from."""

from dataclasses import replace

import numpy as np
import pytest
from support.placed_proxies import H, W, X, Y, clip, cut, luma, noisy

from vidkompy.media.proxies import Proxies
from vidkompy.placement.frame_pairs import FramePairs, pair_frames
from vidkompy.placement.letterbox import content_box
from vidkompy.placement.objective import (
    best_nearby_frames,
    mean_misfit,
    misfits,
    zncc_matrix,
)
from vidkompy.placement.objective_parameters import ObjectiveParameters

TRUE = np.array([1.0, 1.0, X, Y])
SAMPLES = range(2, 28, 5)
PARAMETERS = ObjectiveParameters()


@pytest.fixture(scope="module")
def fg(bg: Proxies) -> Proxies:
    return clip(noisy(cut(bg.small)))


def at_times(fg: Proxies, bg: Proxies, late: int = 0, reach: int = 1) -> FramePairs:
    """Frame pairs at the true place, `late` BG frames off."""
    return pair_frames(fg, bg, content_box(fg), TRUE, [(i, i + 6 + late) for i in SAMPLES], reach)


def test_the_true_place_has_the_least_misfit(fg: Proxies, bg: Proxies) -> None:
    frames = at_times(fg, bg)
    here = mean_misfit(frames, TRUE)
    assert here < 0.005  # noise of 2 grey levels on strong edges
    for move in ([0, 0, 1, 0], [0, 0, 0, -1], [0, 0, -3, 2], [0.02, 0.02, 0, 0]):
        assert mean_misfit(frames, TRUE + np.array(move)) > 1.5 * here


def test_a_banner_costs_only_the_plain_misfit(bg: Proxies) -> None:
    frames = cut(bg.small).copy()
    frames[:, H * 3 // 4 :] = np.where(np.indices((H - H * 3 // 4, W)).sum(axis=0) // 6 % 2, 255, 0)
    views = at_times(clip(frames), bg)
    assert mean_misfit(views, TRUE) > 0.3
    assert mean_misfit(views, TRUE, robust=True) < 0.01
    attentive = replace(views, objective=replace(PARAMETERS, ignored_share=0.05))
    assert mean_misfit(attentive, TRUE, robust=True) > 0.05


def test_outside_the_canvas_the_misfit_is_infinite_and_times_stay(fg: Proxies, bg: Proxies) -> None:
    frames = at_times(fg, bg)
    assert mean_misfit(frames, np.array([1.0, 1.0, 5000.0, Y])) == np.inf
    assert best_nearby_frames(frames, np.array([1.0, 1.0, 5000.0, Y])) == [i + 6 for i in SAMPLES]


@pytest.mark.parametrize(("late", "reach"), [(0, 1), (1, 1), (-1, 1), (3, 4), (-4, 4)])
def test_times_within_reach_are_corrected(late: int, reach: int, fg: Proxies, bg: Proxies) -> None:
    assert best_nearby_frames(at_times(fg, bg, late, reach), TRUE) == [i + 6 for i in SAMPLES]


def test_times_out_of_reach_cost(fg: Proxies, bg: Proxies) -> None:
    assert mean_misfit(at_times(fg, bg, 3), TRUE) > 3 * mean_misfit(at_times(fg, bg, 3, reach=3), TRUE)


def test_a_moment_between_bg_frames_costs_less_with_more_frames_to_compare() -> None:
    """Of a pan BG keeps every other frame, and FG shows those between: the parabola in time makes up for some of it."""
    frames = luma("pan", 40)
    fg, bg = clip(noisy(cut(frames)[1::2], 0.5)), clip(frames[::2])
    pairs = [(k, k + 3) for k in range(2, 12, 3)]
    place = content_box(fg), TRUE, pairs
    near, wide = (misfits(pair_frames(fg, bg, *place, reach), TRUE) for reach in (1, 2))
    assert near is not None
    assert wide is not None
    assert (wide <= near + 1e-6).all()
    assert wide.mean() < 0.9 * near.mean()


@pytest.mark.parametrize("robust", [False, True])
def test_each_frame_correlates_best_with_its_own(robust: bool, fg: Proxies, bg: Proxies) -> None:
    box = 0.0, 0.0, float(W), float(H)
    scores = zncc_matrix([fg.small[i] for i in SAMPLES], list(bg.small), TRUE, box, robust, PARAMETERS)
    assert scores is not None
    assert scores.argmax(axis=1).tolist() == [i + 6 for i in SAMPLES]
    assert scores.max() <= 1 + 1e-5


def test_half_of_fg_must_be_on_the_canvas(fg: Proxies, bg: Proxies) -> None:
    box = 0.0, 0.0, float(W), float(H)
    views = [fg.small[0]], [bg.small[6]]
    outside = np.array([1.0, 1.0, 320 - 0.4 * W, Y])
    assert zncc_matrix(*views, outside, box, False, PARAMETERS) is None
    assert zncc_matrix(*views, outside, box, False, replace(PARAMETERS, least_overlap=0.3)) is not None
