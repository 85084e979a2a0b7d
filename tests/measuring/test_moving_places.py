"""A place that moves is seen at the first place that is registered; one that stands is not taken for one."""

from dataclasses import replace

import numpy as np
import pytest
from support.moving_places import KINDS, moving_pair, standing
from support.placed_proxies import H, W, clip, luma

from vidkompy.measuring.moving_places import moving_place_check
from vidkompy.media.proxies import Proxies
from vidkompy.placement.candidates import find_candidates
from vidkompy.placement.coarse_fit import fit_coarse
from vidkompy.placement.registration import (
    ProxyPair,
    Registration,
    RegistrationParameters,
    coarse_problem_at,
    register,
)
from vidkompy.placement.search import search
from vidkompy.placement.transforms import ISOTROPIC
from vidkompy.tracking.parameters import TrackingParameters

BOX = (0.0, 0.0, float(W), float(H))
NUMBERS = RegistrationParameters()


def first_place(fg: Proxies, bg: Proxies) -> tuple[ProxyPair, Registration]:
    clips = ProxyPair(fg, bg, BOX)
    candidates = find_candidates("spread_samples", *clips, (0.5, 2.0), ())
    problem = coarse_problem_at(clips, 1.0, False, ISOTROPIC, 1.0, NUMBERS)
    fit = fit_coarse(problem, candidates, 3)[0]
    return clips, register(clips, problem, fit, fit.view_transform / problem.view_per_frame, NUMBERS)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "footage"),
    [("weaving", "tripod"), ("zooming", "tripod"), ("tilted", "tripod"), ("stabilised", "pan"), ("jumping", "tripod")],
)
def test_a_place_that_moves_or_is_turned_ends_the_search(kind: str, footage: str) -> None:
    pair = moving_pair(KINDS[kind], luma(footage, 60))
    asked: list[bool] = []
    check = moving_place_check(True, NUMBERS.coarse_fit, TrackingParameters())

    def is_moving(clips: ProxyPair, registration: Registration, is_doubtful: bool) -> bool:
        asked.append(check(clips, registration, is_doubtful))
        return asked[-1]

    _, ranked = search(ProxyPair(pair.fg, pair.bg, BOX), is_moving=is_moving)
    assert asked[-1]
    assert len(asked) <= 2  # of the first place, and of one that is doubtful
    assert ranked


@pytest.mark.parametrize("footage", ["tripod", "handheld", "pan"])
def test_a_place_that_stands_does_not_move(footage: str) -> None:
    pair = moving_pair(standing, luma(footage, 60))
    clips, registration = first_place(pair.fg, pair.bg)
    check = moving_place_check(True, NUMBERS.coarse_fit, replace_least_cost())
    assert not check(clips, registration, False)
    assert not check(clips, registration, True)


def test_where_the_place_may_not_move_nothing_is_asked() -> None:
    pair = moving_pair(KINDS["weaving"], luma("tripod", 60))
    clips, registration = first_place(pair.fg, pair.bg)
    assert not moving_place_check(False, NUMBERS.coarse_fit, TrackingParameters())(clips, registration, False)


def test_other_content_does_not_move() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (30, H, W)).astype(np.uint8)
    pair = moving_pair(standing, luma("tripod", 60))
    clips, registration = first_place(pair.fg, pair.bg)
    check = moving_place_check(True, NUMBERS.coarse_fit, TrackingParameters())
    assert not check(clips._replace(fg=clip(noise)), registration, True)


@pytest.mark.parametrize("footage", ["tripod", "handheld"])
def test_a_place_where_half_of_fg_shows_something_else_does_not_jump(footage: str) -> None:
    pair = moving_pair(standing, luma(footage, 60))
    half = luma("crowd", 60)[: len(pair.fg.small) // 2, :H, :W]
    clips, registration = first_place(clip(np.concatenate([pair.fg.small[: -len(half)], half])), pair.bg)
    check = moving_place_check(True, NUMBERS.coarse_fit, TrackingParameters())
    assert registration.plain_cost > 0.1
    assert not check(clips, registration, True)


def replace_least_cost() -> TrackingParameters:
    """Numbers that look at clean fits, too."""
    numbers = TrackingParameters()
    return replace(numbers, early_motion=replace(numbers.early_motion, least_plain_cost=0.0))
