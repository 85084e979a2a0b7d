"""Places that a search knows are not registered again, and far worse ones are not, either."""

from dataclasses import replace

import numpy as np
import pytest
from support.picture_edits import U8
from support.placed_proxies import X, Y, clip, cut, noisy

from vidkompy.media.proxies import Proxies
from vidkompy.model import F64
from vidkompy.placement.coarse_fit import (
    CoarseFitParameters,
    fit_coarse,
    fit_times_at,
    fits_to_register,
    is_disordered,
)
from vidkompy.placement.coarse_problem import CoarseProblem, coarse_problem
from vidkompy.placement.known_places import NOTHING_KNOWN, KnownPlaces, PruningParameters
from vidkompy.placement.letterbox import content_box
from vidkompy.placement.transforms import corner_shift

PARAMETERS = CoarseFitParameters()
PRUNING = PruningParameters()
RIGHT = np.array([1.0, 1.0, X, Y])
ONE = np.ones(4)
BOX = (0.0, 0.0, 100.0, 60.0)


def posed(fg: Proxies, bg: Proxies) -> CoarseProblem:
    return coarse_problem(fg, bg, content_box(fg), 1.0, False)


def shifted(dx: float) -> F64:
    return np.array([1.0, 1.0, 10 + dx, 20])


@pytest.mark.parametrize(
    ("dx", "cost", "is_worth"),
    [(0.0, 0.1, False), (0.0, 0.05, True), (5.0, 0.1, True), (5.0, 0.2, False), (0.5, 0.09, False)],
)
def test_only_other_places_about_as_good_and_known_ones_fitted_better_are_registered(
    dx: float, cost: float, is_worth: bool
) -> None:
    known = KnownPlaces([shifted(0.0)], [0.1], is_first=False)
    assert known.is_worth_registering(shifted(dx), cost, 0.06, ONE, BOX, PRUNING) == is_worth


def test_the_first_fit_is_registered_whatever_it_costs() -> None:
    assert NOTHING_KNOWN.is_worth_registering(shifted(0.0), 0.9, 0.06, ONE, BOX, PRUNING)
    other_stages_knew = KnownPlaces(is_first=False)
    assert not other_stages_knew.is_worth_registering(shifted(0.0), 0.9, 0.06, ONE, BOX, PRUNING)


def test_a_hopeless_start_is_fitted_only_if_nothing_else_was() -> None:
    assert not NOTHING_KNOWN.is_hopeless_start(0.9, False, PRUNING)
    assert NOTHING_KNOWN.is_hopeless_start(0.9, True, PRUNING)
    assert not NOTHING_KNOWN.is_hopeless_start(0.4, True, PRUNING)
    assert KnownPlaces([shifted(0.0)], [0.01], is_first=False).is_hopeless_start(0.4, False, PRUNING)


def test_a_long_search_ends_early_where_the_best_place_is_the_known_one(handheld: U8, bg: Proxies) -> None:
    problem = posed(clip(noisy(cut(handheld))), bg)
    candidates = [RIGHT + np.array([0, 0, dx, 0]) for dx in (0.0, -30.0, 30.0, 15.0, -15.0, 45.0)]
    patient = replace(PARAMETERS, clear_cost=0.0, pruning=PruningParameters(hopeless_start=2.0, hopeless_rise=2.0))
    fits = fit_coarse(problem, candidates, 6, patient)
    assert len(fits) > PARAMETERS.quick_starts
    known = KnownPlaces([RIGHT], [fits[0].cost], is_first=False)
    again = fit_coarse(problem, candidates, 6, patient, known)
    assert len(again) <= PARAMETERS.quick_starts
    px = [
        corner_shift(f.view_transform, RIGHT * problem.view_per_frame, problem.box)
        for f in fits_to_register(problem, again, known, PARAMETERS)
    ]
    assert all(off > PRUNING.known_px for off in px)
    assert fits_to_register(problem, again, NOTHING_KNOWN, PARAMETERS)[0].cost == fits[0].cost


def test_a_long_search_ends_early_where_one_fit_is_clear(handheld: U8, bg: Proxies) -> None:
    problem = posed(clip(noisy(cut(handheld))), bg)
    candidates = [RIGHT + np.array([0, 0, dx, 0]) for dx in (0.0, -30.0, 30.0, 15.0, -15.0, 45.0)]
    pruning = PruningParameters(hopeless_start=2.0, hopeless_rise=2.0)
    fits = fit_coarse(problem, candidates, 6, replace(PARAMETERS, pruning=pruning))
    assert len(fits) == PARAMETERS.quick_starts
    doubtful = replace(PARAMETERS, clear_cost=0.0, pruning=pruning)
    assert len(fit_coarse(problem, candidates, 6, doubtful)) > PARAMETERS.quick_starts


def test_reordered_scenes_are_told_from_ordered_ones_and_from_other_content(handheld: U8, bg: Proxies) -> None:
    frames = noisy(cut(handheld))
    swapped = np.concatenate([frames[14:], frames[:14]])
    noise = np.random.default_rng(5).integers(0, 256, frames.shape).astype(np.uint8)
    disordered = []
    for shown in (swapped, frames, noise):
        fit = fit_times_at(posed(clip(shown), bg), RIGHT)
        assert fit is not None
        disordered.append(is_disordered(fit, replace(PARAMETERS, least_free_cost=0.002)))
    assert disordered == [True, False, False]
