"""Where FG lies is told by what is not ignored of it: each stage of the search leaves the rest out."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from support.overlaid_films import OVERLAY, scrolled_over
from support.picture_edits import U8
from support.placed_proxies import SIZE, H, W, X, Y, clip, cut, luma, noisy

from vidkompy.errors import NoMatch
from vidkompy.media.proxies import Proxies
from vidkompy.model import Placement
from vidkompy.placement.evidence import measure_evidence
from vidkompy.placement.frame_pairs import pair_frames
from vidkompy.placement.letterbox import content_box
from vidkompy.placement.orb import detect_keypoints
from vidkompy.placement.search import find_placement
from vidkompy.placement.template_matching import TemplateMatchingParameters, match_templates
from vidkompy.placement.transforms import ISOTROPIC, corner_shift

TRUE = np.array([1.0, 1.0, X, Y])
WHOLE = (0.0, 0.0, float(W), float(H))


@pytest.fixture(scope="module")
def overlaid(handheld: U8) -> Proxies:
    return clip(scrolled_over(noisy(cut(handheld))))


def looked_at(fg: Proxies) -> Proxies:
    return replace(fg, ignored=(OVERLAY,))


def corner_error(found: Placement) -> float:
    ends = (found.x - X, found.y - Y, found.x + found.width - X - W, found.y + found.height - Y - H)
    return max(abs(e) for e in ends)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["tripod", "handheld", "pan"])
def test_an_overlay_that_breaks_the_search_does_not_where_it_is_ignored(kind: str) -> None:
    """Measured without: 79 to 105 px off, at a confidence of 0."""
    frames = luma(kind)
    fg, bg = clip(scrolled_over(noisy(cut(frames)))), clip(frames)
    astray, _ = find_placement(fg, bg, content_box(fg), min_confidence=0)
    found, pairs = find_placement(looked_at(fg), bg, content_box(looked_at(fg)))
    assert corner_error(astray) > 20 or (astray.confidence or 0) < 0.5
    assert corner_error(found) == 0
    assert found.confidence is not None
    assert found.confidence > 0.99
    assert all(abs(j - i - 6) <= 1 for i, j in pairs)


@pytest.mark.slow
@pytest.mark.parametrize("strip", [(0, 0, W, 76), (0, 0, W, 87), (0, 16, W, 92)])
def test_a_strip_is_enough_where_the_rest_is_ignored(strip: tuple[int, int, int, int], bg: Proxies) -> None:
    """20 to 30 % of FG along one edge or two: the parts that a jackknife leaves out have to lie there too."""
    fg = noisy(cut(bg.small))
    x0, y0, x1, y1 = strip
    fg[:, y0:y1, x0:x1] = np.random.default_rng(3).integers(0, 256, (len(fg), y1 - y0, x1 - x0))
    proxies = replace(clip(fg), ignored=(strip,))
    found, _ = find_placement(proxies, bg, content_box(proxies))
    assert corner_error(found) == 0
    assert found.confidence is not None
    assert found.confidence > 0.9


@pytest.mark.slow
def test_other_content_is_not_found_because_most_of_it_is_ignored(bg: Proxies) -> None:
    fg = replace(clip(noisy(cut(luma("pan", seed=9)))), ignored=((40, 0, W, 82),))
    found, _ = find_placement(fg, bg, content_box(fg), min_confidence=0)
    assert found.confidence is not None
    assert found.confidence < 0.1


@pytest.mark.slow
def test_what_else_is_altered_is_found_beside_what_is_ignored(overlaid: Proxies, bg: Proxies) -> None:
    """A banner over an eighth of FG that nobody spoke of."""
    fg = overlaid.small.copy()
    fg[:, 70:100, 5:90] = 235
    proxies = looked_at(clip(fg))
    found, _ = find_placement(proxies, bg, content_box(proxies))
    assert corner_error(found) == 0


def test_no_keypoint_lies_in_what_is_ignored(overlaid: Proxies) -> None:
    x0, y0, x1, y1 = OVERLAY
    mask = looked_at(overlaid).compared((H, W), 1, 4)
    count = 100
    plain, masked = (detect_keypoints(overlaid.small[0], WHOLE, 1, count, compared=c).at for c in (None, mask))
    inside = [((x0 <= at[:, 0]) & (at[:, 0] < x1) & (y0 <= at[:, 1]) & (at[:, 1] < y1)) for at in (plain, masked)]
    assert inside[0].mean() > 0.8
    assert not inside[1].any()
    assert len(masked) > 20


def test_a_template_is_matched_without_what_is_ignored(bg: Proxies) -> None:
    """Three fifths of FG show BG from 49 px further right and 23 px further down."""
    x0, y0, x1, y1 = box = (40, 0, W, 82)
    fg = noisy(cut(bg.small))
    fg[:, y0:y1, x0:x1] = bg.small[6:34, Y + 23 + y0 : Y + 23 + y1, X + 49 + x0 : X + 49 + x1]
    astray = match_templates(clip(fg), bg, WHOLE, (1, 1))[0]
    found = match_templates(replace(clip(fg), ignored=(box,)), bg, WHOLE, (1, 1))[0]
    view_px = SIZE[0] / TemplateMatchingParameters().canvas_px
    assert corner_shift(astray, TRUE, WHOLE) > 40
    assert corner_shift(found, TRUE, WHOLE) < view_px


def test_the_evidence_for_the_true_place_is_that_of_what_is_looked_at(overlaid: Proxies, bg: Proxies) -> None:
    pairs = [(i, i + 6) for i in range(0, 28, 4)]
    plain, masked = (
        measure_evidence(fg, bg, WHOLE, pair_frames(fg, bg, WHOLE, TRUE, pairs), pairs, ISOTROPIC)
        for fg in (overlaid, looked_at(overlaid))
    )
    assert plain.plain_cost > 0.5
    assert masked.plain_cost < 0.02
    assert masked.robust_cost < 0.02
    assert masked.standard_error < 0.2
    assert masked.correlation_lead > max(0.2, plain.correlation_lead)


def test_subtitles_on_a_bar_hide_it_unless_they_are_ignored(handheld: U8) -> None:
    frames = handheld.copy()
    frames[:, 140:] = 16
    for i, frame in enumerate(frames):
        cv2.putText(frame, f"{i} words {i * i}", (60, 165), cv2.FONT_HERSHEY_SIMPLEX, 0.5, 235)
    subtitled = clip(frames)
    assert content_box(subtitled)[3] > 150
    for box in ((50, 148, 300, 172), (0, 148, 320, 172), (0, 148, 320, 180)):
        assert 130 < content_box(replace(subtitled, ignored=(box,)))[3] < 140


def test_an_fg_that_is_blank_but_for_what_is_ignored_is_refused_as_such(bg: Proxies) -> None:
    fg = looked_at(clip(scrolled_over(np.full((4, H, W), 90, np.uint8))))
    with pytest.raises(NoMatch, match="shows nothing but one colour"):
        find_placement(fg, bg, WHOLE)
