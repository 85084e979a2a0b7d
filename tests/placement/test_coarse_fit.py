"""The coarse fit on clips whose place and times are known by construction, from candidates some pixels away."""

from dataclasses import replace

import numpy as np
import pytest
from support.picture_edits import U8
from support.placed_proxies import H, W, X, Y, clip, cut, luma, noisy

from vidkompy.media.proxies import Proxies
from vidkompy.placement.coarse_fit import (
    CoarseFitParameters,
    fit_coarse,
    fit_times_at,
    is_large_in_memory,
    resample_to_large_frames,
)
from vidkompy.placement.coarse_problem import CoarseProblem, coarse_problem
from vidkompy.placement.known_places import PruningParameters
from vidkompy.placement.letterbox import content_box
from vidkompy.placement.transforms import TRANSLATION, corner_shift

PARAMETERS = CoarseFitParameters()
FAR = np.array([1.0, 1.0, 130.0, 5.0])


def posed(fg: Proxies, bg: Proxies, scale: float = 1.0, robust: bool = False) -> CoarseProblem:
    """scale: canvas px per FG px."""
    return coarse_problem(fg, bg, content_box(fg), scale, robust)


def at(scale: float, dx: float = 0.0, dy: float = 0.0, stretch: float = 1.0) -> np.ndarray:
    return np.array([scale * stretch, scale * stretch, X + dx, Y + dy])


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["tripod", "pan", "handheld"])
@pytest.mark.parametrize("scale", [1.0, 2.0, 0.5])
def test_place_and_times_are_found_together(scale: float, kind: str) -> None:
    """From 2 canvas px and 1 % of scale off to half a px of the view, 1 canvas px; times to a frame."""
    frames = luma(kind)
    fg = clip(noisy(cut(frames, 1 / scale)))
    problem = posed(fg, clip(frames), scale)
    fits = fit_coarse(problem, [at(scale, 2, -1, 1.01), at(scale, -1, 2)], 3)
    assert corner_shift(fits[0].view_transform / problem.view_per_frame, at(scale), content_box(fg)) < 1
    assert np.abs(fits[0].path - np.array(problem.indices) - 6).max() <= 1
    assert [f.cost for f in fits] == sorted(f.cost for f in fits)


def test_a_fit_keeps_within_its_freedom(handheld: U8, bg: Proxies) -> None:
    fg = clip(noisy(cut(handheld)))
    problem = coarse_problem(fg, bg, content_box(fg), 1.0, False, TRANSLATION)
    fit = fit_coarse(problem, [at(1.0, 3, -2)], 1)[0]
    assert (fit.view_transform / problem.view_per_frame)[:2] == pytest.approx([1, 1], abs=1e-12)


def test_as_many_fits_as_starts_at_most_and_none_twice(handheld: U8, bg: Proxies) -> None:
    problem = posed(clip(noisy(cut(handheld))), bg)
    candidates = [FAR, at(1.0), at(1.0, 0.1), at(1.0, 40), at(1.0, -40, 20)]
    assert len(fit_coarse(problem, candidates, 1)) == 1
    doubtful = replace(PARAMETERS, clear_cost=0.0, pruning=PruningParameters(hopeless_start=2.0))
    assert len(fit_coarse(problem, candidates, 3, doubtful)) == 3
    assert len(fit_coarse(problem, candidates, 3)) == 2  # the first is clear once there is one to compare it with


def test_candidates_off_the_canvas_give_no_fit(handheld: U8, bg: Proxies) -> None:
    problem = posed(clip(cut(handheld)), bg)
    outside = np.array([1.0, 1.0, 5000.0, 0.0])
    assert fit_coarse(problem, [outside], 3) == []
    assert fit_times_at(problem, outside) is None


def test_aligning_in_time_leaves_the_place_as_it_is(handheld: U8, bg: Proxies) -> None:
    problem = posed(clip(noisy(cut(handheld))), bg)
    fit = fit_times_at(problem, at(1.0, 0.3))
    assert fit is not None
    np.testing.assert_allclose(fit.view_transform / problem.view_per_frame, at(1.0, 0.3))
    assert fit.path.tolist() == [i + 6 for i in problem.indices]


def test_inserted_frames_do_not_count_and_scenes_may_come_in_any_order(handheld: U8, bg: Proxies) -> None:
    """A fifth of FG shows something else, and its halves are swapped: what only a robust fit forgives."""
    frames = noisy(cut(handheld))
    swapped = np.concatenate([frames[14:], frames[:14]])
    swapped[12:16] = np.random.default_rng(3).integers(0, 256, swapped[12:16].shape)
    robust, ordered = (fit_times_at(posed(clip(swapped), bg, robust=r), at(1.0)) for r in (True, False))
    assert robust is not None
    assert ordered is not None
    assert robust.cost < 0.02 < ordered.cost
    counting_all = fit_times_at(posed(clip(swapped), bg, robust=True), at(1.0), replace(PARAMETERS, inlier_share=1.0))
    assert counting_all is not None
    assert counting_all.cost > 5 * robust.cost


def test_samples_move_to_frames_in_memory(handheld: U8) -> None:
    """Of FG every other frame is in memory large, of BG all but its last ten: enough for 8 samples, not for 24."""
    fg, bg = clip(noisy(cut(handheld))), clip(handheld)
    large_fg = replace(fg, large_frames={i: f for i, f in fg.large_frames.items() if i % 2})
    large_bg = replace(bg, large_frames={j: f for j, f in bg.large_frames.items() if j < 30})
    problem = posed(large_fg, large_bg)
    fit = fit_times_at(problem, at(1.0))
    assert fit is not None
    assert resample_to_large_frames(large_fg, large_bg, problem, fit) == (problem, fit)
    few = coarse_problem(
        large_fg, large_bg, content_box(fg), 1.0, False, parameters=replace(problem.parameters, samples=8)
    )
    fit = fit_times_at(few, at(1.0))
    assert fit is not None
    resampled, there = resample_to_large_frames(large_fg, large_bg, few, fit)
    assert len(resampled.indices) == 8
    assert all(
        i in large_fg.large_frames and is_large_in_memory(large_bg, i + 6, PARAMETERS.large_reach)
        for i in resampled.indices
    )
    assert there.path.tolist() == [i + 6 for i in resampled.indices]
    np.testing.assert_allclose(there.view_transform, fit.view_transform)


def test_where_all_is_in_memory_samples_stay(handheld: U8, bg: Proxies) -> None:
    fg = clip(noisy(cut(handheld)))
    problem = posed(fg, bg)
    fit = fit_times_at(problem, at(1.0))
    assert fit is not None
    assert resample_to_large_frames(fg, bg, problem, fit) == (problem, fit)


@pytest.mark.parametrize("scale", [0.25, 1.0, 4.0])
def test_views_of_both_clips_have_one_pitch(scale: float, bg: Proxies) -> None:
    """Where BG's own px allow it: a tiny FG is compared with all of BG's px."""
    fg = clip(np.zeros((8, round(H / scale), round(W / scale)), np.uint8))
    views = posed(fg, bg, scale).fit_views
    pitch = views.view_per_frame[0] * scale  # BG view px per FG view px
    assert pitch == pytest.approx(1, rel=0.02)
    assert views.box[2:] == pytest.approx(views.fg[0].shape[::-1], rel=0.02)
    assert max(views.fg[0].shape) <= 96
