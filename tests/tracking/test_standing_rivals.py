"""A place measured at the wrong time is found out by where BG moved; a right place has no better rival."""

import cv2
import numpy as np
import pytest
from support.placed_proxies import SIZE, H, W, clip, luma, noisy

from vidkompy.alignment.crops import KnownGrids, crop_features
from vidkompy.alignment.engine_contract import SearchOptions
from vidkompy.media.proxies import Proxies
from vidkompy.model import I64, U8, UNMATCHED, FrameMap, Placement, PlacementResult
from vidkompy.tracking.rival_parameters import RivalParameters
from vidkompy.tracking.standing_rivals import find_better_place

BOX = (0.0, 0.0, float(W), float(H))
X, Y, COUNT = 60, 36, 70
FRAMES = np.arange(8, COUNT - 8)


def panned() -> U8:
    """u8 [COUNT, h, w]: a still that moves 3 px a frame to the left, then 2 px a frame back."""
    width, height = SIZE
    still = luma("foliage", 1, size=(width + 3 * COUNT, height))[0]
    at = 3 * np.minimum(np.arange(COUNT), COUNT // 2) - 2 * np.maximum(np.arange(COUNT) - COUNT // 2, 0)
    return np.stack([still[:, x : x + width] for x in at])


def pair(frames: U8) -> tuple[Proxies, Proxies]:
    return clip(noisy(frames[FRAMES][:, Y : Y + H, X : X + W])), clip(frames)


def found(frames: U8, x: float, y: float, bg_of_fg: I64) -> PlacementResult | None:
    placed = PlacementResult(BOX, Placement(x, y, W, H, confidence=0.7), [])
    return find_better_place(*pair(frames), placed, FrameMap(bg_of_fg), SearchOptions(), RivalParameters())


@pytest.mark.parametrize("late", [2, -3])
def test_a_place_that_was_measured_some_frames_late_is_put_right(late: int) -> None:
    better = found(panned(), X - 3 * late, Y, FRAMES + late)
    assert better is not None
    assert (better.placement.x, better.placement.y) == (X, Y)
    assert better.placement.confidence == RivalParameters().confidence
    assert len(better.pairs) >= 8
    assert all(j == FRAMES[i] for i, j in better.pairs)


@pytest.mark.parametrize("kind", ["handheld", "tripod"])
def test_a_place_that_is_a_few_px_off_is_put_right(kind: str) -> None:
    better = found(luma(kind, COUNT, size=SIZE), X + 4, Y - 3, FRAMES)
    assert better is not None
    assert (better.placement.x, better.placement.y) == (X, Y)


@pytest.mark.parametrize(("measured", "believed"), [(0.0002, 0.0002), (0.08, 0.08), (0.3, 0.9)])
def test_a_size_for_which_nothing_speaks_makes_no_rival_sure(measured: float, believed: float) -> None:
    frames = panned()
    cut = frames[FRAMES][:, Y : Y + H, X : X + W]
    fg = clip(noisy(np.stack([cv2.resize(f, (W * 3 // 2, H * 3 // 2)) for f in cut])))
    box = (0.0, 0.0, W * 1.5, H * 1.5)
    placed = PlacementResult(box, Placement(X - 6, Y, W, H, confidence=measured), [])
    better = find_better_place(fg, clip(frames), placed, FrameMap(FRAMES + 2), SearchOptions(), RivalParameters())
    assert better is not None
    assert abs(better.placement.x - X) <= 1
    assert better.placement.confidence == believed


def test_fg_is_cropped_once_for_all_places_on_the_canvas() -> None:
    fg, bg = pair(luma("handheld", COUNT, size=SIZE))
    grids: KnownGrids = {}
    known, _ = crop_features(fg, bg, Placement(X, Y, W, H), BOX, 48, fg_grids=grids)
    for shift in (1, 3, -7):
        placement = Placement(X + shift / 3, Y - shift, W, H)
        again, there = crop_features(fg, bg, placement, BOX, 48, fg_grids=grids)
        alone = crop_features(fg, bg, placement, BOX, 48)
        assert again.luma is known.luma
        assert np.abs(again.luma.astype(int) - alone[0].luma).max() <= 1  # rounding
        assert np.array_equal(there.luma, alone[1].luma)
    outside, _ = crop_features(fg, bg, Placement(-9, Y, W, H), BOX, 48, fg_grids=grids)
    assert not np.array_equal(outside.luma, known.luma)


@pytest.mark.parametrize("frames", [FRAMES, np.full(len(FRAMES), UNMATCHED)], ids=["matched", "unmatched"])
def test_a_right_place_has_no_better_rival(frames: I64) -> None:
    assert found(panned(), X, Y, frames) is None


def test_a_place_off_the_canvas_is_no_rival() -> None:
    assert found(luma("handheld", COUNT, size=SIZE), 5000, Y, FRAMES) is None


def test_a_place_at_which_nothing_matches_is_no_rival() -> None:
    """Where the place of an unrelated FG lies off the canvas, the rivals around that lie on it still match nothing."""
    noise = np.random.default_rng(3).integers(0, 256, (COUNT, H, W), np.uint8)
    placed = PlacementResult(BOX, Placement(SIZE[0], Y, 0.98 * W, 0.98 * H, confidence=0.1), [])
    unmatched = FrameMap(np.full(COUNT, UNMATCHED))
    clips = clip(noise), clip(luma("handheld", COUNT, size=SIZE))
    assert find_better_place(*clips, placed, unmatched, SearchOptions(), RivalParameters()) is None


def test_a_place_at_which_fg_stays_on_one_frame_is_no_rival() -> None:
    """FG was steadied on a shaky BG: its still picture fits one BG frame, at the place that it has there."""
    width, height = SIZE
    still = luma("foliage", 1, size=(width + 40, height + 40))[0]
    shake = np.round(20 + 9 * np.sin(np.arange(COUNT)[:, None] * [0.7, 1.1])).astype(int)
    bg = np.stack([still[y : y + height, x : x + width] for x, y in shake])
    x, y = shake[30]
    fg = np.stack([still[y + Y : y + Y + H, x + X : x + X + W]] * len(FRAMES))
    placed = PlacementResult(BOX, Placement(X + 5, Y + 4, W, H, confidence=0.5), [])
    held = FrameMap(np.full(len(FRAMES), 30))
    assert find_better_place(clip(noisy(fg)), clip(bg), placed, held, SearchOptions(), RivalParameters()) is None
