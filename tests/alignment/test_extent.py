"""FG that goes on beyond BG: its frames there are unmatched, unless the picture is still."""

from dataclasses import replace

import numpy as np
import pytest
from support.drifting_patterns import drifting_patterns

from vidkompy.alignment.crops import Features
from vidkompy.alignment.engine_contract import SearchOptions
from vidkompy.alignment.extent import clear_overhang, doubt_misfits_at_ends, release_overhang
from vidkompy.alignment.extent_ends import straighten_ends
from vidkompy.alignment.frame_matching import match_frames
from vidkompy.alignment.plausibility import doubt_implausible
from vidkompy.model import UNMATCHED, FrameMap

FILM = replace(
    drifting_patterns(1), luma=drifting_patterns(600).luma[::3]
)  # fast: neighbours differ by more than noise


def noisy(luma: np.ndarray[tuple[int, ...], np.dtype[np.uint8]], seed: int) -> Features:
    noise = np.random.default_rng(seed).normal(0, 1.5, luma.shape)
    return replace(FILM, luma=np.clip(luma + noise, 0, 255).round().astype(np.uint8))


def held_to(first: int, stop: int, frames: range) -> list[int]:
    """The map that holds BG's first and last frame; BG is the film's frames [first, stop)."""
    return [min(max(i, first), stop - 1) - first for i in frames]


def released(bg_frames: list[int], fg: Features, bg: Features, search: SearchOptions = SearchOptions()) -> FrameMap:
    sure = np.ones(len(bg_frames), np.float32)
    return release_overhang(FrameMap(np.array(bg_frames), confidence=sure), fg, bg, search)


@pytest.mark.parametrize(("first", "stop"), [(40, 90), (0, 90), (40, 120)])
def test_frames_beyond_bg_are_unmatched_and_the_others_exact(first: int, stop: int) -> None:
    fg, bg = noisy(FILM.luma[:120], 1), noisy(FILM.luma[first:stop], 2)
    wanted = [i - first if first <= i < stop else UNMATCHED for i in range(120)]
    found = match_frames(fg, bg, "precise", SearchOptions()).frame_map
    assert found.bg.tolist() == wanted
    assert found.confidence is not None
    assert found.confidence.min() >= 0.5


def test_fg_far_longer_than_bg_does_not_blur_the_map() -> None:
    fg, bg = noisy(FILM.luma, 1), noisy(FILM.luma[60:90], 2)
    assert clear_overhang(fg, bg, SearchOptions()).before >= 55
    assert match_frames(fg, bg, "precise", SearchOptions()).frame_map.bg.tolist() == [
        i - 60 if 60 <= i < 90 else UNMATCHED for i in range(200)
    ]


def test_frames_held_on_an_end_that_move_are_released_but_for_the_innermost() -> None:
    fg, bg = noisy(FILM.luma[:60], 1), noisy(FILM.luma[10:50], 2)
    assert released(held_to(10, 50, range(60)), fg, bg).bg.tolist() == [
        i - 10 if 10 <= i < 50 else UNMATCHED for i in range(60)
    ]


def test_still_picture_stays_held_on_an_end() -> None:
    still = np.concatenate([FILM.luma[:40], FILM.luma[[39] * 20]])
    fg, bg = noisy(still, 1), noisy(FILM.luma[:40], 2)
    assert released(held_to(0, 40, range(60)), fg, bg).bg.tolist() == held_to(0, 40, range(60))


def test_a_flash_within_a_hold_releases_nothing() -> None:
    still = np.concatenate([FILM.luma[:40], FILM.luma[[39] * 20]])
    fg, bg = noisy(still, 1), noisy(FILM.luma[:40], 2)
    fg.luma[50] = 255 - fg.luma[50]
    assert released(held_to(0, 40, range(60)), fg, bg).bg.tolist() == held_to(0, 40, range(60))


def test_what_bg_shows_elsewhere_is_not_beyond_it() -> None:
    bg = noisy(FILM.luma[:60], 2)
    fg = noisy(np.concatenate([FILM.luma[40:60], FILM.luma[10:30]]), 1)
    bg_frames = [*range(40, 60), *[59] * 20]
    assert released(bg_frames, fg, bg).bg.tolist() == bg_frames


def test_pinned_frames_stay_and_free_order_releases_nothing() -> None:
    fg, bg = noisy(FILM.luma[:60], 1), noisy(FILM.luma[10:50], 2)
    held = held_to(10, 50, range(60))
    pinned = SearchOptions(pins=((2, 0),))
    assert released(held, fg, bg, pinned).bg[:10].tolist() == [0] * 10
    assert released(held, fg, bg, SearchOptions(reorder=True)).bg.tolist() == held
    assert clear_overhang(fg, bg, pinned) == (0, 0)


def test_frames_at_the_ends_that_fit_clearly_worse_than_most_are_doubted() -> None:
    fg, bg = noisy(FILM.luma[:60], 1), noisy(FILM.luma[10:60], 2)
    bg_frames = [3] * 10 + list(range(50))
    sure = np.ones(60, np.float32)
    doubted = doubt_misfits_at_ends(FrameMap(np.array(bg_frames), confidence=sure), fg, bg, SearchOptions())
    assert doubted.confidence is not None
    assert np.flatnonzero(doubted.confidence < 0.5).tolist() == list(range(10))


def test_a_frame_held_on_the_end_of_bg_before_others_beyond_it_is_doubted() -> None:
    """A slow picture: the first frame beyond BG looks nearly like BG's last one."""
    film = drifting_patterns(50)
    fg, bg = replace(film, luma=film.luma[10:]), replace(film, luma=film.luma[:40])
    frames = np.r_[np.arange(10, 40), [39, 39], [UNMATCHED] * 8]
    sure = np.full(len(frames), 0.99, np.float32)
    doubted = doubt_implausible(FrameMap(frames, confidence=sure), fg, bg, SearchOptions())
    assert doubted.confidence is not None
    assert (doubted.confidence[30:32] < 0.5).all()
    assert (np.delete(doubted.confidence, [30, 31]) > 0.9).all()


def ended(frames: list[int], fg: Features, bg: Features) -> FrameMap:
    bg_of_fg = np.array(frames)
    matched = bg_of_fg != UNMATCHED
    low, high = np.where(matched, bg_of_fg, UNMATCHED), np.where(matched, bg_of_fg + 1, UNMATCHED)
    sure = np.full(len(frames), 0.97, np.float32)
    return straighten_ends(FrameMap(bg_of_fg, low=low, high=high, confidence=sure), fg, bg, SearchOptions())


@pytest.mark.parametrize("reverse", [False, True], ids=["tail", "head"])
def test_a_path_that_bends_before_the_end_of_bg_is_straightened(reverse: bool) -> None:
    film = noisy(FILM.luma, 1).luma
    bg = replace(FILM, luma=FILM.luma[:50])
    fg = replace(FILM, luma=film[10:60])
    frames = [*range(10, 49), 48, 49, *[UNMATCHED] * 9]  # a frame late from FG's frame 39 on
    wanted = [*range(10, 50), *[UNMATCHED] * 10]
    if reverse:
        fg, bg = replace(fg, luma=fg.luma[::-1]), replace(bg, luma=bg.luma[::-1])
        frames, wanted = ([j if j < 0 else 49 - j for j in way[::-1]] for way in (frames, wanted))
    found = ended(frames, fg, bg)
    assert found.bg.tolist() == wanted
    assert found.low is not None
    assert (found.low == np.where(found.bg < 0, UNMATCHED, np.minimum(found.low, found.bg))).all()


def test_a_still_at_the_end_of_bg_is_held_and_unsure_off_the_line() -> None:
    luma = FILM.luma[:70].copy()
    luma[45:] = luma[45]
    frames = [*range(10, 49), 48, 49, *[UNMATCHED] * 9]
    found = ended(frames, noisy(luma[10:60], 1), replace(FILM, luma=luma[:50]))
    assert found.bg[40] == 49
    assert found.confidence is not None
    assert found.confidence[40] < 0.5
    assert found.confidence[:34].min() > 0.9
