"""A first fit that is hopeless is not registered while other stages may find a better one."""

from __future__ import annotations

import numpy as np
from support.picture_edits import U8
from support.placed_proxies import X, Y, clip, cut, noisy

from vidkompy.media.proxies import Proxies
from vidkompy.placement.coarse_fit import CoarseFitParameters, fit_times_at, is_hopeless
from vidkompy.placement.coarse_problem import coarse_problem
from vidkompy.placement.letterbox import content_box
from vidkompy.placement.registration import ProxyPair
from vidkompy.placement.search import FitOfProblem, ranked_last_resort, search
from vidkompy.placement.search_parameters import ScaleRange

RIGHT = np.array([1.0, 1.0, X, Y])


def is_hopeless_at_the_place(frames: U8, bg: Proxies) -> bool:
    fg = clip(frames)
    problem = coarse_problem(fg, bg, content_box(fg), 1.0, False)
    fit = fit_times_at(problem, RIGHT)
    assert fit is not None
    return is_hopeless(problem, fit, CoarseFitParameters())


def test_other_content_is_hopeless_and_a_banner_is_not(handheld: U8, bg: Proxies) -> None:
    frames = noisy(cut(handheld))
    noise = np.random.default_rng(5).integers(0, 256, frames.shape).astype(np.uint8)
    banner = frames.copy()
    height = frames.shape[1] * 2 // 5
    banner[:, -height:] = noise[0, -height:]
    assert [is_hopeless_at_the_place(shown, bg) for shown in (frames, banner, noise)] == [False, False, True]


def test_the_best_hopeless_place_is_the_answer_where_nothing_else_is(handheld: U8, bg: Proxies) -> None:
    noise = np.random.default_rng(5).integers(0, 256, cut(handheld).shape).astype(np.uint8)
    fg = clip(noise)
    _, ranked = search(ProxyPair(fg, bg, content_box(fg)))
    assert len(ranked) == 1
    assert ranked[0].confidence == 0


def test_a_hopeless_place_out_of_bounds_gives_way_to_the_next(handheld: U8, bg: Proxies) -> None:
    """Of two fits, the first is smaller than what is allowed."""
    fg = clip(noisy(cut(handheld)))
    clips = ProxyPair(fg, bg, content_box(fg))
    fits: list[FitOfProblem] = []
    for scale in (0.6, 1.0):
        problem = coarse_problem(fg, bg, clips.box, scale, False)
        fit = fit_times_at(problem, np.array([scale, scale, X, Y]))
        assert fit is not None
        fits.append((problem, fit))
    sizes = [float(ranked_last_resort(clips, [fit], ScaleRange())[0].transform[0]) for fit in fits]
    assert min(sizes) * 1.2 < max(sizes)
    within = ScaleRange(sizes[1] / 1.05, sizes[1] * 1.05)
    (found,) = ranked_last_resort(clips, fits, within)
    assert float(found.transform[0]) == sizes[1]
