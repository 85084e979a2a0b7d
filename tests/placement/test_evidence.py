"""What a placement's confidence is made of: each piece of evidence moves it the way it should."""

from dataclasses import replace

import numpy as np
import pytest
from support.placed_proxies import NOISE, H, W, X, Y, clip, cut, luma, noisy

from vidkompy.media.proxies import Proxies
from vidkompy.placement.evidence import (
    Evidence,
    EvidenceParameters,
    _lead_at,
    confidence,
    measure_evidence,
    rival_factor,
)
from vidkompy.placement.frame_pairs import pair_frames
from vidkompy.placement.letterbox import content_box
from vidkompy.placement.transforms import TRANSLATION

GOOD = Evidence(
    robust_cost=0.001,
    plain_cost=0.001,
    remaining_step=0.005,
    standard_error=0.005,
    information_share=0.9,
    correlation_lead=0.5,
)


def evidence_at(x: float, y: float, fg: Proxies, bg: Proxies, first: int) -> Evidence:
    """Evidence of an unscaled placement; FG frame i is BG frame first + i."""
    box = content_box(fg)
    pairs = [(i, first + i) for i in range(0, fg.clip.frames, 3)]
    close = pair_frames(fg, bg, box, np.array([1.0, 1.0, x, y]), pairs)
    return measure_evidence(fg, bg, box, close, pairs, TRANSLATION)


@pytest.fixture(scope="module")
def bg() -> Proxies:
    return clip(luma("tripod", 30))


@pytest.fixture(scope="module")
def fg(bg: Proxies) -> Proxies:
    return clip(noisy(cut(bg.small), NOISE))


def test_the_true_place_has_all_for_it(fg: Proxies, bg: Proxies) -> None:
    found = evidence_at(X, Y, fg, bg, 6)
    assert found.robust_cost < 0.02
    assert max(found.remaining_step, found.standard_error) < 0.1  # px
    assert found.correlation_lead > 0.3
    assert confidence(found) > 0.9


def test_a_place_one_pixel_off_steps_back(fg: Proxies, bg: Proxies) -> None:
    found = evidence_at(X + 1, Y, fg, bg, 6)
    assert 0.4 < found.remaining_step < 1.6  # px
    assert confidence(found) < 0.5


def test_a_place_far_off_fits_badly_and_another_leads(fg: Proxies, bg: Proxies) -> None:
    found = evidence_at(X - 30, Y + 20, fg, bg, 6)
    assert found.robust_cost > 0.3
    assert found.correlation_lead < -0.3
    assert confidence(found) < 0.01


def test_of_two_copies_of_the_content_neither_leads() -> None:
    half = luma("tripod", 30)[:, :, :160]
    twice = clip(np.concatenate([half, half], axis=2))
    found = evidence_at(20, 30, clip(twice.small[6:, 30:140, 20:140]), twice, 6)
    assert abs(found.correlation_lead) < 0.02  # between the whole px of the view
    assert confidence(found) < 0.5


def test_a_banner_of_sharp_letters_does_not_outweigh_the_picture(bg: Proxies) -> None:
    frames = cut(bg.small).copy()
    frames[:, H * 3 // 4 :] = np.where(np.indices((H - H * 3 // 4, W)).sum(axis=0) // 6 % 2, 255, 0)
    found = evidence_at(X, Y, clip(frames), bg, 6)
    assert found.correlation_lead > 0.2
    assert confidence(found) > 0.5


def test_other_content_is_not_believed_however_well_it_is_measured() -> None:
    assert confidence(replace(GOOD, robust_cost=0.07, plain_cost=0.07)) > 0.9
    assert confidence(replace(GOOD, robust_cost=0.2, plain_cost=0.3)) < 0.01


@pytest.mark.parametrize(
    "worse",
    [
        {"robust_cost": 0.1},
        {"plain_cost": 0.5},
        {"remaining_step": 0.5},
        {"standard_error": 0.5},
        {"correlation_lead": 0.01},
    ],
    ids=lambda d: next(iter(d)),
)
def test_each_doubt_lowers_the_confidence(worse: dict[str, float]) -> None:
    assert 1 - confidence(replace(GOOD, **worse)) > 2 * (1 - confidence(GOOD))


def test_what_cannot_be_measured_is_not_believed() -> None:
    assert confidence(replace(GOOD, remaining_step=float("inf"), standard_error=float("inf"))) < 0.1


def test_a_rival_as_good_but_for_a_fifth_makes_either_as_likely() -> None:
    assert rival_factor(1.2) == 0.5
    assert rival_factor(float("inf")) == 1
    assert rival_factor(1.2, EvidenceParameters(rival_ratio=2.4)) == 1 / 17


def test_a_lead_is_over_the_best_place_that_is_not_nearby() -> None:
    """3 px off is neither here nor elsewhere."""
    response = np.zeros((20, 20), np.float32)
    response[10, 10], response[10, 13], response[2, 3] = 0.75, 1.0, 0.5
    assert _lead_at(response, 10.0, 10.0, EvidenceParameters()) == 0.25
    assert _lead_at(response, 10.0, 10.0, EvidenceParameters(same_place_px=3)) == 0.5
