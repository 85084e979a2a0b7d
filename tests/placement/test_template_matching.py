"""Candidates by template matching: which scales and positions they are at."""

import cv2
import numpy as np
import pytest
from support.placed_proxies import X, Y, clip, cut, luma

from vidkompy.model import U8
from vidkompy.placement.letterbox import content_box
from vidkompy.placement.template_matching import TemplateMatchingParameters, _peaks, match_templates


@pytest.mark.parametrize(("low", "high"), [(1, 1), (0.7, 0.7), (0.5, 0.9), (0.2, 5)])
def test_scales_stay_in_bounds(low: float, high: float) -> None:
    tripod = luma("tripod")
    fg = clip(cut(tripod))
    scales = {q[0] for q in match_templates(fg, clip(tripod), content_box(fg), (low, high))}
    assert scales
    assert all(low - 1e-9 <= s <= high + 1e-9 for s in scales)


def test_the_best_candidate_is_near_the_place() -> None:
    """Within a px of BG's view, which is 320 / 96 canvas px."""
    frames = luma("tripod")
    fg = clip(cut(frames))
    best = match_templates(fg, clip(frames), content_box(fg), (1.0, 1.0))[0]
    np.testing.assert_allclose(best, [1, 1, X, Y], atol=320 / 96)


@pytest.mark.parametrize("kind", ["tripod", "foliage"])
def test_a_blurred_noisy_place_is_a_candidate_though_small_templates_correlate_better(kind: str) -> None:
    rng = np.random.default_rng(1)

    def noisy(frames: U8) -> U8:
        return np.clip(frames + rng.normal(0, 32, frames.shape), 0, 255).astype(np.uint8)

    frames = np.stack([cv2.GaussianBlur(frame, (0, 0), 8) for frame in luma(kind)])
    fg, bg = clip(noisy(cut(frames))), clip(noisy(frames))
    found = match_templates(fg, bg, content_box(fg), (0.2, 5.0))
    assert any(np.allclose(q, [1, 1, X, Y], atol=320 / 96) for q in found), found


def test_peaks_lie_apart() -> None:
    response = np.zeros((20, 20), np.float32)
    response[5, 6], response[5, 7], response[15, 3] = 0.9, 0.8, 0.7
    peaks = list(_peaks(response, TemplateMatchingParameters()))
    assert [(x, y) for _, x, y in peaks] == [(6, 5), (3, 15)]
    assert [score for score, _, _ in peaks] == pytest.approx([0.9, 0.7])
