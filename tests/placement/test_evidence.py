"""What a placement's confidence is made of: each piece of evidence moves it the way it should."""

from dataclasses import replace

import numpy as np
import pytest
from support.placed_proxies import NOISE, H, W, X, Y, clip, cut, luma, noisy

from vidkompy.media.proxies import Proxies
from vidkompy.placement.evidence import Evidence, confidence, evidence
from vidkompy.placement.fine_fit import Close
from vidkompy.placement.gauss_newton import TRANSLATION
from vidkompy.placement.letterbox import content_box

GOOD = Evidence(cost=0.001, plain=0.001, drift=0.005, spread=0.005, grip=0.9, ahead=0.5)


def seen_at(x: float, y: float, fg: Proxies, bg: Proxies, first: int) -> Evidence:
    """Evidence of an unscaled placement; FG frame i is BG frame first + i."""
    box = content_box(fg)
    pairs = [(i, first + i) for i in range(0, fg.clip.frames, 3)]
    close = Close(fg, bg, box, np.array([1.0, 1.0, x, y]), pairs)
    return evidence(fg, bg, box, close, pairs, TRANSLATION)


@pytest.fixture(scope="module")
def bg() -> Proxies:
    return clip(luma("tripod", 30))


@pytest.fixture(scope="module")
def fg(bg: Proxies) -> Proxies:
    return clip(noisy(cut(bg.small), NOISE))


def test_the_true_place_has_all_for_it(fg: Proxies, bg: Proxies) -> None:
    seen = seen_at(X, Y, fg, bg, 6)
    assert seen.cost < 0.02
    assert max(seen.drift, seen.spread) < 0.1  # px
    assert seen.ahead > 0.3
    assert confidence(seen) > 0.9


def test_a_place_one_pixel_off_drifts_back(fg: Proxies, bg: Proxies) -> None:
    seen = seen_at(X + 1, Y, fg, bg, 6)
    assert 0.4 < seen.drift < 1.6  # px
    assert confidence(seen) < 0.5


def test_a_place_far_off_fits_badly_and_another_is_ahead(fg: Proxies, bg: Proxies) -> None:
    seen = seen_at(X - 30, Y + 20, fg, bg, 6)
    assert seen.cost > 0.3
    assert seen.ahead < -0.3
    assert confidence(seen) < 0.01


def test_of_two_copies_of_the_content_neither_is_ahead() -> None:
    half = luma("tripod", 30)[:, :, :160]
    twice = clip(np.concatenate([half, half], axis=2))
    seen = seen_at(20, 30, clip(twice.small[6:, 30:140, 20:140]), twice, 6)
    assert abs(seen.ahead) < 0.02  # between the whole px of the view
    assert confidence(seen) < 0.5


def test_a_banner_of_sharp_letters_does_not_outweigh_the_picture(bg: Proxies) -> None:
    frames = cut(bg.small).copy()
    frames[:, H * 3 // 4 :] = np.where(np.indices((H - H * 3 // 4, W)).sum(axis=0) // 6 % 2, 255, 0)
    seen = seen_at(X, Y, clip(frames), bg, 6)
    assert seen.ahead > 0.2
    assert confidence(seen) > 0.5


def test_other_content_is_not_believed_however_well_it_is_measured() -> None:
    assert confidence(replace(GOOD, cost=0.07, plain=0.07)) > 0.9
    assert confidence(replace(GOOD, cost=0.2, plain=0.3)) < 0.01


@pytest.mark.parametrize(
    "worse",
    [{"cost": 0.1}, {"plain": 0.5}, {"drift": 0.5}, {"spread": 0.5}, {"ahead": 0.01}],
    ids=lambda d: next(iter(d)),
)
def test_each_doubt_lowers_the_confidence(worse: dict[str, float]) -> None:
    assert 1 - confidence(replace(GOOD, **worse)) > 2 * (1 - confidence(GOOD))


def test_what_cannot_be_measured_is_not_believed() -> None:
    assert confidence(replace(GOOD, drift=float("inf"), spread=float("inf"))) < 0.1
