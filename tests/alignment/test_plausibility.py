"""Frames beyond BG's ends, and those that BG shows elsewhere, lose confidence; still and foreign ones do not."""

from dataclasses import replace

import numpy as np
from support.drifting_patterns import drifting_patterns

from vidkompy.alignment.crops import Features
from vidkompy.alignment.engine_contract import SearchOptions
from vidkompy.alignment.plausibility import doubt_implausible
from vidkompy.model import UNMATCHED, FrameMap

DOUBTED = SearchOptions().parameters.plausibility.doubted_confidence


def doubts(bg_frames: list[int], fg: Features, bg: Features, search: SearchOptions) -> list[bool]:
    frame_map = FrameMap(np.array(bg_frames), confidence=np.ones(len(bg_frames), np.float32))
    confidence = doubt_implausible(frame_map, fg, bg, search).confidence
    assert confidence is not None
    is_doubted: list[bool] = (confidence == np.float32(DOUBTED)).tolist()
    return is_doubted


def test_moving_frames_held_at_the_ends_of_bg_are_doubted_but_for_the_innermost() -> None:
    film = drifting_patterns(12)
    bg = replace(film, luma=film.luma[3:9])
    held = [0, 0, 0, 0, 1, 2, 3, 4, 5, 5, 5, 5]
    assert doubts(held, film, bg, SearchOptions()) == [True] * 3 + [False] * 6 + [True] * 3
    pinned = SearchOptions(pins=((0, 0),))
    assert doubts(held, film, bg, pinned) == [False] + [True] * 2 + [False] * 6 + [True] * 3


def test_still_frames_held_at_an_end_are_not_doubted() -> None:
    bg = drifting_patterns(6)
    fg = replace(bg, luma=bg.luma[[0, 0, 0, 1, 2]])
    assert doubts([0, 0, 0, 1, 2], fg, bg, SearchOptions()) == [False] * 5


def test_unmatched_frames_that_bg_shows_elsewhere_are_doubted_unless_order_is_free() -> None:
    bg = drifting_patterns(60)
    fg = replace(bg, luma=bg.luma[[40, 41, 42, 10, 11, 12]])
    bg_frames = [40, 41, 42, UNMATCHED, UNMATCHED, UNMATCHED]
    assert doubts(bg_frames, fg, bg, SearchOptions()) == [False] * 3 + [True] * 3
    assert doubts(bg_frames, fg, bg, SearchOptions(reorder=True)) == [False] * 6


def test_foreign_frames_are_not_doubted() -> None:
    bg = drifting_patterns(60)
    noise = np.random.default_rng(1).integers(0, 255, (3, 36, 64), dtype=np.uint8)
    fg = replace(bg, luma=np.concatenate([bg.luma[:3], noise]))
    assert doubts([0, 1, 2, -1, -1, -1], fg, bg, SearchOptions()) == [False] * 6
