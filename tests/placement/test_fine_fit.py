"""The fine fit on clips whose place on the canvas is known by construction, from starts a pixel or so away."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from support.catalogue import BANNER, LOGO
from support.picture_edits import U8, Box, Patch
from support.placed_proxies import H, W, X, Y, clip, cut, luma, noisy

from vidkompy.media.proxies import Proxies
from vidkompy.placement.fine_fit import FineFitParameters, gauss_newton_fit, pattern_search, refine
from vidkompy.placement.frame_pairs import FramePairs, pair_frames
from vidkompy.placement.letterbox import content_box
from vidkompy.placement.transforms import ANISOTROPIC, TRANSLATION, corner_shift

PARAMETERS = FineFitParameters()
SAMPLES = range(2, 28, 5)


def paired(fg: Proxies, bg: Proxies, q: np.ndarray, late: int = 0, reach: int = 1) -> FramePairs:
    return pair_frames(fg, bg, content_box(fg), q, [(i, i + 6 + late) for i in SAMPLES], reach)


def resized(frames: U8, width: int, height: int) -> Proxies:
    return clip(noisy(np.stack([cv2.resize(f, (width, height), interpolation=cv2.INTER_AREA) for f in frames])))


@pytest.mark.parametrize("start", [(0.7, -0.6), (-1.4, 1.2), (0.3, 0.3)])
def test_an_unscaled_fg_lands_on_its_whole_pixel(start: tuple[float, float], handheld: U8) -> None:
    fg, bg = clip(noisy(cut(handheld), 8)), clip(handheld)
    q = np.array([1.003, 0.998, X + start[0], Y + start[1]])
    assert refine(paired(fg, bg, q), content_box(fg)).tolist() == [1, 1, X, Y]


@pytest.mark.parametrize(("width", "height"), [(W // 2, H // 2), (150, 84), (150, 108), (W * 3 // 2, H * 3 // 2)])
def test_a_scaled_fg_is_found_below_a_pixel(width: int, height: int, handheld: U8) -> None:
    """Corners within 0.1 canvas px; noise of 2 grey levels, at up to twice the canvas' pitch."""
    fg, bg = resized(cut(handheld), width, height), clip(handheld)
    true = np.array([W / width, H / height, X, Y])
    start = true * np.array([1.004, 1.004, 1, 1]) + np.array([0, 0, 0.8, -0.9])
    assert corner_shift(refine(paired(fg, bg, start), content_box(fg)), true, content_box(fg)) < 0.1


def test_a_fixed_scale_is_kept_and_the_shift_found(handheld: U8) -> None:
    fg, bg = resized(cut(handheld), W // 2, H // 2), clip(handheld)
    q = refine(paired(fg, bg, np.array([2.0, 2.0, X + 1, Y - 1])), content_box(fg), TRANSLATION)
    assert q[:2].tolist() == [2, 2]
    assert q[2:] == pytest.approx([X, Y], abs=0.1)


def test_an_altered_fg_is_fitted_on_all_pixels(handheld: U8) -> None:
    """Sharp letters cover a fifth of it and slide: the strongest gradients are theirs."""
    letters = np.where(np.indices((H, W)).sum(axis=0) // 5 % 2, 255, 0).astype(np.uint8)
    frames = cut(handheld).copy()
    for i, frame in enumerate(frames):
        frame[H * 4 // 5 :] = np.roll(letters, i, axis=1)[H * 4 // 5 :]
    fg, bg = clip(frames), clip(handheld)
    true = np.array([1.0, 1.0, X, Y])
    pairs = paired(fg, bg, true + np.array([0, 0, 2, 2]))
    strong, whole = (gauss_newton_fit(pairs, pairs.q, ANISOTROPIC, PARAMETERS, on_all_pixels=n) for n in (False, True))
    assert strong is not None
    assert whole is not None
    assert whole.cost < 1e-3 < PARAMETERS.altered_cost < strong.cost
    assert refine(pairs, content_box(fg)).tolist() == true.tolist()


@pytest.mark.parametrize(
    ("kind", "patch"), [("night", BANNER), ("stage", BANNER), ("lowlight", BANNER), ("lowlight", LOGO)]
)
def test_what_covers_a_part_of_fg_does_not_decide_between_whole_px(kind: str, patch: Patch) -> None:
    """Letters over dim pictures: with them counted, places 1 to 4 px off fitted better."""
    frames, letters = luma(kind), np.where(np.indices((H, W)).sum(axis=0) // 5 % 2, 235, 16)
    covered, box = cut(frames).copy(), patch.inside(Box(0, 0, W, H))
    part = slice(box.y, box.y + box.height), slice(box.x, box.x + box.width)
    covered[:, *part] = letters[part]
    fg, bg = clip(noisy(covered)), clip(frames)
    found = refine(paired(fg, bg, np.array([1.0, 1.0, X + 0.7, Y - 0.6])), content_box(fg))
    assert found.tolist() == [1, 1, X, Y]


def test_gauss_newton_stops_where_too_little_is_visible(handheld: U8) -> None:
    fg, bg = clip(cut(handheld)), clip(handheld)
    frames = paired(fg, bg, np.array([1.0, 1.0, 1000.0, Y]))
    assert gauss_newton_fit(frames, frames.q, ANISOTROPIC, PARAMETERS) is None
    assert refine(frames, content_box(fg), TRANSLATION)[:2].tolist() == [1, 1]


@pytest.mark.parametrize("late", [-1, 1])
def test_times_one_frame_off_are_tried(late: int, handheld: U8) -> None:
    """Each time has a place of its own: paired with BG's next or last frame, a hand-held FG leads elsewhere."""
    fg, bg = resized(cut(handheld), W // 2, H // 2), clip(handheld)
    true, box = np.array([2.0, 2.0, X, Y]), content_box(fg)
    frames = paired(fg, bg, true, late)
    assert corner_shift(refine(frames, box, TRANSLATION), true, box) < 0.15
    unwilling = replace(PARAMETERS, shifted_cost=0.0)
    assert corner_shift(refine(frames, box, TRANSLATION, unwilling), true, box) > 0.5


@pytest.mark.parametrize("shift", [-2, 3])
def test_a_pattern_search_leaves_a_wrong_place_on_a_dolly(shift: int) -> None:
    frames = luma("gallery", 80)
    fg, bg = clip(noisy(cut(frames), 1.0)), clip(frames)
    wrong = np.array([1.0, 1.0, X + shift, Y])
    close = paired(fg, bg, wrong, reach=8)
    assert pattern_search(close, wrong, (4, 2, 1), 0.02).tolist() == [1, 1, X, Y]


def test_a_pattern_search_ends_where_no_neighbour_is_better() -> None:
    frames = luma("tripod")
    close = paired(clip(noisy(cut(frames))), clip(frames), np.array([1.0, 1.0, X, Y]))
    assert pattern_search(close, close.q + np.array([0, 0, 3, -2])).tolist() == [1, 1, X, Y]
    short, start = replace(PARAMETERS, most_moves=2), close.q + np.array([0, 0, 3, 0])
    assert pattern_search(close, start, parameters=short).tolist() == [1, 1, X + 1, Y]


def test_a_fit_that_starts_where_nothing_is_left_stays(handheld: U8) -> None:
    """FG is BG's own pixels: the step is 0 exactly."""
    fg, bg, true = clip(cut(handheld)), clip(handheld), np.array([1.0, 1.0, X, Y])
    fit = gauss_newton_fit(paired(fg, bg, true), true, ANISOTROPIC, PARAMETERS)
    assert fit is not None
    assert fit.frame_transform.tolist() == true.tolist()
