"""Where BG creeps, a place a little beside the right one shows in an uneven map, and a better one is found."""

from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
from support.catalogue import RECIPES, Stage
from support.placed_proxies import SIZE, H, W, clip, luma, noisy
from support.truth_cases import build, write_bg

from vidkompy import analyze
from vidkompy.alignment.blended_frames import BLENDED, INTERPOLATED, MatchedFrames
from vidkompy.alignment.engine_contract import SearchOptions
from vidkompy.alignment.parameters import AlignmentParameters
from vidkompy.model import F64, I64, U8, FrameMap, Placement, PlacementResult
from vidkompy.tracking.hidden_error import may_hide_error
from vidkompy.tracking.rival_parameters import HiddenErrorParameters, RivalParameters
from vidkompy.tracking.standing_rivals import find_better_place

X, Y, COUNT = 60, 36, 70
FRAMES = np.arange(8, COUNT - 8)
BESIDE = 1.0  # px
CREEPING = np.cumsum(0.6 + 0.4 * np.sin(np.arange(COUNT) / 5))  # px to the left until each frame
SHAKING = np.random.default_rng(3).normal(0, 6, COUNT)


def panned(way: F64) -> U8:
    """u8 [COUNT, h, w]: a still that moves to the left."""
    width, height = SIZE
    still = luma("foliage", 1, size=(width + 240, height))[0]
    moves = [np.array([[1, 0, -40 - x], [0, 1, 0]], np.float32) for x in way]
    return np.stack([np.asarray(cv2.warpAffine(still, move, (width, height)), np.uint8) for move in moves])


def nearest(way: F64, px: float) -> I64:
    """i64 [n_fg]: BG frames on which FG fits best that much beside its place."""
    away = np.abs(way[None, :] - way[FRAMES][:, None] - px)
    return np.asarray(away.argmin(axis=1), np.int64)


def told(way: F64, bg_of_fg: I64, beside: float, kind: str = "") -> bool:
    matched = MatchedFrames(FrameMap(bg_of_fg), kind, np.zeros(len(bg_of_fg), np.bool_))
    where = Placement(X - beside, Y, W, H)
    return may_hide_error(clip(panned(way)), where, matched, AlignmentParameters(), HiddenErrorParameters())


@pytest.mark.parametrize(
    ("way", "beside", "hides"), [(CREEPING, BESIDE, True), (CREEPING, 0.0, False), (SHAKING, BESIDE, False)]
)
def test_an_uneven_map_on_a_creeping_bg_may_hide_an_error(way: F64, beside: float, hides: bool) -> None:
    assert told(way, nearest(way, beside), beside) == hides


@pytest.mark.parametrize(
    ("bg_of_fg", "kind", "hides"),
    [
        (FRAMES - 1, BLENDED, True),
        (FRAMES - 1, INTERPOLATED, True),
        (FRAMES - 1, "", False),  # as the right place has it
        (FRAMES * 5 // 6, BLENDED, False),  # 25 -> 30 fps: blends as a converter makes them
    ],
)
def test_blends_at_the_speed_of_a_creeping_bg_may_hide_an_error(bg_of_fg: I64, kind: str, hides: bool) -> None:
    assert told(CREEPING, bg_of_fg, BESIDE, kind) == hides


def test_a_scaled_fg_is_put_right_by_parts_of_a_px() -> None:
    frames, off = panned(CREEPING), 1.25
    cut = frames[FRAMES][:, Y : Y + H, X : X + W]
    fg = clip(noisy(np.stack([cv2.resize(f, (W * 3 // 2, H * 3 // 2)) for f in cut])))
    placed = PlacementResult((0.0, 0.0, W * 1.5, H * 1.5), Placement(X - off, Y, W, H, confidence=0.9), [])
    answer = FrameMap(nearest(CREEPING, off))
    better = find_better_place(fg, clip(frames), placed, answer, SearchOptions(), RivalParameters())
    assert better is not None
    assert (better.placement.x, better.placement.y) == pytest.approx((X, Y), abs=0.3)


def test_what_covers_a_part_of_fg_does_not_count_against_the_right_place() -> None:
    """Letters over a fifth of it cost more, at every place, than being off by 1 px does."""
    frames = panned(CREEPING)
    covered = frames[FRAMES][:, Y : Y + H, X : X + W].copy()
    covered[:, H // 8 : H // 2, W // 8 : W // 2] = np.where(np.indices((H, W)).sum(axis=0) // 9 % 2, 235, 16)[
        H // 8 : H // 2, W // 8 : W // 2
    ]
    placed = PlacementResult((0.0, 0.0, W, H), Placement(X - BESIDE, Y, W, H, confidence=0.1), [])
    answer = FrameMap(nearest(CREEPING, BESIDE))
    better = find_better_place(clip(noisy(covered)), clip(frames), placed, answer, SearchOptions(), RivalParameters())
    assert better is not None
    assert (better.placement.x, better.placement.y) == (X, Y)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("seed", "recipe"),
    [(27, "triple"), (29, "triple"), (31, "triple"), (22, "graded"), (40, "half"), (41, "half"), (77, "logo")],
)
def test_frames_of_a_creeping_camera_are_right(seed: int, recipe: str, tmp_path: Path) -> None:
    """Frames of these were off by more than 1, or nearly all by 1, with probabilities up to 0.999."""
    size, count = (480, 270), 240
    source = write_bg(tmp_path / "source.mp4", "gallery", count, size=size, seed=seed)
    case = build(RECIPES[recipe](Stage(*size, count, Fraction(30))), source, tmp_path / "pair")
    found = analyze(case.bg, case.fg)
    assert found.track is None
    assert np.abs(found.frame_map.bg - case.truth.map).max() <= 1
    assert (found.frame_map.bg == case.truth.map).mean() > 0.9
    assert abs(found.placement.x - case.truth.x) < 0.25
