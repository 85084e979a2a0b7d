"""Blank frames follow their matched neighbours where BG is blank, too, and stay unmatched where BG shows a picture."""

from dataclasses import replace

import numpy as np
import pytest
from support.drifting_patterns import drifting_patterns

from vidkompy.alignment.blank_frames import carry_blank_frames
from vidkompy.alignment.crops import Features
from vidkompy.alignment.engine_contract import SearchOptions
from vidkompy.alignment.engine_names import EngineName
from vidkompy.alignment.frame_matching import match_frames
from vidkompy.model import F32, U8, UNMATCHED, FrameMap

GAP = slice(30, 50)
COUNT = 90


def film(gains: dict[int, float] | None = None) -> Features:
    """Drifting patterns, black in GAP; gains: contrast of further frames."""
    patterns = drifting_patterns(COUNT)
    gain = np.ones(COUNT)
    gain[GAP] = 0
    for i, value in (gains or {}).items():
        gain[i] = value
    return replace(patterns, luma=faded(patterns.luma, gain))


def faded(luma: U8, gain: np.ndarray) -> U8:
    return np.asarray(16 + gain[:, None, None] * (luma.astype(np.float32) - 16), np.uint8)


def black(count: int, level: int = 16) -> U8:
    return np.full((count, 36, 64), level, np.uint8)


def noisy(clip: Features, sigma: float = 2.0) -> Features:
    noise = np.random.default_rng(3).normal(0, sigma, clip.luma.shape)
    return replace(clip, luma=np.clip(clip.luma + noise, 0, 255).astype(np.uint8))


def aligned(fg: Features, bg: Features, engine: EngineName = "precise") -> FrameMap:
    return match_frames(noisy(fg), bg, engine, SearchOptions()).frame_map


def confidences(frame_map: FrameMap) -> F32:
    assert frame_map.confidence is not None
    return frame_map.confidence


@pytest.mark.parametrize("engine", ["precise", "fast", "mask"])
def test_a_black_gap_that_both_have_is_carried_and_its_interval_is_all_of_the_gap(engine: EngineName) -> None:
    bg = film()
    frame_map = aligned(replace(bg, luma=bg.luma[10:]), bg, engine)
    assert frame_map.bg.tolist() == list(range(10, COUNT))
    gap = slice(GAP.start - 10, GAP.stop - 10)
    assert frame_map.low is not None
    assert frame_map.high is not None
    assert set(frame_map.low[gap]) == {GAP.start}
    assert set(frame_map.high[gap]) == {GAP.stop}
    assert confidences(frame_map)[gap].max() < confidences(frame_map)[: gap.start].min()


@pytest.mark.parametrize("kept", [slice(40, 80), slice(0, 40)], ids=["leading", "trailing"])
def test_blank_frames_at_an_end_are_carried_and_unsure(kept: slice) -> None:
    bg = film()
    frame_map = aligned(replace(bg, luma=bg.luma[kept]), bg)
    assert frame_map.bg.tolist() == list(range(kept.start, kept.stop))
    is_blank = bg.luma[kept].std(axis=(1, 2)) == 0
    assert confidences(frame_map)[is_blank].max() < 0.5


@pytest.mark.parametrize("count", [1, 12, 40])
def test_black_frames_inserted_between_pictures_stay_unmatched_though_bg_is_black_elsewhere(count: int) -> None:
    bg = film()
    fg = replace(bg, luma=np.concatenate([bg.luma[55:70], black(count), bg.luma[70:88]]))
    frame_map = aligned(fg, bg)
    assert frame_map.bg.tolist() == [*range(55, 70), *[UNMATCHED] * count, *range(70, 88)]


def test_a_foreign_picture_on_blank_bg_stays_unmatched_and_the_blank_frames_around_it_are_carried() -> None:
    bg = film()
    card = replace(bg, luma=bg.luma.copy())
    card.luma[35:43] = np.random.default_rng(4).integers(0, 255, (36, 64))
    expected = np.arange(COUNT)
    expected[35:43] = UNMATCHED
    assert aligned(card, bg).bg.tolist() == expected.tolist()


@pytest.mark.parametrize("kept", [slice(0, 57), slice(15, 50), slice(30, 72)], ids=["between", "leading", "trailing"])
def test_blank_frames_beside_a_still_are_carried(kept: slice) -> None:
    """Of a title that stands, FG shows less than BG: the frame beside the blank ones may be any of BG's."""
    pictures = drifting_patterns(2).luma
    bg = np.concatenate([np.repeat(pictures[:1], 20, 0), black(15), np.repeat(pictures[1:], 40, 0), black(15)])
    fg = np.concatenate([bg[:12], bg[20:50], bg[60:]])
    clip = drifting_patterns(1)
    frame_map = aligned(replace(clip, luma=fg[kept]), replace(clip, luma=bg))
    assert (frame_map.bg != UNMATCHED).all()
    assert (bg[frame_map.bg] == fg[kept]).all()


def test_frames_that_are_blank_for_longer_than_bg_hold_a_blank_frame() -> None:
    bg = film()
    fg = replace(bg, luma=np.concatenate([bg.luma[:50], black(7), bg.luma[50:]]))
    frames = aligned(fg, bg).bg
    assert frames[:30].tolist() == list(range(30))
    assert ((frames[30:57] >= GAP.start) & (frames[30:57] < GAP.stop)).all()
    assert (np.diff(frames) >= 0).all()


def test_blank_frames_beyond_the_end_of_bg_stay_unmatched() -> None:
    bg = replace(film(), luma=film().luma[: GAP.stop])
    fg = replace(bg, luma=np.concatenate([bg.luma, black(5)]))
    assert aligned(fg, bg).bg.tolist() == [*range(GAP.stop), *[UNMATCHED] * 5]


def test_the_first_frames_of_a_fade_that_fg_alone_has_are_carried() -> None:
    bg = drifting_patterns(COUNT)
    gain = np.clip(np.arange(40) / 12, 0, 1)
    fg = replace(bg, luma=faded(bg.luma[20:60], gain))
    assert aligned(fg, bg).bg.tolist() == list(range(20, 60))


def test_white_frames_are_not_laid_on_black_ones() -> None:
    bg = film()
    white = replace(bg, luma=bg.luma.copy())
    white.luma[GAP] = 235
    assert (aligned(white, bg).bg[GAP] == UNMATCHED).all()


def test_a_clip_without_a_matched_frame_stays_as_it_is() -> None:
    bg = drifting_patterns(10)
    nothing = np.full(10, UNMATCHED)
    frame_map = FrameMap(nothing, low=nothing, high=nothing, confidence=np.ones(10, np.float32))
    assert carry_blank_frames(frame_map, replace(bg, luma=black(10)), bg) is frame_map
